//! Time per byte has a limit that no input can move: a line four times as long takes about four times as long.
//!
//! Lines are made of what rules look for, again and again, so that every place is a candidate and every match could
//! run to the line's end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use cpu_time::ThreadTime;
use inkout::Redactor;
use inkout::catalogue::{builtin, placeholder};

const SHORT: usize = 16 << 10;
const TIMES: usize = 4;
/// Four times the work takes four times as long, sixteen times if each candidate walks the rest of the line.
const LIMIT: u32 = 9;
/// What takes less than this is too quick to measure, and quick enough.
const QUICK: Duration = Duration::from_millis(40);

/// What no rule's example shows.
const UNITS: &[&str] = &[
    "password=",
    "password=\"",
    "{\"password\":",
    "{\\\"token\\\":\\\"",
    "api_key: ",
    "token='",
    "--secret ",
    "Cookie: ",
    "a=b; ",
    "Authorization: ",
    "Bearer ",
    "Bearer Bearer",
    "basic ",
    "@",
    "a@",
    "a@b.",
    "@a.b",
    "a.",
    "%40",
    "\\u0040",
    "://",
    "://a:b@",
    "a://:",
    "https://",
    "1234",
    "1234-",
    "4111 ",
    "123-45-6789",
    "DE89",
    "DE89 ",
    "eyJ",
    "eyJ.",
    "eyJ.eyJ.",
    "-----BEGIN ",
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\\n",
    "-----END PRIVATE KEY-----",
    "\\",
    "\\\\\"",
    "\"",
    "'",
    "&",
    "=",
    "%",
    "%25",
    "&amp;",
    "#012",
    "\\u",
    "\\n",
    "\x1b[",
    "[",
    "{",
    "<password>",
    "password",
    "secret_",
    "key.",
    "Password=;",
];

/// The texts that lines are made of.
fn units() -> BTreeSet<String> {
    let mut units: BTreeSet<String> = UNITS.iter().map(|unit| (*unit).to_owned()).collect();
    for rule in builtin::rules() {
        // The fixed head of a token alone, and with what binds words.
        let secrets = rule.examples.iter().flat_map(|example| example.split('«').skip(1));
        for head in secrets.filter_map(|secret| secret.split("{{").next()).filter(|head| (2..32).contains(&head.len()))
        {
            units.extend([head.to_owned(), format!("{head}-"), format!("{head}a_")]);
        }
        for example in placeholder::examples(rule).unwrap() {
            let secrets = example.secrets.iter().map(|span| &example.text[span.range()]);
            units.extend(secrets.map(|secret| format!("{secret}-")));
        }
    }
    units
}

/// The quickest of a few tries over `unit` repeated to `len` bytes.
fn time(redactor: &Redactor, unit: &str, len: usize) -> Duration {
    let line = unit.repeat(len.div_ceil(unit.len()));
    let once = || {
        let begun = ThreadTime::now();
        std::hint::black_box(redactor.redact(line.as_bytes()));
        begun.elapsed()
    };
    let first = once();
    if first < QUICK { first } else { first.min(once()) }
}

#[test]
fn four_times_the_line_takes_about_four_times_as_long() {
    let redactor = Redactor::builder().build().unwrap();
    let mut wrong = Vec::new();
    for unit in units() {
        // One detector that walks too far is behind many units; the first few tell which.
        if wrong.len() == 20 {
            break;
        }
        let long = time(&redactor, &unit, SHORT * TIMES);
        let short = time(&redactor, &unit, SHORT);
        if long > QUICK && long > short * LIMIT {
            wrong.push(format!(
                "{:?} over and over: {short:?} for {SHORT} bytes, {long:?} for {TIMES} times as many",
                unit
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}
