//! Where each hit stood and which rule it was: `origin:line:column length-class rule`.
//!
//! The length is told in classes, as an exact one narrows a short secret down.

use std::fmt::Write;

use super::name;
use crate::{Clean, Redactor};

/// Follows one text and puts a line for each hit into a buffer.
pub(crate) struct Explain {
    origin: String,
    /// Lines and bytes of the line before the next piece, both from 0.
    line: usize,
    column: usize,
}

impl Explain {
    /// At the start of the text called `origin`.
    pub(crate) const fn new(origin: String) -> Self {
        Self { origin, line: 0, column: 0 }
    }

    /// Takes the next piece of the text.
    pub(crate) fn piece(&mut self, clean: &Clean<'_>, redactor: &Redactor, out: &mut String) {
        let (mut positions, before) = (clean.positions(), (self.line, self.column));
        for (hit, position) in clean.hits().iter().zip(positions.by_ref()) {
            let (line, column) = place(before, position);
            let (class, rule) = (length_class(hit.span.len()), name(redactor, hit.rule));
            let _ = writeln!(out, "{}:{}:{} {class} {rule}", self.origin, line + 1, column + 1);
        }
        (self.line, self.column) = positions.next().map_or(before, |end| place(before, end));
    }
}

/// A position in a piece as one in the text, the piece beginning at `before`.
const fn place(before: (usize, usize), (lines, column): (usize, usize)) -> (usize, usize) {
    (before.0 + lines, if lines == 0 { before.1 + column } else { column })
}

const fn length_class(len: usize) -> &'static str {
    match len {
        0..=8 => "1-8",
        9..=16 => "9-16",
        17..=32 => "17-32",
        33..=64 => "33-64",
        65..=256 => "65-256",
        257..=4096 => "257-4096",
        _ => "4097-",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Session;

    #[test]
    fn places_go_on_from_piece_to_piece() {
        let rule = "group = \"g\"\n[[rule]]\nid = \"it\"\ntitle = \"t\"\nseverity = \"low\"\npattern = 'ab_[0-9]+'\n";
        let redactor = Redactor::builder().builtin(false).rules("r.toml", rule).build().unwrap();
        let (mut explain, mut out) = (Explain::new("f".to_owned()), String::new());
        for text in [&b"one\n x ab_1\n"[..], b"ab_22 ab_333333333\n"] {
            let mut session = Session::new(&redactor);
            session.step(text, true, &mut |clean: Clean<'_>| explain.piece(&clean, &redactor, &mut out));
        }
        assert_eq!(out, "f:2:4 1-8 it\nf:3:1 1-8 it\nf:3:7 9-16 it\n");
    }
}
