//! The conditions under which a rule of another program lets a match pass, ready to be asked.

use std::sync::OnceLock;

use regex_automata::meta::{self, Regex};

use super::check::entropy_of;
use super::foreign::CACHE;
use crate::catalogue::foreign::{Foreign, Let, Target};

/// Whether one of `words`, lower-case, stands in `text` in whatever case.
pub(super) fn holds_any(text: &[u8], words: &[String]) -> bool {
    let holds = |word: &[u8]| {
        let Some((first, rest)) = word.split_first() else { return true };
        memchr::memchr2_iter(*first, first.to_ascii_uppercase(), text)
            .any(|at| text[at + 1..].get(..rest.len()).is_some_and(|tail| tail.eq_ignore_ascii_case(rest)))
    };
    words.iter().any(|word| holds(word.as_bytes()))
}

/// A match with what is around it.
pub(super) struct Text<'t> {
    pub(super) secret: &'t [u8],
    pub(super) all: &'t [u8],
    pub(super) line: &'t [u8],
}

impl<'t> Text<'t> {
    const fn of(&self, target: Target) -> &'t [u8] {
        match target {
            Target::Secret => self.secret,
            Target::Match => self.all,
            Target::Line => self.line,
        }
    }
}

/// A condition under which a match passes, ready to be asked.
#[derive(Debug)]
pub(super) enum Ready {
    Entropy(Target, f64, bool),
    Matches(Target, Vec<(String, bool)>, OnceLock<Option<Regex>>),
    Holds(Target, Vec<String>),
    Not(Box<Ready>),
    All(Vec<Ready>),
    Any(Vec<Ready>),
}

impl Ready {
    pub(super) fn new(one: &Let) -> Self {
        let all = |parts: &[Let]| parts.iter().map(Self::new).collect();
        match one {
            Let::Entropy { of, bits, equal } => Self::Entropy(*of, *bits, *equal),
            Let::Matches { of, patterns } => Self::Matches(*of, patterns.clone(), OnceLock::new()),
            Let::Holds { of, words } => Self::Holds(*of, words.clone()),
            Let::Not(inner) => Self::Not(Box::new(Self::new(inner))),
            Let::All(parts) => Self::All(all(parts)),
            Let::Any(parts) => Self::Any(all(parts)),
        }
    }

    pub(super) fn holds(&self, text: &Text<'_>) -> bool {
        match self {
            Self::Entropy(of, bits, equal) => {
                let found = entropy_of(text.of(*of));
                found < *bits || (*equal && found <= *bits)
            }
            // Patterns that cannot be built let nothing pass.
            Self::Matches(of, patterns, regex) => {
                regex.get_or_init(|| any_of(patterns)).as_ref().is_some_and(|regex| regex.is_match(text.of(*of)))
            }
            Self::Holds(of, words) => holds_any(text.of(*of), words),
            Self::Not(inner) => !inner.holds(text),
            Self::All(parts) => parts.iter().all(|part| part.holds(text)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(text)),
        }
    }
}

fn any_of(patterns: &[(String, bool)]) -> Option<Regex> {
    let hir = |(pattern, unicode): &(String, bool)| {
        let one = Foreign { pattern: pattern.clone(), unicode: *unicode, ..Foreign::default() };
        one.hir().ok()
    };
    let all: Option<Vec<_>> = patterns.iter().map(hir).collect();
    let config = meta::Config::new().hybrid_cache_capacity(CACHE).utf8_empty(false);
    Regex::builder().configure(config).build_many_from_hir(&all?).ok()
}
