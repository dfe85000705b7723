//! Closed standard descriptors: refused before anything is read, as what is written to them would be lost.

use crate::run::Place;

/// Runs the program after `redirections`, with a line waiting on descriptor 0 unless it is closed.
fn check(redirections: &str, code: i32, says: &str) {
    let place = Place::new();
    place.file("in", "line\n");
    let script = format!(
        "exec 7<in; (exec \"$INKOUT\" <&7 {redirections}) 2>err; code=$?; \
         read -r rest <&7; echo \"$code:$rest\"; cat err >&2"
    );
    let ran = place.shell(&script);
    let rest = if code == 0 { "" } else { "line" };
    let out = String::from_utf8(ran.out.clone()).unwrap();
    assert!(out.ends_with(&format!("{code}:{rest}\n")), "{redirections}: {out}{}", ran.err);
    ran.says(says);
}

#[test]
fn every_combination_is_refused_and_nothing_is_read() {
    let (no_in, no_out) = ("inkout: standard input is closed", "inkout: standard output is closed");
    check("<&-", 2, no_in);
    check(">&-", 2, no_out);
    check("2>&-", 2, "");
    check("<&- >&-", 2, no_in);
    check("<&- 2>&-", 2, "");
    check(">&- 2>&-", 2, "");
    check("<&- >&- 2>&-", 2, "");
}

#[test]
fn what_the_caller_opened_is_no_closed_descriptor() {
    check(">/dev/null", 0, "");
    check("2>/dev/null", 0, "");
    // As Python's subprocess.DEVNULL and daemon(3) do it.
    check("1<>/dev/null", 0, "");
    check("2<>/dev/null", 0, "");
    Place::new().shell("\"$INKOUT\" 0<>/dev/null").is(0, b"").is_quiet();
}
