//! The lines that a clean-up changes, in the form of a unified diff without context. The old lines are masked: where a
//! secret stood, the rule is named, so a diff can be shown to anybody who may see the clean file.

use std::fmt::Write;
use std::iter::once;

use super::name;
use crate::{Clean, Redactor};

/// Follows one text and puts its changed lines into a buffer.
pub(crate) struct Diff {
    origin: String,
    begun: bool,
    /// Lines before the next piece, from 0.
    line: usize,
}

impl Diff {
    /// At the start of the text called `origin`.
    pub(crate) const fn new(origin: String) -> Self {
        Self { origin, begun: false, line: 0 }
    }

    /// Takes the next piece of the text.
    pub(crate) fn piece(&mut self, clean: &Clean<'_>, redactor: &Redactor, out: &mut String) {
        if !clean.hits().is_empty() && !self.begun {
            self.begun = true;
            let _ = writeln!(out, "--- {0}\n+++ {0}", self.origin);
        }
        let mut changed = Changed::default();
        let marks = clean.hits().iter().zip(clean.markers()).enumerate().map(Some).chain(once(None));
        for (gap, mark) in clean.gaps().zip(marks) {
            for (i, part) in gap.split(|b| *b == b'\n').enumerate() {
                if i > 0 {
                    changed.end(self.line, out);
                    self.line += 1;
                }
                changed.same(part);
            }
            if let Some((number, (hit, marker))) = mark {
                changed.hit(name(redactor, hit.rule), &marker);
                if let Some(last) = clean.dropped(number) {
                    changed.dropped = true;
                    if last {
                        changed.end(self.line, out);
                        self.line += 1;
                    }
                }
            }
        }
        changed.end(self.line, out);
    }
}

/// The line under way, before and after.
#[derive(Default)]
struct Changed {
    before: String,
    after: String,
    any: bool,
    /// Nothing of it is left.
    dropped: bool,
}

impl Changed {
    /// As much of what stays between two hits as is shown, in bytes.
    const MOST: usize = 200;

    fn same(&mut self, part: &[u8]) {
        let cut = part.len() > Self::MOST;
        let ends = if cut { [&part[..Self::MOST / 2], &part[part.len() - Self::MOST / 2..]] } else { [part, b""] };
        let shown = ends.map(|bytes| bytes.escape_ascii().to_string()).join(if cut { " ... " } else { "" });
        self.before.push_str(&shown);
        self.after.push_str(&shown);
    }

    fn hit(&mut self, rule: &str, marker: &[u8]) {
        self.any = true;
        let _ = write!(self.before, "<{rule}>");
        let _ = write!(self.after, "{}", marker.escape_ascii());
    }

    fn end(&mut self, line: usize, out: &mut String) {
        if std::mem::take(&mut self.any) {
            let _ = write!(out, "@@ line {} @@\n-{}\n", line + 1, self.before);
            if !std::mem::take(&mut self.dropped) {
                let _ = writeln!(out, "+{}", self.after);
            }
        }
        self.before.clear();
        self.after.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Session;

    #[test]
    fn only_changed_lines_are_shown_and_no_secret_is() {
        let redactor = Redactor::builder().build().unwrap();
        let (mut diff, mut out) = (Diff::new("f".to_owned()), String::new());
        for text in [&b"one\npassword=hunter2 and token=hunter3hunter3\n"[..], b"two\n", b"x\npassword=hunter4\n"] {
            let mut session = Session::new(&redactor);
            session.step(text, true, &mut |clean: Clean<'_>| diff.piece(&clean, &redactor, &mut out));
        }
        let want = "--- f\n+++ f\n@@ line 2 @@\n-password=<named-value> and token=<named-value>\n\
                    +password=[REDACTED] and token=[REDACTED]\n\
                    @@ line 5 @@\n-password=<named-value>\n+password=[REDACTED]\n";
        assert_eq!(out, want);
    }
}
