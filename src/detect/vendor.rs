//! A bare value behind a vendor's word: `acme ACCESS_KEY: 5f4dcc3b...`.
//!
//! Such a value has no form of its own; the table of words and shapes is in the catalogue. Between the two only signs
//! and a few words may stand, and not for longer than the table's distance, so that a candidate costs the same
//! wherever it stands. The sieve is not asked for each of the hundreds of words: it looks for the few words that say
//! that a key follows, and the vendor's is read backwards from there. A vendor's own word is looked for only where a
//! sign stands behind it.

use super::boundary::{self, is_word};
use super::check;
use super::named::innocent::{self, Value};
use super::named::link::Join;
use super::named::shape;
use crate::catalogue::literal::Unit;
use crate::catalogue::vendors::{KNOWN, Shape, place};
use crate::sieve::{Needle, Place};
use crate::span::{Confidence, Span};

/// Vendors of a kind.
#[derive(Debug)]
pub(crate) struct Kind {
    /// Their words.
    pub(crate) near: &'static [&'static str],
    pub(crate) shapes: &'static [Shape],
    /// Shapes that are believed behind a telling word only.
    pub(crate) told: &'static [Shape],
    pub(crate) keyed: bool,
    /// The words are looked for before a blank as well.
    pub(crate) free: bool,
}

/// The table, compiled.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) distance: u8,
    /// Words that may stand in between, and whether each says that the value is a key: by their first letter, the
    /// longest first.
    pub(crate) first: [Between; 26],
    /// The same by their last letter.
    pub(crate) last: [Between; 26],
    pub(crate) kinds: &'static [Kind],
    /// All words, sorted, each with the number of its kind.
    pub(crate) words: &'static [(&'static str, u8)],
    /// A bit for the [`place`](crate::catalogue::vendors::place) of each.
    pub(crate) known: [u64; KNOWN / 64],
}

type Between = &'static [(&'static str, bool)];

include!(concat!(env!("OUT_DIR"), "/vendors.rs"));

/// More signs than this do not stand between two words.
const SIGNS: usize = 12;
/// The longest word that is read backwards, with what is glued to it.
const WORD: usize = 40;
/// So many words are read backwards.
const WORDS: usize = 4;

/// Telling words in capitals, which may have a blank and the value behind them: no other text has them there.
const CAPITALS: &[&str] = &["KEY ", "ACCESS ", "PRIVATE "];
/// Telling words that other detectors look for anyway.
const SOUGHT: &[(&str, Place)] = &[
    ("token", Place::Anywhere),
    ("secret", Place::Anywhere),
    ("key", Place::BeforeSign),
    ("access", Place::BeforeSign),
    ("private", Place::BeforeSign),
    ("pat", Place::BeforeSign),
    ("key ", Place::WordStart(0)),
    ("key-", Place::Anywhere),
    ("private ", Place::WordStart(0)),
    ("private-", Place::Anywhere),
    ("access-", Place::Anywhere),
];

/// What begins a value: a needle, the length of its word, and whether that is a vendor's.
pub(super) fn needles() -> impl Iterator<Item = (Needle, u8, bool)> {
    let text = |text: &str, unit: fn(u8) -> Unit| text.bytes().map(unit).collect();
    let len = |text: &str| text.trim_end_matches([' ', '-']).len() as u8;
    let capitals = CAPITALS
        .iter()
        .map(move |word| (Needle { text: text(word, Unit::exact), place: Place::Anywhere }, len(word), false));
    let sought = SOUGHT
        .iter()
        .map(move |(word, place)| (Needle { text: text(word, Unit::caseless), place: *place }, len(word), false));
    let own = |kind: fn(&Kind) -> bool, place: Place| {
        let words = TABLE.kinds.iter().filter(move |own| kind(own)).flat_map(|kind| kind.near.iter());
        words.map(move |word| (Needle { text: text(word, Unit::caseless), place }, word.len() as u8, true))
    };
    let signed = own(|kind| !kind.keyed && !kind.free, Place::BeforeSign);
    let free = own(|kind| kind.free, Place::WordStart(0));
    capitals.chain(sought).chain(signed).chain(free)
}

/// The value behind the vendor's word at `word` of `line`.
pub(super) fn direct(line: &[u8], word: Span) -> Option<(Span, Confidence)> {
    let goes_on = |b: &u8| is_word(*b) || matches!(b, b'-' | b'.' | b'/' | b',');
    if !boundary::free_before(line, word.start) || line.get(word.end).is_none_or(goes_on) {
        return None;
    }
    let kind = kind(&line[word.range()])?;
    let hit = behind(line, word.end, word.end, kind, false)?;
    let between = &line[word.end..hit.0.start];
    let blank = between.iter().all(|b| *b == b' ');
    let goes = match between.first() {
        Some(b' ') if blank => alone(line, Span::new(word.start, hit.0.end)) && !begins_with_word(&line[hit.0.range()]),
        Some(b' ') => !between.iter().any(u8::is_ascii_alphanumeric),
        _ => true,
    };
    goes.then_some(hit)
}

/// Whether what may stand between a vendor's word and a value begins `text`.
fn begins_with_word(text: &[u8]) -> bool {
    let sign = |word: &str| text.get(word.len()).is_some_and(|b| !b.is_ascii_alphanumeric());
    group(&TABLE.first, text.first()).iter().any(|(word, _)| begins(text, word) && sign(word))
}

/// Whether `span` is all that its line says, or a text in quotes: in the midst of a sentence what follows a vendor's
/// word is an id.
fn alone(line: &[u8], span: Span) -> bool {
    let before = &line[..span.start];
    let opens = matches!(before.trim_ascii_end().last(), None | Some(b'"' | b'\'' | b'`'))
        || before.ends_with(b": ")
        || before.ends_with(b"\\n");
    opens && matches!(line[span.end..].trim_ascii_start().first(), None | Some(b'"' | b'\'' | b'`' | b'\\'))
}

/// The value behind the telling word at `word`, if a vendor's stands before it.
pub(super) fn told(line: &[u8], word: Span) -> Option<(Span, Confidence)> {
    let mut end = word.start;
    for _ in 0..WORDS {
        let before = &line[..end];
        let signs = before.iter().rev().take(3).take_while(|b| is_joint(**b)).count();
        let text = &before[..end - signs];
        let run = text.iter().rev().take(WORD).take_while(|b| b.is_ascii_alphanumeric()).count();
        let word_end = text.len();
        let mut text = &text[word_end - run..];
        let mut told = text.is_empty();
        while let Some((last, _)) = group(&TABLE.last, text.last()).iter().find(|(word, _)| ends(text, word)) {
            if kind(text).is_some() {
                break;
            }
            text = &text[..text.len() - last.len()];
            told = text.is_empty();
        }
        let vendor_end = word_end - run + text.len();
        if let Some(kind) = kind(text) {
            return behind(line, vendor_end, word.end, kind, true);
        }
        if !told || run == 0 {
            return None;
        }
        end = word_end - run;
    }
    None
}

/// The kind of the vendor that `word` is.
fn kind(word: &[u8]) -> Option<&'static Kind> {
    let place = place(word)?;
    if TABLE.known[place / 64] >> (place % 64) & 1 == 0 {
        return None;
    }
    let mut lower = [0; WORD];
    let text = lower.get_mut(..word.len())?;
    text.copy_from_slice(word);
    text.make_ascii_lowercase();
    let found = TABLE.words.binary_search_by(|(word, _)| word.as_bytes().cmp(text)).ok()?;
    TABLE.kinds.get(usize::from(TABLE.words[found].1))
}

/// The value behind `from`, not further than the table's distance behind the vendor's word, which ends at `end`.
fn behind(line: &[u8], end: usize, from: usize, kind: &Kind, told: bool) -> Option<(Span, Confidence)> {
    let reach = line.len().min(end + usize::from(TABLE.distance));
    let (mut at, mut told, mut joined) = (from, told, true);
    while at <= reach {
        let signs = signs(&line[at..reach]);
        let behind = at + signs;
        if signs > 0 {
            joined &= line[at..behind].iter().all(|b| matches!(b, b'-' | b'.' | b'_'));
            if (told || !kind.keyed)
                && let Some(span) = value(line, behind, kind, told, joined)
            {
                return Some((span, if told { Confidence::Medium } else { Confidence::Low }));
            }
        }
        let rest = &line[behind..reach];
        let (word, tells) = group(&TABLE.first, rest.first()).iter().find(|(word, _)| begins(rest, word))?;
        told |= tells;
        at = behind + word.len();
    }
    None
}

/// The words for a letter.
fn group(groups: &[Between; 26], letter: Option<&u8>) -> Between {
    let number = letter.map_or(usize::MAX, |b| usize::from(b.to_ascii_lowercase().wrapping_sub(b'a')));
    groups.get(number).copied().unwrap_or_default()
}

const fn is_joint(byte: u8) -> bool {
    matches!(byte, b' ' | b'_' | b'-' | b'.' | b'"' | b'\'' | b':')
}

fn ends(text: &[u8], word: &str) -> bool {
    text.len() >= word.len() && text[text.len() - word.len()..].eq_ignore_ascii_case(word.as_bytes())
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

/// The value at `at`, if it has one of the vendor's shapes and nothing more stands behind it. Where no telling word
/// stands before it and only dashes do, it may be the rest of a name: pods and hosts are called so.
fn value(line: &[u8], at: usize, kind: &Kind, told: bool, dashes: bool) -> Option<Span> {
    let rest = &line[at..];
    let len = rest.iter().take(200).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
    let padding = rest[len..].iter().take(2).take_while(|b| **b == b'=').count();
    if len < 10 || goes_on(&rest[len + padding..], padding > 0) {
        return None;
    }
    let text = &rest[..len];
    let more = if told { kind.told } else { &[] };
    let fits = kind.shapes.iter().chain(more).any(|shape| fits(*shape, text, dashes && !told)) || (told && dull(text));
    let whole = Span::new(at, at + len + padding);
    let value = Value { text: &line[whole.range()], quoted: true, join: Join::Flag, behind: &line[whole.end..] };
    (fits && !innocent::plainly(&value)).then_some(whole)
}

fn fits(shape: Shape, text: &[u8], named: bool) -> bool {
    let within = |least: u8, most: u8| (usize::from(least)..=usize::from(most)).contains(&text.len());
    match shape {
        Shape::Hex(least, most) => within(least, most) && text.iter().all(u8::is_ascii_hexdigit) && mixed(text),
        Shape::Uuid => shape::uuid(text) && mixed(text),
        Shape::Token(least, most) => !named && within(least, most) && token(text),
        Shape::Groups(least, most) => !named && within(least, most) && groups(text),
    }
}

/// Whether a name, a host, a path or, behind `=`, a value goes on here.
fn goes_on(rest: &[u8], padded: bool) -> bool {
    match rest {
        // What is left out: `abc...xyz`.
        [b'.', b'.', ..] => true,
        [b'.' | b':' | b'/' | b'@', next, ..] => next.is_ascii_alphanumeric() || *next == b'/',
        [b'(' | b'[' | b'%', ..] => true,
        [next, ..] if padded => next.is_ascii_alphanumeric() || matches!(next, b'$' | b'{' | b'<' | b'-'),
        [next, ..] => *next >= 0x80,
        [] => false,
    }
}

fn mixed(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_digit) && text.iter().any(u8::is_ascii_alphabetic) && check::entropy(text) >= 2.5
}

/// Digits or hexadecimal letters alone, or letters that make no words: a key only where it is called one.
fn dull(text: &[u8]) -> bool {
    let digits = text.len() >= 24 && text.iter().all(u8::is_ascii_digit);
    let letters = text.len() >= 20 && text.iter().all(u8::is_ascii_alphabetic) && !check::words::plain(text);
    let hex = text.len() >= 32 && text.iter().all(u8::is_ascii_hexdigit) && check::entropy(text) >= 2.5;
    hex || ((digits || letters) && check::entropy(text) >= 3.0)
}

/// Letters and digits as a generator mixes them.
fn token(text: &[u8]) -> bool {
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    let runs = || text.split(|b| !b.is_ascii_alphanumeric());
    let long = runs()
        .any(|run| run.len() >= 10 && run.iter().any(u8::is_ascii_digit) && run.iter().any(u8::is_ascii_alphabetic));
    let mixed = digits >= 2 && digits < text.len() && long && check::entropy(text) >= 3.0;
    mixed || shape::token(text)
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
        case(&format!("wandb «{HEX}»"));
        case(&format!("{{\"msg\":\"wandb «{HEX}»\",\"n\":1}}"));
        case(&format!("<134>Mar  4 05:06:07 web app[1]: wandb  «{HEX}»"));
        case("clockify = «aB3dE6gH9jK2mN5pQ8sT» x");
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
            "sent via wandb 0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "wandb 0a1b2c3d4e5f60718293a4b5c6d7e8f9 sent",
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
