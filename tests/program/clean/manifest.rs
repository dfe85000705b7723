//! The manifest, going on with it, and proving it.

use std::os::unix::fs::PermissionsExt;

use crate::clean::{clean, log};
use crate::run::{Place, SECRET};

fn lines(place: &Place) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(place.path().join("m")).unwrap();
    assert!(!text.contains(SECRET));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn it_says_what_was_and_what_is() {
    let place = Place::new();
    place.file("logs/a.log", log(9));
    place.file("logs/b.log", "quiet\n");
    place.file("logs/c.zip", "PK\x03\x04");
    place.run(&["clean", "-q", "--manifest", "m", "logs"], b"").ends(1);
    let lines = lines(&place);
    let of = |name: &str| lines.iter().find(|line| line["path"].as_str().is_some_and(|p| p.ends_with(name))).unwrap();
    let sum = |text: &str| {
        let out = crate::clean::tool(&["sha256sum"], text.as_bytes()).unwrap();
        String::from_utf8(out[..64].to_vec()).unwrap()
    };
    let a = of("a.log");
    assert_eq!((&a["status"], &a["hits"]["test-key"]), (&"cleaned".into(), &1.into()));
    assert_eq!(a["before"]["sha256"], sum(&log(9)));
    assert_eq!(a["after"]["sha256"], sum(&clean(&log(9))));
    assert_eq!(of("b.log")["status"], "untouched");
    assert_eq!(of("c.zip")["why"], "is a zip archive; unpack it and clean what is in it");
    place.run(&["clean", "--manifest", "m", "logs"], b"").ends(74).says("m: it exists already");
}

#[test]
fn verifying_finds_every_difference() {
    let place = Place::new();
    for name in ["a", "b", "c", "d", "e"] {
        place.file(&format!("logs/{name}"), log(9));
    }
    place.run(&["clean", "-q", "--manifest", "m", "logs"], b"").ends(0);
    let verify = || place.run(&["clean", "--verify", "m"], b"");
    verify().is(0, b"").says("5 files are as the manifest says, 0 are not");
    let path = |name: &str| place.path().join("logs").join(name);
    std::fs::write(path("a"), clean(&log(9)).replace('q', "Q")).unwrap();
    std::fs::write(path("b"), log(9)).unwrap();
    std::fs::set_permissions(path("c"), PermissionsExt::from_mode(0o600)).unwrap();
    std::fs::remove_file(path("d")).unwrap();
    let ran = verify();
    ran.is(1, b"").says("/logs/a: its content was changed").says("/logs/b: its content was changed");
    ran.says("/logs/c: its mode changed since").says("/logs/d: No such file").says("1 files are as");
    // Other rules may find more.
    let more = "group = \"x\"\n[[rule]]\nid = \"more\"\ntitle = \"t\"\nseverity = \"low\"\npattern = 'quiet'\n";
    place.file("more.toml", more);
    let ran = place.run(&["clean", "--verify", "m", "--rules", "more.toml"], b"");
    ran.says("/logs/e: the rules find something in it");
    place.run(&["clean", "--verify", "logs/e"], b"").ends(2).says("is no");
}

#[test]
fn a_run_that_was_ended_is_gone_on_with() {
    let place = Place::new();
    for i in 0..6 {
        place.file(&format!("logs/{i}"), log(9));
    }
    place.run(&["clean", "-q", "--manifest", "m", "--glob=[012]", "logs"], b"").ends(0);
    // As a kill would leave it.
    let mut half = std::fs::read(place.path().join("m")).unwrap();
    half.extend_from_slice(b"{\"path\":\"/x");
    place.file("m", half);
    let resume =
        |args: &[&str]| place.run(&[&["clean", "-q", "--manifest", "m", "--resume"], args, &["logs"]].concat(), b"");
    resume(&[]).is(0, b"").says("3 cleaned, 3 done before");
    resume(&[]).is(0, b"").says("6 done before");
    place.file("logs/4", log(4));
    resume(&[]).is(0, b"").says("1 cleaned, 5 done before");
    place.run(&["clean", "--verify", "m"], b"").is(0, b"").says("6 files are as the manifest says");
    resume(&["--label"]).ends(74).says("made by other rules");
    for other in [["--min-confidence", "high"], ["--action", "mask"], ["--decode", "0"]] {
        resume(&other).ends(74).says("made by other rules");
    }
}
