//! `inkout bench`: figures of a log, and nothing of the log itself.

use crate::run::{Place, SECRET};

#[test]
fn a_log_is_measured_and_not_shown() {
    let place = Place::new();
    let log = format!("clean line\nkey {SECRET} end\nmail to ada@example.com\n").repeat(2000);
    place.file("app.log", &log);
    let from_file = place.run(&["bench", "app.log"], b"");
    let from_pipe = place.run(&["bench", "--block-size", "4K"], log.as_bytes());
    for ran in [from_file, from_pipe] {
        ran.ends(0).is_quiet();
        let page = String::from_utf8(ran.out).unwrap();
        let row = |word: &str| page.lines().find(|line| line.trim_start().starts_with(word)).unwrap_or_default();
        assert!(row(&log.len().to_string()).contains("6000 lines"), "{page}");
        for part in ["find and replace", "read", "sieve", "detect", "splice", "write", "candidates", "@"] {
            assert!(!row(part).is_empty(), "{part:?} is not in: {page}");
        }
        let hits = |rule: &str| page.lines().any(|l| l.ends_with(rule) && l.split_whitespace().nth(1) == Some("2000"));
        assert!(row("hits").ends_with("4000") && hits("  test-key") && hits("  email"), "{page}");
        assert!(!page.contains(SECRET) && !page.contains("ada"), "{page}");
    }
}

#[test]
fn what_cannot_be_measured_is_said() {
    let place = Place::new();
    place.run(&["bench"], b"").is(1, b"").says("-: it is empty");
    place.run(&["bench", "none.log"], b"").is(1, b"").says("none.log: No such file");
    place.run(&["bench"], b"\xff\xfea\0b\0\n\0").is(1, b"").says("UTF-16");
}
