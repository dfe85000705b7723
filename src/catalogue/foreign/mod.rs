//! Rules of other programs, as data: what they look for, and what they let pass.
//!
//! Their patterns are searched for as their own program does it, the leftmost match first, over one line at a time.
//! What cannot be honoured is a [`Note`]; nothing of a file is dropped without one.

mod fields;
mod filter;
pub mod gitleaks;
mod go;
mod weight;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use regex_syntax::hir::Hir;

use super::rule::Origin;

/// A rule of another program.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Foreign {
    /// The pattern, in our own syntax.
    pub pattern: String,
    /// Whether its classes are those of Unicode.
    pub unicode: bool,
    /// The group that is secret; else the first that holds anything, else the whole match.
    pub secret: Option<u32>,
    /// One of these stands in the line, in whatever case; lower-case here. None: nothing is asked for.
    pub keywords: Vec<String>,
    /// A match is no finding if one of these holds.
    pub lets: Vec<Arc<Let>>,
}

impl Foreign {
    /// The pattern parsed.
    ///
    /// # Errors
    /// What is wrong with it; nothing, once it was loaded.
    pub fn hir(&self) -> Result<Hir, String> {
        go::parse(&self.pattern, self.unicode)
    }
}

/// A condition under which a match is let pass.
#[derive(Clone, Debug, PartialEq)]
pub enum Let {
    /// Less than so many bits per character, or no more with `equal`.
    Entropy {
        /// Of what.
        of: Target,
        /// The bits.
        bits: f64,
        /// Whether exactly so many pass as well.
        equal: bool,
    },
    /// One of the patterns, translated, matches somewhere.
    Matches {
        /// In what.
        of: Target,
        /// The patterns with whether their classes are those of Unicode.
        patterns: Vec<(String, bool)>,
    },
    /// One of the lower-case words stands somewhere, in whatever case.
    Holds {
        /// In what.
        of: Target,
        /// The words.
        words: Vec<String>,
    },
    /// The other way round.
    Not(Box<Let>),
    /// All of them.
    All(Vec<Let>),
    /// One of them.
    Any(Vec<Let>),
}

/// What a condition looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The secret alone.
    Secret,
    /// All that the pattern matched.
    Match,
    /// The line.
    Line,
}

/// Something in a file that is not honoured, or not as its own program does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where.
    pub origin: Origin,
    /// The rule's id, as in its file.
    pub rule: Option<String>,
    /// What, the same words for all rules that share it.
    pub what: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Some(rule) => write!(f, "{}: rule {rule}: {}", self.origin, self.what),
            None => write!(f, "{}: {}", self.origin, self.what),
        }
    }
}

/// The notes for a reader: one line for each thing that is not honoured, with all rules it concerns.
#[must_use]
pub fn summary(notes: &[Note]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let (mut known, mut said) = (HashMap::new(), HashSet::new());
    for note in notes {
        let (Origin { file, line }, what) = (&note.origin, &note.what);
        if !said.insert((file, what, note.rule.as_ref(), *line)) {
            continue;
        }
        let at = note.rule.as_ref().map_or_else(|| format!("line {line}"), |rule| format!("{rule} (line {line})"));
        match known.entry((file, what)) {
            Entry::Occupied(place) => {
                let text: &mut String = &mut lines[*place.get()];
                text.push_str(", ");
                text.push_str(&at);
            }
            Entry::Vacant(place) => {
                place.insert(lines.len());
                lines.push(format!("{file}: {what}: {at}"));
            }
        }
    }
    lines
}
