//! Hits into what stands in their place, where that is more than a marker: masks, pseudonyms, lines that go.
//!
//! The result depends on the block and its hits alone. In doubt the marker stands: where hits overlap, where a value is
//! short or escaped, where a kind has few values.

use memchr::{memchr, memrchr};

use super::action::{Action, few};
use super::key::MarkKey;
use crate::catalogue::rule::Held;
use crate::catalogue::{Detector, Kind, Rule};
use crate::detect::check::basic;
use crate::detect::wishes::{Marks, STARS, keeps};
use crate::detect::{Scratch, escaped_at};
use crate::span::{Hit, Span};

/// What becomes of the hits of each rule.
#[derive(Debug)]
pub(super) struct Acts {
    rules: Vec<Act>,
    /// The one in use, and one before it.
    keys: Vec<MarkKey>,
}

#[derive(Clone, Debug)]
enum Act {
    Marker,
    Mask { first: usize, last: usize },
    Pseudonym { id: String, class: Class, force: bool },
    DropLine,
}

/// Spellings of a value that are the same to a pseudonym.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Case and the escape of `@` do not count.
    Email,
    /// Digits count alone.
    Card,
    /// Each byte counts.
    Value,
}

/// What stands in the place of one hit.
#[derive(Clone, Debug, Default)]
pub(super) struct Acted {
    /// Instead of the marker.
    pub(super) text: Option<Box<[u8]>>,
    /// The line that goes with it, its end included.
    pub(super) line: Option<Span>,
}

/// Shorter values are all of them found by trying, and a third of them says much.
const SHORT: usize = 8;

impl Acts {
    /// For `rules` in their order; `None` where a marker is all there is.
    pub(super) fn new(rules: &[Held], of: impl Fn(&Rule) -> Action, keys: &[MarkKey]) -> Option<Self> {
        let rules: Vec<Act> = rules.iter().map(|rule| act(rule, of(rule))).collect();
        let any = rules.iter().any(|act| !matches!(act, Act::Marker));
        any.then(|| Self { rules, keys: keys.to_vec() })
    }

    /// By rule, whether its hits take their lines with them.
    pub(super) fn drops(&self) -> Vec<bool> {
        self.rules.iter().map(|act| matches!(act, Act::DropLine)).collect()
    }

    /// How what we put in place of secrets looks.
    pub(super) fn marks(&self) -> Marks {
        let mut marks = Marks::default();
        for act in &self.rules {
            match act {
                Act::Mask { first, last } => {
                    let (a, b) = marks.mask.unwrap_or_default();
                    marks.mask = Some((a.max(*first), b.max(*last)));
                }
                Act::Pseudonym { id, .. } => {
                    marks.rules.insert(id.clone().into_bytes());
                    marks.keys = self.keys.iter().map(|key| key.id().as_bytes().to_vec()).collect();
                }
                Act::Marker | Act::DropLine => {}
            }
        }
        marks
    }

    /// What stands in the place of each hit of `block` in `scratch`, into `acted`.
    pub(super) fn apply(&self, block: &[u8], scratch: &Scratch, acted: &mut Vec<Acted>) {
        acted.clear();
        let mut mixed = scratch.mixed.iter().copied().peekable();
        for (number, hit) in scratch.hits.iter().enumerate() {
            let alone = mixed.next_if_eq(&number).is_none();
            acted.push(self.one(block, hit, alone));
        }
        // A line that goes takes all its hits with it.
        spread(scratch.hits.iter().zip(acted.iter_mut()));
        spread(scratch.hits.iter().zip(acted).rev());
    }

    fn one(&self, block: &[u8], hit: &Hit, alone: bool) -> Acted {
        let value = &block[hit.span.range()];
        let text = match self.rules.get(hit.rule.index()) {
            Some(Act::DropLine) => return Acted { text: None, line: Some(line_of(block, hit.span)) },
            Some(Act::Mask { first, last }) if alone => masked(value, *first, *last),
            Some(Act::Pseudonym { id, class, force }) if alone && (*force || is_much(value)) => {
                Some(self.pseudonym(id, *class, value))
            }
            _ => None,
        };
        Acted { text: text.map(Into::into), line: None }
    }

    fn pseudonym(&self, id: &str, class: Class, value: &[u8]) -> Vec<u8> {
        let value = zeroize::Zeroizing::new(class.normal(value));
        let mut text = format!("[{id}");
        for key in &self.keys {
            text.extend([":", key.id(), ":", &key.pseudonym(class.word(), &value)]);
        }
        text.push(']');
        text.into_bytes()
    }
}

/// Gives the hits that come behind one whose line goes the same line, if they stand in it.
fn spread<'a>(hits: impl Iterator<Item = (&'a Hit, &'a mut Acted)>) {
    let mut line: Option<Span> = None;
    for (hit, acted) in hits {
        line = acted.line.or(line.filter(|line| line.contains(hit.span.start)));
        acted.line = line;
    }
}

fn act(rule: &Rule, action: Action) -> Act {
    // The lines of a key are pieces of a value, and the end of what a scheme guards is a password's.
    let (whole, open) = match &rule.kind {
        Kind::Detector(Detector::PrivateKey) => (false, false),
        Kind::Detector(Detector::Scheme) => (true, false),
        _ => (true, true),
    };
    match action {
        Action::Mask { first, last } if open => Act::Mask { first: first.into(), last: last.into() },
        Action::Pseudonym { force } if whole && (force || !few(rule)) => {
            let class = match &rule.kind {
                Kind::Detector(Detector::Email) => Class::Email,
                Kind::Detector(Detector::Card) => Class::Card,
                _ => Class::Value,
            };
            Act::Pseudonym { id: rule.id.to_string(), class, force }
        }
        Action::DropLine => Act::DropLine,
        _ => Act::Marker,
    }
}

impl Class {
    const fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Card => "card",
            Self::Value => "value",
        }
    }

    fn normal(self, value: &[u8]) -> Vec<u8> {
        match self {
            Self::Email => escaped_at(value).to_ascii_lowercase(),
            Self::Card => value.iter().copied().filter(u8::is_ascii_digit).collect(),
            Self::Value => value.to_vec(),
        }
    }
}

/// Whether there are too many values like this one to try them all.
fn is_much(value: &[u8]) -> bool {
    value.len() >= SHORT && value.iter().any(u8::is_ascii_alphabetic)
}

/// Three stars, and as much of both ends as may stay. What is escaped or encoded has fewer characters than it seems.
fn masked(value: &[u8], first: usize, last: usize) -> Option<Vec<u8>> {
    let odd = |b: &u8| matches!(b, b'\\' | b'%' | b'&') || b.is_ascii_control();
    if value.iter().any(odd) || basic(value) {
        return None;
    }
    let characters = value.iter().filter(|b| **b & 0xc0 != 0x80).count();
    let room = if characters < SHORT { 0 } else { characters / 3 };
    let share = |n: usize| if first + last > room { n * room / (first + last) } else { n };
    let begin = value.iter().take(share(first)).take_while(|b| keeps(**b)).count();
    let end = value.iter().rev().take(share(last)).take_while(|b| keeps(**b)).count();
    Some([&value[..begin], STARS, &value[value.len() - end..]].concat())
}

fn line_of(block: &[u8], span: Span) -> Span {
    let start = memrchr(b'\n', &block[..span.start]).map_or(0, |at| at + 1);
    let end = memchr(b'\n', &block[span.end..]).map_or(block.len(), |at| span.end + at + 1);
    Span::new(start, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(value: &str, first: usize, last: usize) -> Option<String> {
        masked(value.as_bytes(), first, last).map(|text| String::from_utf8(text).unwrap())
    }

    #[test]
    fn a_mask_keeps_little() {
        for (value, first, last, want) in [
            ("4111111111111111", 0, 4, "***1111"),
            ("4111 1111 1111 1111", 4, 4, "411***111"),
            ("abcdefghijkl", 4, 4, "ab***kl"),
            ("abcdefghijkl", 0, 8, "***ijkl"),
            ("hunter2", 4, 4, "***"),
            ("jo.e@example.com", 2, 0, "jo***"),
            ("\u{e9}bcdefghij\u{e9}", 2, 2, "***"),
            ("a b c d e f g h i", 2, 2, "a***i"),
        ] {
            assert_eq!(mask(value, first, last).as_deref(), Some(want), "{value}");
        }
        for value in ["a\\u0041bcdefgh", "ab%41cdefghi", "abcdefgh&amp;", "dXNlcjpwYXNzd29yZA=="] {
            assert_eq!(mask(value, 4, 4), None, "{value}");
        }
    }

    #[test]
    fn spellings_of_an_address_are_one() {
        let normal = |text: &str| Class::Email.normal(text.as_bytes());
        assert_eq!(normal("Jo@Example.com"), normal("jo%40example.COM"));
        assert_eq!(Class::Card.normal(b"4111-1111 1"), b"411111111");
    }
}
