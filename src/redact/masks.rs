//! Secrets that a text names itself, in lines `::add-mask::VALUE`: looked for from the line after on.
//!
//! A text's own values are its own: no other text is searched for them, so what comes out depends on the bytes alone.
//! Their number is bounded, and those that are too short or too common are blacked out in their line only.

use std::panic::{AssertUnwindSafe, catch_unwind};

use memchr::{memchr, memmem};

use super::{Redactor, all_lines};
use crate::catalogue::Rule;
use crate::detect::{Engine, Scratch, Secret};
use crate::span::{Confidence, Hit, Quote, RuleId, Span};

/// The values of one text.
#[derive(Debug)]
pub(super) struct Masks {
    rule: RuleId,
    values: Vec<Secret>,
    /// Each for [`GROUP`] values, so that one more value costs no more than so many.
    engines: Vec<Engine>,
    scratch: Scratch,
}

/// How a line begins that names a value.
const COMMAND: &[u8] = b"::add-mask::";
const GROUP: usize = 64;
/// More values are not looked for: each group is one more pass over the text.
const MOST: usize = 1024;
/// Longer values are blacked out in their line only.
const LONGEST: usize = 64 << 10;

impl Masks {
    /// None yet; hits will be of `rule`.
    pub(super) fn new(rule: RuleId) -> Self {
        Self { rule, values: Vec::new(), engines: Vec::new(), scratch: Scratch::default() }
    }

    /// Whether `block` must be looked at in its turn.
    pub(super) fn want(&self, block: &[u8]) -> bool {
        !self.engines.is_empty() || memmem::find(block, COMMAND).is_some()
    }

    /// How much of `block` is to be looked at before it is learnt from: all up to the end of the first line that names
    /// a value.
    pub(super) fn end(&self, block: &[u8]) -> usize {
        named(block, 0).map_or(block.len(), |value| line_end(block, value.end))
    }

    /// Adds the hits of `block` to `found`. Should that ever fail, every line is one.
    pub(super) fn find(&mut self, redactor: &Redactor, block: &[u8], found: &mut Vec<Hit>) {
        found.clear();
        let Self { rule, engines, scratch, .. } = self;
        let search = || {
            let mut next = 0;
            while let Some(span) = named(block, next) {
                next = span.end.max(next + 1);
                if !redactor.is_mark(block, span) {
                    found.push(Hit { span, rule: *rule, confidence: Confidence::High, quote: Quote::None });
                }
            }
            engines.iter().for_each(|engine| engine.all_as(*rule, block, scratch, found));
        };
        if catch_unwind(AssertUnwindSafe(search)).is_err() {
            self.scratch = Scratch::default();
            found.clear();
            all_lines(block, found);
        }
    }

    /// Takes the value that the last line of `block` may name. Nothing that stands in a mark of ours is one.
    pub(super) fn learn(&mut self, block: &[u8]) {
        let Some(span) = named(block, 0).filter(|span| span.len() <= LONGEST) else { return };
        let value = &block[span.range()];
        let decoded = decoded(value);
        for value in [value, &*decoded] {
            let secret = Secret::new("add-mask", value);
            let is_mark = value.starts_with(b"[") && value.ends_with(b"]");
            if secret.refused().is_none() && !is_mark && !self.values.iter().any(|old| old.is(&secret)) {
                self.add(secret);
            }
        }
    }

    fn add(&mut self, secret: Secret) {
        if self.values.len() >= MOST {
            return;
        }
        let group = self.values.len() / GROUP;
        self.values.push(secret);
        let rules = [Rule::known_secret().into()];
        // So few values always fit.
        if let Ok(engine) = Engine::new(&rules, vec![None], &self.values[group * GROUP..], 0, false) {
            self.engines.truncate(group);
            self.engines.push(engine);
        }
    }
}

/// The value that the first line from `from` on names that names one. Before the command a line may have one word, such
/// as a time, and blanks.
fn named(block: &[u8], from: usize) -> Option<Span> {
    let mut from = from;
    loop {
        let at = from + memmem::find(block.get(from..)?, COMMAND)?;
        let start = memchr::memrchr(b'\n', &block[..at]).map_or(0, |newline| newline + 1);
        let end = line_end(block, at);
        let value = &block[at + COMMAND.len()..end];
        let blank = value.len() - value.trim_ascii_start().len();
        let len = value.trim_ascii().len();
        let before = block[start..at].trim_ascii();
        let prefix = before.iter().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'{'))
            && (before.is_empty() || block[..at].last().is_some_and(u8::is_ascii_whitespace));
        if prefix && len > 0 {
            let first = at + COMMAND.len() + blank;
            return Some(Span::new(first, first + len));
        }
        from = at + COMMAND.len();
    }
}

fn line_end(block: &[u8], at: usize) -> usize {
    memchr(b'\n', &block[at..]).map_or(block.len(), |newline| at + newline + 1)
}

/// A value without the escapes that runners use: `%25`, `%0D` and `%0A`.
fn decoded(value: &[u8]) -> zeroize::Zeroizing<Vec<u8>> {
    let mut out = zeroize::Zeroizing::new(Vec::with_capacity(value.len()));
    let mut rest = value;
    while let Some(first) = rest.first() {
        let escape = [(b"%25", b'%'), (b"%0D", b'\r'), (b"%0A", b'\n')]
            .into_iter()
            .find(|(text, _)| rest.get(..3).is_some_and(|head| head.eq_ignore_ascii_case(*text)));
        let (byte, len) = escape.map_or((*first, 1), |(_, byte)| (byte, 3));
        out.push(byte);
        rest = &rest[len..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_name_a_value() {
        for (text, want) in [
            ("::add-mask::q9-one-x", Some("q9-one-x")),
            ("a\n  ::add-mask:: q9 one \r\nb", Some("q9 one")),
            ("2026-01-01T00:00:00Z ::add-mask::q9-one-x\n", Some("q9-one-x")),
            ("::add-mask::\n::add-mask::q9", Some("q9")),
            ("echo it ::add-mask::q9", None),
            ("{\"log\":\"::add-mask::q9\"}", None),
            ("x::add-mask::q9", None),
            ("::add-mask::", None),
        ] {
            let found = named(text.as_bytes(), 0).map(|span| &text[span.range()]);
            assert_eq!(found, want, "{text}");
        }
        assert_eq!(&**decoded(b"a%25b%0ac%"), b"a%b\nc%");
    }
}
