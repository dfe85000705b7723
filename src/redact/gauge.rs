//! The sieve by itself, for measuring: what it costs and what it yields. No text comes out of it.

use super::Redactor;
use crate::detect::Scratch;
use crate::detect::gauge::{Candidates, KINDS};

/// Runs the sieve of a redactor and counts.
#[derive(Debug)]
pub(crate) struct Gauge<'r> {
    redactor: &'r Redactor,
    scratch: Scratch,
    candidates: Candidates,
}

impl<'r> Gauge<'r> {
    /// Nothing counted yet.
    pub(crate) fn new(redactor: &'r Redactor) -> Self {
        let candidates = Candidates::none(redactor.rules.len());
        Self { redactor, scratch: Scratch::default(), candidates }
    }

    /// The sieve over `block`; says how many candidates there are.
    pub(crate) fn sift(&mut self, block: &[u8]) -> usize {
        self.redactor.engine.sift(block, &mut self.scratch)
    }

    /// Adds the candidates of the last block to the counts.
    pub(crate) fn count(&mut self) {
        self.redactor.engine.count(&self.scratch, &mut self.candidates);
    }

    /// All candidates so far.
    pub(crate) fn all(&self) -> u64 {
        self.candidates.all
    }

    /// The kinds of candidates there were, with their number.
    pub(crate) fn by_kind(&self) -> impl Iterator<Item = (&'static str, u64)> + use<'_, 'r> {
        KINDS.iter().copied().zip(self.candidates.by_kind).filter(|(_, n)| *n > 0)
    }

    /// For each rule, by its number, how often a candidate had it look.
    pub(crate) fn by_rule(&self) -> &[u64] {
        &self.candidates.by_rule
    }
}
