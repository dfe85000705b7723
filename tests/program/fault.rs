//! A matcher that fails lets nothing through.
#![cfg(debug_assertions)]

use crate::run::{Place, SECRET, feed};

#[test]
fn what_it_fails_on_is_blacked_out_line_by_line() {
    let place = Place::new();
    for threads in ["1", "2"] {
        let lines = |text: &str| format!("{text}\n").repeat(if threads == "1" { 1 } else { 20_000 });
        let text = lines(&format!("inkout-fault {SECRET} and more\n\ninkout-fault {SECRET}"));
        let mut command = place.command(&["--threads", threads]);
        let ran = feed(
            {
                command.env("INKOUT_FAULT", "panic");
                command
            },
            text.as_bytes(),
        );
        let want = lines("[REDACTED: internal error]\n\n[REDACTED: internal error]");
        ran.is(70, want.as_bytes()).says("inkout: internal error at src/redact/mod.rs:");
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        assert!(!ran.err.contains("fault"), "{}", ran.err);
    }
    place.run(&[], b"inkout-fault\n").is(0, b"inkout-fault\n").is_quiet();
}
