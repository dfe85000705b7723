//! A bare value behind a vendor's word: `acme ACCESS_KEY: 5f4dcc3b...`.
//!
//! Such a value has no form of its own; the table of words and shapes is in the catalogue. Between the two only signs
//! and a few words may stand, and not for longer than the table's distance, so that a candidate costs the same
//! wherever it stands.

use super::named::innocent::{self, Value};
use super::named::link::Join;
use super::named::shape;
use super::{boundary, check};
use crate::catalogue::vendors::Shape;
use crate::span::{Confidence, Span};

/// Vendors of a kind.
#[derive(Debug)]
pub(crate) struct Kind {
    /// Words that begin a candidate.
    pub(crate) near: &'static [&'static str],
    pub(crate) shapes: &'static [Shape],
    pub(crate) keyed: bool,
}

/// The table, compiled.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) distance: u8,
    pub(crate) between: &'static [&'static str],
    pub(crate) telling: &'static [&'static str],
    pub(crate) kinds: &'static [Kind],
}

include!(concat!(env!("OUT_DIR"), "/vendors.rs"));

/// More signs than this do not stand between two words.
const SIGNS: usize = 12;

/// The value behind the vendor's word at `word` of `line`.
pub(crate) fn find(line: &[u8], word: Span, kind: &Kind) -> Option<(Span, Confidence)> {
    if !boundary::free_before(line, word.start) {
        return None;
    }
    let reach = line.len().min(word.end + usize::from(TABLE.distance));
    let (mut at, mut keyed, mut joined) = (word.end, false, true);
    loop {
        let signs = signs(&line[at..reach]);
        let behind = at + signs;
        if signs > 0 {
            joined &= line[at..behind].iter().all(|b| matches!(b, b'-' | b'.' | b'_'));
            let told = keyed || !kind.keyed;
            if told && let Some(span) = value(line, behind, kind, joined && !keyed) {
                let confidence = if keyed { Confidence::Medium } else { Confidence::Low };
                return Some((span, confidence));
            }
        }
        let word = TABLE.between.iter().filter(|w| begins(&line[behind..reach], w)).max_by_key(|w| w.len())?;
        keyed |= TABLE.telling.contains(word);
        at = behind + word.len();
    }
}

fn begins(text: &[u8], word: &str) -> bool {
    text.get(..word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word.as_bytes()))
}

/// How many bytes at the start of `text` are signs and blanks.
fn signs(text: &[u8]) -> usize {
    let is = |b: &u8| {
        matches!(
            b,
            b' ' | b'\t' | b'_' | b'-' | b'.' | b':' | b'=' | b'\'' | b'"' | b'>' | b'\\' | b'(' | b'[' | b',' | b']'
        )
    };
    text.iter().take(SIGNS).take_while(|b| is(b)).count()
}

/// The value at `at`, if it has one of the vendor's shapes and nothing more stands behind it. `joined` to the word by a
/// dash, only what no name ends in is believed: pods and hosts are called so.
fn value(line: &[u8], at: usize, kind: &Kind, joined: bool) -> Option<Span> {
    let rest = &line[at..];
    let len = rest.iter().take(200).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
    let padding = rest[len..].iter().take(2).take_while(|b| **b == b'=').count();
    let text = &rest[..len];
    if len < 10
        || goes_on(&rest[len + padding..])
        || (padding > 0
            && rest.get(len + padding).is_some_and(u8::is_ascii_graphic)
            && !matches!(rest[len + padding], b'"' | b'\'' | b',' | b';' | b')' | b'}' | b'\\'))
    {
        return None;
    }
    let within = |least: u8, most: u8| (usize::from(least)..=usize::from(most)).contains(&len);
    let fits = kind.shapes.iter().any(|shape| match *shape {
        Shape::Hex(least, most) => within(least, most) && text.iter().all(u8::is_ascii_hexdigit) && mixed(text),
        Shape::Uuid => shape::uuid(text) && mixed(text),
        Shape::Token(least, most) => !joined && within(least, most) && token(text),
        Shape::Groups(least, most) => !joined && within(least, most) && groups(text),
    });
    let whole = Span::new(at, at + len + padding);
    let value = Value { text: &line[whole.range()], quoted: true, join: Join::Flag, behind: &line[whole.end..] };
    (fits && !innocent::plainly(&value)).then_some(whole)
}

/// Whether a name, a host or a path goes on here.
fn goes_on(rest: &[u8]) -> bool {
    match rest {
        [b'.' | b':' | b'/' | b'@', next, ..] => next.is_ascii_alphanumeric() || *next == b'/',
        [b'(' | b'[' | b'%', ..] => true,
        [next, ..] => *next >= 0x80,
        [] => false,
    }
}

fn mixed(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_digit) && text.iter().any(u8::is_ascii_alphabetic) && check::entropy(text) >= 2.5
}

/// Letters and digits as a generator mixes them.
fn token(text: &[u8]) -> bool {
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    let runs = || text.split(|b| !b.is_ascii_alphanumeric());
    let long = runs()
        .any(|run| run.len() >= 10 && run.iter().any(u8::is_ascii_digit) && run.iter().any(u8::is_ascii_alphabetic));
    digits >= 2 && digits < text.len() && (long || shape::token(text)) && check::entropy(text) >= 3.0
}

/// At least four runs of capitals and digits, `ABC1234-GHI5678-JKL9012-MNO3456`.
fn groups(text: &[u8]) -> bool {
    let runs = || text.split(|b| *b == b'-');
    let good = |run: &[u8]| run.len() >= 4 && run.iter().all(u8::is_ascii_alphanumeric);
    let cased = !text.iter().any(u8::is_ascii_lowercase) || !text.iter().any(u8::is_ascii_uppercase);
    runs().count() >= 4 && runs().all(good) && cased && text.iter().filter(|b| b.is_ascii_digit()).count() >= 4
}

#[cfg(test)]
mod tests {
    use crate::detect::trial;

    fn case(marked: &str) {
        trial::case("vendor-value", marked);
    }

    const HEX: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";

    #[test]
    fn values_near_a_vendors_word_go() {
        for before in [
            "clockify ACCESS ",
            "Cloudsmith_KEY=",
            "clockify: '",
            "findl=",
            "clockifyPRIVATE-",
            "clockify-secret-key: ",
        ] {
            case(&format!("{before}«{HEX}» x"));
        }
        case("clockify «aB3dE6gH9jK2mN5pQ8sT» x");
        case("stripe secret token «aB3dE6gH9jK2mN5pQ8sT»");
        case("\"clockify\":\"«01234567-89ab-4cde-8f01-23456789abcd»\"");
        case("clockify key: «ABC1234-GHI5678-JKL9012-MNO3456»");
    }

    #[test]
    fn what_is_no_key_stays() {
        for text in [
            "clockify",
            "clockify ",
            "clockify sync took 12 ms",
            "stripe 0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "clockify-5d9c8b7f4d-x2x9z",
            "clockify.0a1b2c3d4e5f60718293a4b5c6d7e8f9.example.com",
            "clockify event 0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "clockify: 12345678901234567890",
            "myclockify 0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "clockify0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "clockify ACCESS xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "clockify key: some_long_name_of_a_thing",
            "see clockify/0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        ] {
            case(text);
        }
    }
}
