//! One detector by itself, for the tables of its tests.

use crate::catalogue::{Detector, Kind};
use crate::redact::Redactor;

/// `text` as a redactor with nothing but `detector` leaves it. The fast sieve and the slow one have to agree, and a
/// second pass may change nothing.
pub(crate) fn redacted(detector: &str, text: &[u8]) -> Vec<u8> {
    let outcomes = [true, false].map(|sieve| {
        let redactor = alone(detector, sieve);
        let once = redactor.redact(text).into_owned();
        assert_eq!(redactor.redact(&once), once, "not idempotent: {}", text.escape_ascii());
        once
    });
    assert_eq!(outcomes[0], outcomes[1], "the sieve matters: {}", text.escape_ascii());
    let [outcome, _] = outcomes;
    outcome
}

/// Wants exactly what stands between `«` and `»` to go.
pub(crate) fn case(detector: &str, marked: &str) {
    let (text, want) = marked_text(marked);
    let got = redacted(detector, text.as_bytes());
    assert_eq!(String::from_utf8(got).unwrap(), want, "{marked}");
}

/// The text of a marked one, and what is left of it when all that stands between `«` and `»` has gone.
pub(crate) fn marked_text(marked: &str) -> (String, String) {
    let mut want = String::new();
    for (i, piece) in marked.split('«').enumerate() {
        let rest = if i == 0 { piece } else { piece.split_once('»').unwrap().1 };
        want.push_str(if i == 0 { "" } else { "[REDACTED]" });
        want.push_str(rest);
    }
    (marked.replace(['«', '»'], ""), want)
}

fn alone(detector: &str, sieve: bool) -> Redactor {
    let rule = format!(
        "group = \"trial\"\n[[rule]]\nid = \"trial\"\ntitle = \"T\"\nseverity = \"low\"\nprofile = \"secrets\"\n\
         detector = \"{detector}\"\ncwe = [532]\nfix = \"F.\"\nreference = \"https://example.com/\"\n\
         examples = ['x']\nnear_misses = ['y']\n"
    );
    Redactor::builder().builtin(false).rules("trial.toml", rule).sieve(sieve).build().unwrap()
}

/// The built-in rules of these detectors find their own examples and leave their near misses.
#[test]
fn examples_and_near_misses_hold() {
    let mut wrong = Vec::new();
    for rule in crate::catalogue::builtin::rules() {
        let detector = match rule.kind {
            Kind::Ident(ident) => ident.word(),
            // These find what other rules have in their examples.
            Kind::Detector(Detector::NamedValue | Detector::Scheme | Detector::UrlPassword)
            | Kind::Pattern(_)
            | Kind::Foreign(_)
            | Kind::Known
            | Kind::Literals(_) => {
                continue;
            }
            Kind::Detector(detector) => detector.word(),
        };
        for example in crate::catalogue::placeholder::examples(rule).unwrap() {
            let (mut want, mut at) = (String::new(), 0);
            for secret in &example.secrets {
                want.push_str(&example.text[at..secret.start]);
                want.push_str("[REDACTED]");
                at = secret.end;
            }
            want.push_str(&example.text[at..]);
            let got = redacted(detector, example.text.as_bytes());
            wrong.push((rule.id.clone(), String::from_utf8(got).unwrap(), want));
        }
        for line in crate::catalogue::placeholder::near_misses(rule).unwrap() {
            wrong.push((rule.id.clone(), String::from_utf8(redacted(detector, line.as_bytes())).unwrap(), line));
        }
    }
    wrong.retain(|(_, got, want)| got != want);
    assert!(wrong.is_empty(), "{wrong:#?}");
}
