//! `--decode`: what is hidden in base64 and hexadecimal, by the built program.

use crate::run::{Place, feed_in_pieces};

/// A token of nobody's, of a form that rules know.
fn token() -> String {
    format!("ghp_{}", "Ab3dE6gH9jK2".repeat(3))
}

fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |n: usize| char::from(DIGITS[n & 63]);
    let group = |bytes: &[u8]| {
        let n = bytes.iter().chain(&[0, 0]).take(3).fold(0, |n, b| n << 8 | usize::from(*b));
        let all: String = [18, 12, 6, 0].iter().map(|shift| digit(n >> shift)).collect();
        format!("{}{}", &all[..=bytes.len()], "=".repeat(3 - bytes.len()))
    };
    text.as_bytes().chunks(3).map(group).collect()
}

fn hex(text: &str) -> String {
    text.bytes().map(|b| format!("{b:02x}")).collect()
}

/// `text` at this depth, and what comes of it once more, in every size of reads and with any number of threads.
fn everywhere(place: &Place, depth: &str, text: &str, want: &str) {
    for (size, block, threads) in [(1, "4K", "1"), (7, "4K", "4"), (4096, "64K", "1"), (65_536, "256K", "4")] {
        let args = ["--decode", depth, "--block-size", block, "--threads", threads];
        for text in [text, want] {
            let ran = feed_in_pieces(place.command(&args), text.as_bytes(), size);
            ran.is_quiet();
            assert_eq!(String::from_utf8(ran.out).unwrap(), want, "{args:?}, in pieces of {size}");
        }
    }
}

/// A log with `run` in the places where programs put such things.
fn log(run: &str) -> String {
    let line = |i: usize| {
        let json = serde_json::json!({"n": i, "body": run, "deep": serde_json::json!({"body": run}).to_string()});
        format!("{json}\nGET /x?data={run} 200\nbody {run} {i}\nnothing to see, abcdefghijklmnopqrstuvwxyz012345 {i}\n")
    };
    (0..2).map(line).collect()
}

fn json_stays(text: &str) {
    for line in text.lines().filter(|line| line.starts_with('{')) {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let deep = value["deep"].as_str().unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(deep).is_ok(), "{deep}");
    }
}

#[test]
fn runs_that_hold_a_secret_go_as_deep_as_is_asked_for() {
    let place = Place::new();
    let said = format!("user alice has {} and more", token());
    let (once, twice) = (base64(&said), base64(&base64(&said)));
    let (plain_hex, mixed) = (hex(&said), base64(&hex(&said)));
    for (run, from) in [(&once, 1), (&plain_hex, 2), (&twice, 2), (&mixed, 2)] {
        let (text, hidden) = (log(run), log("[REDACTED]"));
        json_stays(&hidden);
        everywhere(&place, &(from - 1).to_string(), &text, &text);
        for depth in [from, 3] {
            everywhere(&place, &depth.to_string(), &text, &hidden);
        }
    }
    // One is what is done where nothing is said.
    place.run(&[], log(&once).as_bytes()).is(0, log("[REDACTED]").as_bytes());
    place.run(&[], log(&twice).as_bytes()).is(0, log(&twice).as_bytes());
}

#[test]
fn the_secret_may_stand_at_any_place_of_the_run() {
    let place = Place::new();
    for before in ["", "a", "ab"] {
        let run = base64(&format!("{before} {} and more", token()));
        everywhere(&place, "1", &format!("see {run} end\n"), "see [REDACTED] end\n");
        everywhere(&place, "0", &format!("see {run} end\n"), &format!("see {run} end\n"));
    }
}

#[test]
fn runs_without_one_stay() {
    let place = Place::new();
    let said = "a picture of nothing in particular, said at some length";
    for run in [base64(said), base64(&base64(said)), hex(said)] {
        everywhere(&place, "3", &log(&run), &log(&run));
    }
}

#[test]
fn another_depth_is_refused() {
    let place = Place::new();
    for odd in ["4", "-1", "deep"] {
        let ran = place.run(&[&format!("--decode={odd}")], b"x");
        assert!(ran.code == Some(2) && ran.out.is_empty(), "{odd}: {:?} {}", ran.code, ran.err);
    }
}
