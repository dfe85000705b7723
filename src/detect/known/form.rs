//! A known secret in one of its forms, looked for character by character from a place where a part of it stands.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::spelling::{WIDEST, plain, spellings};
use crate::detect::check::certain;
use crate::detect::text::hex_digits;
use crate::span::Span;

/// What the bytes of a form are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The secret's own.
    Text,
    /// Those characters of its base64 that depend on nothing else. Where `edge.0` or `edge.1` is set, the character
    /// before or behind depends on it a little.
    Base64 { edge: (bool, bool) },
    /// Its hexadecimal digits.
    Hex,
}

/// A text that gives a secret away.
pub(super) struct Form {
    pub(super) kind: Kind,
    pub(super) text: Zeroizing<Box<[u8]>>,
}

/// How far a form goes on in a text.
#[derive(Default)]
pub(super) struct Reach {
    /// It is whole, and ends here.
    pub(super) end: Option<usize>,
    /// The text ends before it does.
    pub(super) cut: bool,
}

/// How far a number, or an escape that a secret begins in the middle of, is followed.
const NEAR: usize = 64;

impl Form {
    /// The form that has its first `upto` bytes before `at` of `line` and the rest behind it.
    pub(super) fn around(&self, line: &[u8], upto: usize, at: usize) -> Option<Span> {
        let start = self.backward(line, upto, at)?;
        let end = self.forward(line, upto, at).end?;
        Some(self.widened(line, Span::new(start, end)))
    }

    /// Follows the form from its byte `from` on, which stands at `at` of `line`.
    pub(super) fn forward(&self, line: &[u8], from: usize, at: usize) -> Reach {
        let mut reach = Reach::default();
        let mut others = BTreeSet::new();
        let mut next = Some((from, at));
        while let Some((mut from, mut at)) = next {
            while from < self.text.len() && self.single(from) && line.get(at).is_some_and(|b| self.is(from, *b)) {
                (from, at) = (from + 1, at + 1);
            }
            if from == self.text.len() {
                reach.end = reach.end.max(Some(at));
            } else if self.single(from) {
                reach.cut |= at == line.len();
            } else {
                spellings(&self.text, from, self.is_base64(), &mut |spelling| {
                    let fit = spelling.begins(&line[at..]);
                    reach.cut |= fit.cut;
                    others.extend(fit.whole.map(|len| (from + spelling.takes, at + len)));
                });
            }
            next = others.pop_first();
        }
        reach
    }

    /// Follows the form backward from its byte `upto`, before which it ends at `at` of `line`; the first place it
    /// can begin at.
    fn backward(&self, line: &[u8], upto: usize, at: usize) -> Option<usize> {
        let mut start: Option<usize> = None;
        let mut others = BTreeSet::new();
        let mut next = Some((upto, at));
        while let Some((mut upto, mut at)) = next {
            while upto > 0 && self.single(upto - 1) && at > 0 && self.is(upto - 1, line[at - 1]) {
                (upto, at) = (upto - 1, at - 1);
            }
            if upto == 0 {
                start = Some(start.map_or(at, |least| least.min(at)));
            } else if !self.single(upto - 1) {
                self.ending(upto, &mut |spelling| {
                    others.extend(spelling.ends(&line[..at]).map(|len| (upto - spelling.takes, at - len)));
                });
            }
            next = others.pop_last();
        }
        start
    }

    /// Calls `each` with the spellings of what ends before `upto`.
    pub(super) fn ending(&self, upto: usize, each: &mut dyn FnMut(super::spelling::Spelling)) {
        for from in upto.saturating_sub(WIDEST)..upto {
            spellings(&self.text, from, self.is_base64(), &mut |spelling| {
                if from + spelling.takes == upto {
                    each(spelling);
                }
            });
        }
    }

    fn is_base64(&self) -> bool {
        matches!(self.kind, Kind::Base64 { .. })
    }

    /// Whether the byte has no spelling but itself.
    pub(super) fn single(&self, at: usize) -> bool {
        plain(self.text[at])
    }

    fn is(&self, at: usize, byte: u8) -> bool {
        byte == self.text[at] || self.kind == Kind::Hex && byte.to_ascii_lowercase() == self.text[at]
    }

    /// With what beside `span` depends on the secret, and what would be broken without it.
    fn widened(&self, line: &[u8], mut span: Span) -> Span {
        if let Kind::Base64 { edge } = self.kind {
            span.start -= if edge.0 { base64_before(&line[..span.start]) } else { 0 };
            span.end += if edge.1 { base64_behind(&line[span.end..]) } else { 0 };
        }
        if line[span.range()].iter().all(u8::is_ascii_digit) {
            span.end += line[span.end..].iter().take(NEAR).take_while(|b| numeric(**b)).count();
        }
        // A backslash at the end may be the first half of an escape.
        if line[span.range()].last() == Some(&b'\\') {
            span.end += line[span.end..].iter().take(NEAR).take_while(|b| **b == b'\\').count();
            let slashes = line[..span.end].iter().rev().take_while(|b| **b == b'\\').count();
            span.end = (span.end + slashes % 2).min(line.len());
        }
        span.start = begin(line, span.start);
        span
    }
}

/// From where on a secret that begins at `start` is taken out: a number from its first digit on, and an escape from its
/// first backslash on, so that JSON stays JSON.
pub(super) fn begin(line: &[u8], start: usize) -> usize {
    let mut start = start;
    if line.get(start).is_some_and(u8::is_ascii_digit) {
        start -= line[..start].iter().rev().take(NEAR).take_while(|b| numeric(**b)).count();
    }
    let digits = line[..start].iter().rev().take(3).take_while(|b| b.is_ascii_hexdigit()).count();
    if line[..start - digits].ends_with(b"\\u") || line[..start - digits].ends_with(b"\\x") && digits < 2 {
        start -= digits + 1;
    }
    start - line[..start].iter().rev().take(NEAR).take_while(|b| **b == b'\\').count()
}

const fn numeric(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'.'
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// Bytes of the character of base64 that ends `text`, 0 where there is none.
fn base64_before(text: &[u8]) -> usize {
    match text {
        [.., b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => 3,
        [.., b] if is_base64(*b) => 1,
        _ => 0,
    }
}

/// Bytes of the character of base64 that begins `text`.
fn base64_behind(text: &[u8]) -> usize {
    match text {
        [b'%', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => 3,
        [b'\\', b'/', ..] => 2,
        [b, ..] if is_base64(*b) => 1,
        _ => 0,
    }
}

/// The form of each alignment.
pub(super) fn base64(secret: &[u8]) -> impl Iterator<Item = Form> {
    (0..3).map(move |before: usize| {
        let edge = (before > 0, !(before + secret.len()).is_multiple_of(3));
        Form { kind: Kind::Base64 { edge }, text: Zeroizing::new(certain(secret, before).1.collect()) }
    })
}

/// Its hexadecimal digits.
pub(super) fn hex(secret: &[u8]) -> Form {
    let text = secret.iter().flat_map(|b| hex_digits(*b)).collect();
    Form { kind: Kind::Hex, text: Zeroizing::new(text) }
}

/// As it is.
pub(super) fn text(secret: &[u8]) -> Form {
    Form { kind: Kind::Text, text: Zeroizing::new(secret.into()) }
}
