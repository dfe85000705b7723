//! A record of names and values: looked at as JSON, put together again in its own encoding.
//!
//! A value is judged with its name, and remembers where it stands in both. What no hit touches is copied as it was.

mod head;
mod msgpack;

use std::ops::Range;

pub(crate) use head::{Head, Stuck, Walk};
pub(crate) use msgpack::{Reader, put};

use crate::sink::escape;
use crate::{Hit, Redactor};

/// A hit, what stands in its place, and whether all of the record goes.
type Marked = (Hit, Vec<u8>, bool);

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A number, a truth value or nothing: hit, it becomes a text.
    Word,
    Text,
    Binary,
    /// It cannot be changed without breaking it: hit, it becomes a text.
    Extension,
}

/// A record that has been read.
#[derive(Default)]
pub(crate) struct Record {
    json: Vec<u8>,
    values: Vec<Value>,
}

struct Value {
    /// Where it stands in the record, with its head.
    place: Range<usize>,
    /// Where it stands in the JSON, without quotes.
    shown: Range<usize>,
    kind: Kind,
}

impl Record {
    /// Adds a sign between values.
    pub(crate) fn sign(&mut self, sign: &[u8]) {
        self.json.extend_from_slice(sign);
    }

    /// Adds a value without quotes.
    fn word(&mut self, place: Range<usize>, word: &[u8]) {
        let from = self.json.len();
        self.json.extend_from_slice(word);
        self.values.push(Value { place, shown: from..self.json.len(), kind: Kind::Word });
    }

    /// Adds a text.
    fn text(&mut self, place: Range<usize>, text: &[u8], kind: Kind) {
        self.sign(b"\"");
        let from = self.json.len();
        escape(text, &mut self.json);
        self.values.push(Value { place, shown: from..self.json.len(), kind });
        self.sign(b"\"");
    }

    /// What it is looked at as: JSON, and the signs between.
    pub(crate) fn json(&self) -> &[u8] {
        &self.json
    }

    /// The record without its secrets. `bytes` is what it was read from.
    pub(crate) fn clean(&self, redactor: &Redactor, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        self.clean_into(redactor, bytes, &mut out, &mut Vec::new());
        out
    }

    /// Puts the record without its secrets behind `out`, and its hits behind `said`.
    pub(crate) fn clean_into(&self, redactor: &Redactor, bytes: &[u8], out: &mut Vec<u8>, said: &mut Vec<Hit>) {
        let hits = redactor.marked(&self.json);
        said.extend(hits.iter().map(|(hit, ..)| *hit));
        // The agent waits for a record, so one that is to go comes back with nothing in it.
        let goes = hits.iter().any(|(.., goes)| *goes);
        let (mut at, mut hits) = (0, &hits[..]);
        for Value { place, shown, kind } in &self.values {
            let before = hits.iter().take_while(|hit| hit.0.span.end <= shown.start).count();
            hits = &hits[before..];
            let mine = hits.iter().take_while(|hit| hit.0.span.start < shown.end).count();
            if mine == 0 && !goes {
                continue;
            }
            out.extend_from_slice(&bytes[at..place.start]);
            at = place.end;
            let text = if goes { GONE.to_vec() } else { self.marked(shown, &hits[..mine], *kind) };
            put(&text, *kind == Kind::Binary, out);
        }
        out.extend_from_slice(&bytes[at..]);
    }

    /// A value with markers in the place of `hits`.
    fn marked(&self, shown: &Range<usize>, hits: &[Marked], kind: Kind) -> Vec<u8> {
        let mut text = Vec::new();
        let mut at = shown.start;
        let whole = matches!(kind, Kind::Word | Kind::Extension);
        for (hit, mark, _) in hits {
            if !whole {
                unescape(&self.json[at..hit.span.start.max(at)], &mut text);
            }
            text.extend_from_slice(mark);
            at = hit.span.end.min(shown.end);
            if whole {
                return text;
            }
        }
        unescape(&self.json[at..shown.end], &mut text);
        text
    }
}

/// What each value of a record that is to go becomes.
const GONE: &[u8] = b"[REDACTED: line dropped]";

/// Undoes [`escape`]. Half an escape, which a hit has cut, is left as it is.
fn unescape(json: &[u8], out: &mut Vec<u8>) {
    let mut rest = json;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let code = rest.get(at + 4..at + 6).and_then(|hex| std::str::from_utf8(hex).ok());
        let (byte, len) = match rest.get(at + 1) {
            Some(b'n') => (b'\n', 2),
            Some(b'r') => (b'\r', 2),
            Some(b't') => (b'\t', 2),
            Some(b'u') => match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                Some(byte) => (byte, 6),
                None => (b'\\', 1),
            },
            Some(byte) => (*byte, 2),
            None => (b'\\', 1),
        };
        out.push(byte);
        rest = &rest[at + len..];
    }
    out.extend_from_slice(rest);
}
