//! The HTML report in a browser: drawn dark and light, with scripts and without, and no value in what is drawn.

use crate::run::{Place, Ran};
use crate::scan::{holds_none, logs};

/// What Chromium says to the page under `options`.
fn browser(place: &Place, options: &str) -> Ran {
    place.shell(&format!(
        "chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --window-size=1100,1500 \
         --user-data-dir=profile {options} \"file://$PWD/report.html\" 2>/dev/null"
    ))
}

/// The pictures stay in the folder `INKOUT_PICTURES`, to be looked at.
#[test]
#[ignore = "campaign: needs Chromium"]
fn a_browser_draws_the_page() {
    let place = Place::new();
    logs(&place);
    place.run(&["scan", "logs", "-o", "report.html"], b"").ends(0);
    let drawn = browser(&place, "--dump-dom");
    let drawn = String::from_utf8(drawn.out).unwrap();
    // The count is the script's.
    assert!(
        drawn.contains(" shown</output>") && drawn.contains("logs/app.log") && drawn.contains("</table>"),
        "{drawn}"
    );
    holds_none(&drawn, "the page");
    let mut pictures = Vec::new();
    for (name, settings) in [
        ("dark", "preferredColorScheme=0"),
        ("light", "preferredColorScheme=1"),
        ("still", "preferredColorScheme=1,scriptEnabled=false"),
    ] {
        browser(&place, &format!("--blink-settings={settings} --screenshot={name}.png")).ends(0);
        let picture = std::fs::read(place.path().join(format!("{name}.png"))).unwrap();
        assert!(picture.starts_with(b"\x89PNG"), "{name}");
        if let Some(folder) = std::env::var_os("INKOUT_PICTURES") {
            std::fs::write(std::path::Path::new(&folder).join(format!("{name}.png")), &picture).unwrap();
        }
        pictures.push(picture);
    }
    assert!(pictures[0] != pictures[1], "dark looks like light");
}
