//! Values that the user lets pass, and how often that was used.

use std::sync::atomic::{AtomicU64, Ordering};

use super::rule::Origin;

/// A value that is no secret, whatever a rule thinks of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    /// What the whole value has to be.
    pub value: Value,
    /// Only for these rules and groups; none: for all.
    pub rules: Vec<String>,
    /// Why, in the user's words.
    pub comment: String,
    /// Where it is written.
    pub origin: Origin,
}

/// What a value has to be to pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// This text.
    Literal(String),
    /// Matched from its first byte to its last.
    Regex(String),
}

/// How often an entry let something pass.
#[derive(Debug)]
pub struct Use {
    /// Place and comment; never the value.
    pub name: String,
    count: AtomicU64,
}

impl Use {
    /// Of `allow`, at nothing.
    #[must_use]
    pub fn new(allow: &Allow) -> Self {
        let comment = if allow.comment.is_empty() { String::new() } else { format!(" ({})", allow.comment) };
        Self { name: format!("{}{comment}", allow.origin), count: AtomicU64::new(0) }
    }

    /// Once more.
    pub fn add(&self) {
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Until now.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}
