//! What stands around a number: what may not touch it, what it is called, whether it is all there is.
//!
//! All of it is bounded, and stays true when a neighbour becomes a marker: what a marker's brackets touch is not free,
//! and no name is looked for beyond one.

use memchr::{memchr_iter, memrchr};

use crate::detect::boundary::{free_before, is_word};
use crate::detect::card;
use crate::detect::named::glyph;
use crate::span::Span;

/// A piece of a line, and what is known of its surroundings.
pub(super) struct Near<'l> {
    line: &'l [u8],
    at: usize,
    words: Option<Words>,
}

/// How far before a number its name is looked for.
const REACH: usize = 48;

impl<'l> Near<'l> {
    pub(super) const fn new(line: &'l [u8], at: usize) -> Self {
        Self { line, at, words: None }
    }

    /// Whether one of `names` stands before; see [`super::forms`] for what they look like.
    pub(super) fn named(&mut self, names: &[&str]) -> bool {
        let words = self.words.get_or_insert_with(|| Words::before(self.line, self.at));
        names.iter().any(|name| words.hold(name.as_bytes()))
    }

    /// Whether the word before says that something is counted, measured or looked up.
    pub(super) fn is_other(&self) -> bool {
        card::says_other(card::label(&self.line[..self.at]))
    }
}

/// The text before a number in small letters, words parted by single blanks.
struct Words {
    text: [u8; 2 * REACH],
    len: usize,
    /// The first bytes of its words, and all that are no ASCII, as bits of their lower half.
    initials: u128,
}

impl Words {
    fn before(line: &[u8], at: usize) -> Self {
        let text = &line[at.saturating_sub(REACH)..at];
        let from = text.iter().rposition(|b| matches!(b, b'[' | b']')).map_or(0, |i| i + 1);
        let mut words = Self { text: [b' '; 2 * REACH], len: 1, initials: 0 };
        let mut last = b' ';
        for byte in &text[from..] {
            let border = byte.is_ascii_uppercase() && last.is_ascii_lowercase();
            if border || !(byte.is_ascii_alphanumeric() || *byte >= 0x80) {
                words.push(b' ');
            }
            if byte.is_ascii_alphanumeric() || *byte >= 0x80 {
                words.push(byte.to_ascii_lowercase());
            }
            last = *byte;
        }
        words
    }

    fn push(&mut self, byte: u8) {
        let double = byte == b' ' && self.text[self.len - 1] == b' ';
        if !double && self.len < self.text.len() {
            if byte >= 0x80 || self.text[self.len - 1] == b' ' {
                self.initials |= 1 << (byte & 0x7f);
            }
            self.text[self.len] = byte;
            self.len += 1;
        }
    }

    fn hold(&self, name: &[u8]) -> bool {
        let (name, open) = name.strip_suffix(b"*").map_or((name, false), |word| (word, true));
        if self.initials >> (name[0] & 0x7f) & 1 == 0 {
            return false;
        }
        let text = &self.text[..self.len];
        // A name begins behind a blank, or anywhere in scripts that have none.
        let begins = |at: &usize| text[*at] == name[0] && (text[*at] >= 0x80 || text[*at - 1] == b' ');
        let ends =
            |at: usize| open || name[0] >= 0x80 || !text.get(at + name.len()).is_some_and(u8::is_ascii_alphabetic);
        (1..text.len()).filter(begins).any(|at| text[at..].starts_with(name) && ends(at))
    }
}

/// Whether a marker stands so close before `at` that it may have taken a name with it.
pub(super) fn is_behind_marker(line: &[u8], at: usize) -> bool {
    let from = at.saturating_sub(REACH);
    let marked = |close: usize| {
        let open = memrchr(b'[', &line[close.saturating_sub(LONGEST_MARKER)..close]);
        let open = open.map(|i| i + close.saturating_sub(LONGEST_MARKER));
        open.is_some_and(|open| open + glyph::mark(line, open) == close + 1)
    };
    memchr_iter(b']', &line[from..at]).any(|i| marked(from + i))
}

/// Bytes of a marker with its label.
const LONGEST_MARKER: usize = 80;

/// Whether nothing touches `span` that makes it a part of something else. `spaced`: it has blanks inside, so that what
/// stands behind a blank is a neighbour too.
pub(super) fn is_free(line: &[u8], span: Span, spaced: bool) -> bool {
    let (before, behind) = (&line[..span.start], &line[span.end..]);
    free_before(line, span.start)
        && !touches(before)
        && ends(behind)
        && !(spaced && (row_before(before) || row_behind(behind)))
}

/// Whether the last of `before` binds what stands behind it.
pub(super) fn touches(before: &[u8]) -> bool {
    match before {
        [.., word, b':' | b','] => word.is_ascii_digit() || *word == b']',
        [.., last] => matches!(last, b'-' | b'/' | b'.' | b'@' | b'+' | b'$' | b'#' | b'*' | b'~' | b'^' | b']'),
        [] => false,
    }
}

/// Whether a word may end before `behind`.
pub(super) fn ends(behind: &[u8]) -> bool {
    let binds = |next: Option<&u8>| next.is_some_and(|b| is_word(*b) || *b == b'[');
    match behind {
        [] => true,
        [b'=' | b'[' | b'*' | b'~' | b'^' | b'$', ..] => false,
        [b'%', rest @ ..] => rest.len() >= 2 && rest[..2].iter().all(u8::is_ascii_hexdigit),
        [b'-' | b'/' | b':' | b'+' | b'@' | b'.', rest @ ..] => !binds(rest.first()),
        [byte, ..] => !is_word(*byte),
    }
}

fn row_before(before: &[u8]) -> bool {
    matches!(before, [.., b'0'..=b'9' | b']' | b'*', b' '])
}

fn row_behind(behind: &[u8]) -> bool {
    matches!(behind, [b' ', b'0'..=b'9' | b'[' | b'*', ..])
}

/// Whether pairs of hex digits stand beside, as in a dump.
pub(super) fn in_hex_row(line: &[u8], span: Span) -> bool {
    let before = matches!(&line[..span.start], [.., a, b, b' '] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
    let behind = matches!(&line[span.end..], [b' ', a, b, rest @ ..]
        if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() && !rest.first().is_some_and(u8::is_ascii_alphanumeric));
    before || behind
}

/// Whether `span` is all of the line or of a quoted text.
pub(super) fn is_field(line: &[u8], span: Span) -> bool {
    let (before, behind) = (&line[..span.start], &line[span.end..]);
    let quoted = matches!((before.last(), behind), (Some(b'"'), [b'"' | b'\\', ..]) | (Some(b'\''), [b'\'', ..]));
    quoted || is_line(line, span)
}

/// Whether `span` is all of the line but for blanks.
pub(super) fn is_line(line: &[u8], span: Span) -> bool {
    let blank = |text: &[u8]| text.len() <= 16 && text.iter().all(|b| *b == b' ');
    blank(&line[..span.start]) && blank(&line[span.end..])
}

/// Whether a unit stands behind, as it does behind what is counted.
pub(super) fn is_counted(behind: &[u8]) -> bool {
    const UNITS: &[&[u8]] = &[
        b"bytes", b"byte", b"b", b"kb", b"mb", b"gb", b"ms", b"ns", b"us", b"s", b"sec", b"seconds", b"rows",
        b"records", b"blocks",
    ];
    let Some(rest) = behind.strip_prefix(b" ") else { return false };
    let len = rest.iter().take(8).take_while(|b| is_word(**b)).count();
    UNITS.iter().any(|unit| rest[..len].eq_ignore_ascii_case(unit))
}

/// Whether a date may end before `behind`: a time of the day may follow it.
pub(super) fn ends_date(behind: &[u8]) -> bool {
    matches!(behind, [b'T', b'0'..=b'9', ..]) || ends(behind)
}
