//! Messages without their secrets: header bytes as they were, structured data escaped as it has to be.
//!
//! A block of messages is looked at as one text. Headers are read only where a hit is, so that the cost follows the
//! hits. In the names of a header nothing but an issuer's own format is redacted; elsewhere in it, nothing.

use std::mem::take;
use std::sync::Arc;

use memchr::{memchr, memchr_iter, memrchr};

use super::frame::Piece;
use super::header::{Parts, is_new_style};
use crate::redact::{State, resolve};
use crate::{Clean, Confidence, Hit, Quote, Redactor, Session, Span, UNFINISHED};

/// Cleans the messages of one sender.
pub(crate) struct Cleaner {
    redactor: Arc<Redactor>,
    state: State,
    hits: Vec<Hit>,
    said: Vec<Hit>,
}

impl Cleaner {
    /// With what `redactor` looks for.
    pub(crate) fn new(redactor: Arc<Redactor>) -> Self {
        Self { redactor, state: State::default(), hits: Vec::new(), said: Vec::new() }
    }

    /// Changes over to other rules, unless something is open.
    pub(crate) fn renew(&mut self, redactor: Arc<Redactor>) {
        if self.state.is_at_rest() {
            self.redactor = redactor;
        }
    }

    /// The rules, and what they hit since this was asked last.
    pub(crate) fn said(&mut self) -> (&Redactor, std::vec::Drain<'_, Hit>) {
        (&self.redactor, self.said.drain(..))
    }

    /// Puts `piece` behind `out`, clean. Lines stay lines, one for one.
    pub(crate) fn clean(&mut self, piece: Piece<'_>, out: &mut Vec<u8>) {
        let (text, lines) = match piece {
            Piece::Lines(text) => (text, true),
            Piece::One(text) | Piece::Cut(text) => (text, false),
        };
        let mut hits = take(&mut self.hits);
        hits.clear();
        self.find(text, &mut hits);
        let plain = hits.len();
        escaped(&self.redactor, text, lines, &mut hits);
        if hits.len() > plain {
            resolve(&mut hits);
        }
        if let Piece::Cut(_) = piece {
            cut(text, &mut hits);
        }
        if lines && hits.iter().any(|hit| memchr(b'\n', &text[hit.span.range()]).is_some()) {
            hits = hits.iter().flat_map(|hit| by_line(text, hit)).collect();
        }
        out.reserve(text.len());
        let mut splice = Splice { redactor: &self.redactor, text, at: 0, out, said: &mut self.said };
        let mut rest = &hits[..];
        while let Some(first) = rest.first() {
            let line = if lines { line_at(text, first.span.start) } else { Span::new(0, text.len()) };
            let here = rest.iter().take_while(|hit| hit.span.start < line.end).count();
            splice.line(line, &rest[..here]);
            rest = &rest[here..];
        }
        splice.end();
        self.hits = hits;
    }

    fn find(&mut self, text: &[u8], hits: &mut Vec<Hit>) {
        let mut at = 0;
        let mut session = Session::resume(&self.redactor, take(&mut self.state));
        session.whole(text, &mut |clean: Clean<'_>| {
            if let (true, Some(last)) = (clean.is_swallowed(), hits.last_mut()) {
                last.span.end = at + clean.text_len();
            }
            hits.extend(clean.hits().iter().map(|hit| Hit { span: hit.span.shifted(at), ..*hit }));
            at += clean.text_len();
        });
        self.state = session.into_state();
    }
}

/// Of a message whose rest is unknown, what stands at its end may be half a secret: it goes, but for the header.
fn cut(text: &[u8], hits: &mut Vec<Hit>) {
    let kept = text.len().saturating_sub(UNDECIDED).max(Parts::of(text).message).min(text.len());
    hits.retain(|hit| hit.span.start < kept);
    let from = hits.last().map_or(kept, |hit| hit.span.end.max(kept));
    if from < text.len() {
        let span = Span::new(from, text.len());
        hits.push(Hit { span, rule: UNFINISHED, confidence: Confidence::Low, quote: Quote::None });
    }
}

/// How far before its end a text is undecided: what two windows of a long line have in common.
const UNDECIDED: usize = 64 << 10;

/// Adds what is found in values of structured data once their escapes are undone.
fn escaped(redactor: &Redactor, text: &[u8], lines: bool, hits: &mut Vec<Hit>) {
    let mut done = 0;
    for at in memchr_iter(b'\\', text) {
        if at < done {
            continue;
        }
        let line = if lines { line_at(text, at) } else { Span::new(0, text.len()) };
        done = line.end;
        let message = &text[line.range()];
        if !is_new_style(message) {
            continue;
        }
        for value in Parts::of(message).values {
            let value = value.shifted(line.start);
            if memchr(b'\\', &text[value.range()]).is_some() {
                in_value(redactor, text, value, hits);
            }
        }
    }
}

fn in_value(redactor: &Redactor, text: &[u8], value: Span, hits: &mut Vec<Hit>) {
    let (mut plain, mut places) = (Vec::new(), Vec::new());
    let mut at = value.start;
    while at < value.end {
        places.push(at);
        at += usize::from(is_escape(text, at));
        plain.push(text[at]);
        at += 1;
    }
    places.push(value.end);
    let found = redactor.find(&plain);
    let placed = |hit: &Hit| Hit { span: Span::new(places[hit.span.start], places[hit.span.end]), ..*hit };
    hits.extend(found.iter().map(placed));
}

/// Whether two bytes at `at` stand for the second of them (RFC 5424, 6.3.3).
fn is_escape(text: &[u8], at: usize) -> bool {
    text[at] == b'\\' && matches!(text.get(at + 1), Some(b'"' | b'\\' | b']'))
}

/// A hit as one for each line that it is in.
fn by_line(text: &[u8], hit: &Hit) -> Vec<Hit> {
    let mut at = hit.span.start;
    let lines = text[hit.span.range()].split(|b| *b == b'\n').map(|line| {
        let span = Span::new(at, at + line.len());
        at = span.end + 1;
        Hit { span, ..*hit }
    });
    lines.filter(|hit| !hit.span.is_empty()).collect()
}

/// The line around a place, without its newline.
fn line_at(text: &[u8], at: usize) -> Span {
    let start = memrchr(b'\n', &text[..at]).map_or(0, |n| n + 1);
    let end = memchr(b'\n', &text[at..]).map_or(text.len(), |n| at + n);
    Span::new(start, end)
}

/// Puts a text together again.
struct Splice<'a> {
    redactor: &'a Redactor,
    text: &'a [u8],
    /// Everything before is out.
    at: usize,
    out: &'a mut Vec<u8>,
    said: &'a mut Vec<Hit>,
}

impl Splice<'_> {
    /// One message and its hits.
    fn line(&mut self, line: Span, hits: &[Hit]) {
        let parts = Parts::of(&self.text[line.range()]);
        let message = line.start + parts.message;
        for hit in hits {
            let span = Span::new(hit.span.start, hit.span.end.min(line.end));
            if span.start < message {
                if hit.confidence == Confidence::High {
                    parts.names.iter().for_each(|name| self.inside(hit, span, name.shifted(line.start), false));
                }
                parts.values.iter().for_each(|value| self.inside(hit, span, value.shifted(line.start), true));
            }
            self.inside(hit, span, Span::new(message, line.end), false);
        }
    }

    /// A marker for so much of a hit as stands in `place`.
    fn inside(&mut self, hit: &Hit, span: Span, place: Span, escaped: bool) {
        let mut from = span.start.max(place.start).max(self.at);
        let mut to = span.end.min(place.end);
        if from >= to {
            return;
        }
        if escaped {
            (from, to) = whole_escapes(self.text, place, from, to);
        }
        self.out.extend_from_slice(&self.text[self.at..from]);
        self.at = to;
        self.said.push(*hit);
        if escaped {
            let mut marker = Vec::new();
            self.redactor.put_marker(hit, &mut marker);
            escape(&marker, self.out);
        } else {
            self.redactor.put_marker(hit, self.out);
        }
    }

    fn end(&mut self) {
        self.out.extend_from_slice(&self.text[self.at..]);
        self.at = self.text.len();
    }
}

/// A range of a value, grown so that it cuts no escape in two.
fn whole_escapes(text: &[u8], value: Span, from: usize, to: usize) -> (usize, usize) {
    let (mut from, mut to) = (from, to);
    let mut at = value.start;
    while at < to {
        let next = at + 1 + usize::from(is_escape(text, at));
        if at < from && from < next {
            from = at;
        }
        if at < to && to < next {
            to = next;
        }
        at = next;
    }
    (from, to)
}

/// Puts a text behind `out` as a value of structured data has it. What a level of JSON escaped stays so.
fn escape(text: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < text.len() {
        if is_escape(text, at) {
            out.extend_from_slice(&text[at..at + 2]);
            at += 2;
            continue;
        }
        if matches!(text[at], b'"' | b'\\' | b']') {
            out.push(b'\\');
        }
        out.push(text[at]);
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clean(piece: Piece<'_>) -> String {
        let redactor = Redactor::builder().build().unwrap();
        let mut out = Vec::new();
        Cleaner::new(Arc::new(redactor)).clean(piece, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn headers_stay_and_values_are_escaped() {
        let cases = [
            ("<13>Nov 23 20:57:55 vm app: token=abc123 x", "<13>Nov 23 20:57:55 vm app: token=[REDACTED] x"),
            ("<13>password: hunter2", "<13>password: [REDACTED]"),
            ("no header password=hunter2", "no header password=[REDACTED]"),
            (
                r#"<13>1 - vm app 1 - [a password="hunter2" b="c"] x"#,
                r#"<13>1 - vm app 1 - [a password="[REDACTED\]" b="c"] x"#,
            ),
            (
                r#"<13>1 - vm app 1 - [a password="hun\"te\]r2"] x"#,
                r#"<13>1 - vm app 1 - [a password="[REDACTED\]"] x"#,
            ),
            (
                r#"<13>1 - vm app 1 - [a j="{\"password\":\"hunter2\"}"] x"#,
                r#"<13>1 - vm app 1 - [a j="{\"password\":\"[REDACTED\]\"}"] x"#,
            ),
            // A name is no secret for what stands around it.
            ("<13>1 - token=abc123 app 1 - - token=abc123", "<13>1 - token=abc123 app 1 - - token=[REDACTED]"),
        ];
        for (text, want) in cases {
            assert_eq!(clean(Piece::One(text.as_bytes())), want, "{text}");
            let lines = format!("<13>a\n{text}\n{text}\n<13>b\n");
            assert_eq!(clean(Piece::Lines(lines.as_bytes())), format!("<13>a\n{want}\n{want}\n<13>b\n"));
        }
        // What a checksum proves is redacted wherever it stands.
        let text = "<13>1 - vm DE89370400440532013000 1 - - x";
        assert_eq!(clean(Piece::One(text.as_bytes())), "<13>1 - vm [REDACTED] 1 - - x");
    }

    #[test]
    fn a_message_of_several_lines_stays_one() {
        let text = "<13>Nov 23 20:57:55 vm app: first\n  password: hunter2\nlast";
        let want = "<13>Nov 23 20:57:55 vm app: first\n  password: [REDACTED]\nlast";
        assert_eq!(clean(Piece::One(text.as_bytes())), want);
    }

    #[test]
    fn what_is_cut_ends_with_a_marker() {
        let head = "<13>Nov 23 20:57:55 vm app:";
        assert_eq!(clean(Piece::Cut(format!("{head} pass").as_bytes())), format!("{head}[REDACTED]"));
        let long = format!("{head} token=abc123 {}", "x ".repeat(UNDECIDED));
        let out = clean(Piece::Cut(long.as_bytes()));
        assert!(out.starts_with(&format!("{head} token=[REDACTED] x x")) && out.ends_with("[REDACTED]"));
        assert!(out.len() < long.len() - UNDECIDED + 32 && out.len() > long.len() - UNDECIDED - 32);
    }

    proptest! {
        #[test]
        fn structured_data_stays_valid(value in "([a-z]|password=|[0-9]|\\\\\"|\\\\]|\\\\\\\\|[ {}:]){0,20}", name in "(password|x)") {
            let text = format!("<13>1 - vm app 1 - [a {name}=\"{value}\" z=\"9\"] end");
            prop_assume!(Parts::of(text.as_bytes()).values.len() == 2);
            let out = clean(Piece::One(text.as_bytes()));
            let parts = Parts::of(out.as_bytes());
            prop_assert_eq!(parts.values.len(), 2, "{}", &out);
            prop_assert_eq!(&out[parts.message..], " end");
        }

        #[test]
        fn lines_stay_lines(text in "(<13>|1 - vm app 1 - |token=abc123|\\[a b=\"|\\\\|\"\\]|\n|x ){0,40}") {
            let text = format!("{text}\n");
            let out = clean(Piece::Lines(text.as_bytes()));
            prop_assert_eq!(out.lines().count(), text.lines().count());
            prop_assert!(!out.lines().any(|line| line.contains("abc123") && !line.starts_with("<13>1")));
        }
    }
}
