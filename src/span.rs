//! Where something stands in a run of bytes, and what was found there.
//!
//! Spans are half-open byte ranges. Nothing here ever holds the bytes themselves, so a [`Hit`] can be printed,
//! counted and sent on without leaking what it points at.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// A half-open byte range `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte of the range.
    pub start: usize,
    /// One past the last byte of the range.
    pub end: usize,
}

impl Span {
    /// The range `start..end`; `start` may not lie behind `end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end);
        Self { start, end }
    }

    /// Length in bytes.
    #[must_use]
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether the range holds no byte.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// As a standard range, for indexing.
    #[must_use]
    pub const fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// The same range, `by` bytes further on.
    #[must_use]
    pub const fn shifted(self, by: usize) -> Self {
        Self { start: self.start + by, end: self.end + by }
    }

    /// Whether `at` lies inside.
    #[must_use]
    pub const fn contains(self, at: usize) -> bool {
        self.start <= at && at < self.end
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// A rule, by its place in the catalogue of one [`Redactor`](crate::Redactor).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub(crate) u16);

impl RuleId {
    /// Index into [`Redactor::rules`](crate::Redactor::rules).
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// How sure a hit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Shape alone.
    Low,
    /// A telling name and a value of the right shape.
    Medium,
    /// An issuer's format, or a checksum that holds.
    High,
}

impl Confidence {
    const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// As settings and reports have it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl FromStr for Confidence {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|one| one.word() == text);
        known.ok_or_else(|| format!("{text:?} is none of low, medium, high"))
    }
}

/// What the marker needs around it so that the carrier stays valid: a bare JSON number becomes a JSON string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Quote {
    /// Nothing: the value stood in quotes already, or its carrier has none.
    #[default]
    None,
    /// `"` behind this many levels of JSON escaping: 0 is `"`, 1 is `\"`, 2 is `\\\"`.
    Json(u8),
}

/// A confirmed span to redact, with its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hit {
    /// The bytes that go.
    pub span: Span,
    /// The rule that says so.
    pub rule: RuleId,
    /// How sure it is.
    pub confidence: Confidence,
    /// What the marker needs around it.
    pub quote: Quote,
}
