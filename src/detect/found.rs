//! Where detectors leave what they find.

use crate::span::{Confidence, Hit, Quote, RuleId, Span};

/// Takes the hits of one line, whose spans count from the line's start.
pub(crate) struct Found<'h> {
    pub(super) hits: &'h mut Vec<Hit>,
    base: usize,
}

impl<'h> Found<'h> {
    /// Takes them for the line that begins at `base` of the block.
    pub(super) fn in_line(base: usize, hits: &'h mut Vec<Hit>) -> Self {
        Found { hits, base }
    }

    /// Adds a hit.
    pub(crate) fn push(&mut self, hit: Hit) {
        self.hits.push(Hit { span: hit.span.shifted(self.base), ..hit });
    }

    /// Adds a span for `rule`.
    pub(crate) fn add(&mut self, rule: RuleId, span: Span, confidence: Confidence) {
        self.push(Hit { span, rule, confidence, quote: Quote::None });
    }

    /// Adds what `find` finds, if the rule is on.
    pub(super) fn one(&mut self, rule: Option<RuleId>, confidence: Confidence, find: impl FnOnce() -> Option<Span>) {
        if let Some(rule) = rule
            && let Some(span) = find()
        {
            self.add(rule, span, confidence);
        }
    }
}
