//! Identifiers: shapes found by their first word, then the check, then the name or the surroundings.

use super::forms::{Alone, FORMS, Form};
use super::near::{self, Near};
use crate::catalogue::Ident;
use crate::detect::Found;
use crate::detect::boundary::is_word;
use crate::span::{Confidence, RuleId, Span};

/// The identifiers that are on.
#[derive(Debug, Default)]
pub(super) struct Idents {
    /// Shapes by the length of their first two words and what stands between; see [`bucket`].
    buckets: Vec<Vec<Shape>>,
}

#[derive(Debug)]
struct Shape {
    rule: RuleId,
    form: usize,
    text: Box<[u8]>,
}

/// Letters and digits of a number that are looked at.
const LONGEST: usize = 24;
/// What may stand behind a shape's first word; the last stands for its end.
const BEHIND: &[u8] = b" -./(+\0";
/// Lengths of a second word that are told apart.
const SECOND: usize = 9;

impl Idents {
    pub(super) fn add(&mut self, rule: RuleId, ident: Ident) {
        if self.buckets.is_empty() {
            self.buckets.resize_with((LONGEST + 1) * BEHIND.len() * SECOND, Vec::new);
        }
        for (form, entry) in FORMS.iter().enumerate().filter(|(_, form)| form.ident == ident) {
            for text in entry.shapes.iter().flat_map(|shape| spellings(shape)) {
                self.buckets[bucket(&text)].push(Shape { rule, form, text });
            }
        }
    }

    pub(super) const fn is_on(&self) -> bool {
        !self.buckets.is_empty()
    }

    /// Adds the identifiers that begin at `at`.
    pub(super) fn find(&self, line: &[u8], at: usize, near: &mut Near<'_>, found: &mut Found<'_>) {
        let first = word(&line[at..]);
        if first > LONGEST || self.buckets.is_empty() {
            return;
        }
        let mut look = |bucket: usize| {
            for shape in &self.buckets[bucket] {
                if let Some((span, confidence)) = shape.find(line, at, near) {
                    found.add(shape.rule, span, confidence);
                }
            }
        };
        look(bucket(&line[at..at + first]));
        if line.get(at + first).is_some_and(|b| BEHIND.contains(b)) {
            look(bucket(&line[at..]));
        }
    }
}

/// Each `~` as nothing or as one separator, the same everywhere.
fn spellings(shape: &str) -> Vec<Box<[u8]>> {
    let with = |separator: &str| shape.replace('~', separator).into_bytes().into_boxed_slice();
    if shape.contains('~') { ["", " ", "-", "."].map(with).into() } else { vec![with("")] }
}

/// The length of the word that `text` begins with.
fn word(text: &[u8]) -> usize {
    text.iter().take(LONGEST + 1).take_while(|b| b.is_ascii_alphanumeric()).count()
}

/// Where shapes are kept that begin as `text` does.
fn bucket(text: &[u8]) -> usize {
    let first = word(text).min(LONGEST);
    let behind = text.get(first).and_then(|b| BEHIND.iter().position(|other| other == b));
    let second = if behind.is_some() { word(&text[first + 1..]).min(SECOND - 1) } else { 0 };
    (first * BEHIND.len() + behind.unwrap_or(BEHIND.len() - 1)) * SECOND + second
}

impl Shape {
    fn find(&self, line: &[u8], at: usize, near: &mut Near<'_>) -> Option<(Span, Confidence)> {
        let text = line.get(at..at + self.text.len())?;
        if line.get(at + text.len()).is_some_and(|b| is_word(*b)) {
            return None;
        }
        let fits = text.iter().zip(&self.text).all(|(byte, class)| match class {
            b'9' => byte.is_ascii_digit(),
            b'A' => byte.is_ascii_alphabetic(),
            b'X' => byte.is_ascii_alphanumeric(),
            b'Y' => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
            other => byte == other,
        });
        if !fits || !digits_enough(text) {
            return None;
        }
        let form = &FORMS[self.form];
        let span = Span::new(at, at + text.len());
        let (mut letters, mut len) = ([0; LONGEST], 0);
        for byte in text.iter().filter(|b| b.is_ascii_alphanumeric()) {
            *letters.get_mut(len)? = byte.to_ascii_uppercase();
            len += 1;
        }
        let spaced = text.contains(&b' ');
        if !near::is_free(line, span, spaced) || !(form.check)(&letters[..len]) {
            return None;
        }
        self.counts(line, span, form, near)
    }

    /// Whether a number of the right shape is called what it is, or needs no name here.
    fn counts(&self, line: &[u8], span: Span, form: &Form, near: &mut Near<'_>) -> Option<(Span, Confidence)> {
        if near.named(form.names) || (form.alone != Alone::Named && near.named(GENERAL)) {
            return Some((span, Confidence::High));
        }
        let text = &line[span.range()];
        let field = near::is_field(line, span);
        let parted = self.text.iter().any(|b| !b.is_ascii_alphanumeric());
        let other =
            !parted && (near.is_other() || near::is_counted(&line[span.end..]) || is_hex(text) || is_filler(text));
        let time = !parted && is_time(text) && !near::is_line(line, span);
        let suffices = match form.alone {
            Alone::Always => true,
            Alone::Grouped => parted || field,
            Alone::Parted => parted,
            Alone::Field => field,
            Alone::Named => false,
        };
        (suffices && !other && !time).then_some((span, Confidence::Medium))
    }
}

/// What any number of a person may be called.
const GENERAL: &[&str] = &[
    "national id",
    "national identi*",
    "identity",
    "identification",
    "citizen*",
    "personal id*",
    "personal number",
    "tax id*",
    "id card",
    "taxpayer*",
];

/// A word with fewer digits is a word.
fn digits_enough(text: &[u8]) -> bool {
    text.iter().filter(|b| b.is_ascii_digit()).count() >= 4
}

/// Letters and digits as a hash has them: small, and none behind `f`.
fn is_hex(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_lowercase) && text.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// `000000001`, `123456789`: what stands where a number is missing.
fn is_filler(text: &[u8]) -> bool {
    let steps = |step: u8| text.windows(2).filter(|w| w[1] == w[0].wrapping_add(step)).count();
    text.len() - steps(0) <= 2 || text.len() - steps(1) <= 2
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, or a date and a time in one.
fn is_time(text: &[u8]) -> bool {
    if !text.iter().all(u8::is_ascii_digit) {
        return false;
    }
    match text.len() {
        10 | 13 | 16 | 19 => matches!(text, [b'1', ..] | [b'2', b'0', ..]),
        14 => matches!(text, [b'1', b'9', ..] | [b'2', b'0', ..]),
        _ => false,
    }
}
