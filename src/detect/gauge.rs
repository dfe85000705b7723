//! What the sieve yields of a block, counted: who asked for each candidate. For measuring, never on the way of a text.

use super::{Engine, Owner, Scratch};
use crate::sieve::What;
use crate::span::RuleId;

/// The kinds of sign that a candidate can be.
pub(crate) const KINDS: [&str; 14] = [
    "sensitive name",
    "issued token",
    "vendor's word",
    "scheme",
    "private key",
    "@",
    "escaped @",
    "digits",
    "IBAN's head",
    "personal data",
    "rule of another program",
    "literal of a list",
    "known secret",
    "encoded text",
];

/// Candidates counted by kind and by the rule that asked for them.
#[derive(Debug)]
pub(crate) struct Candidates {
    /// Signs of each of [`KINDS`]. One that several kinds asked for counts in each.
    pub(crate) by_kind: [u64; KINDS.len()],
    /// For each rule, how often it has to look; detectors that share a sign count under the kind alone.
    pub(crate) by_rule: Vec<u64>,
    /// All of them, each once.
    pub(crate) all: u64,
}

impl Candidates {
    /// None yet, for `rules` rules.
    pub(crate) fn none(rules: usize) -> Self {
        Self { by_kind: [0; KINDS.len()], by_rule: vec![0; rules], all: 0 }
    }

    fn add(&mut self, kind: usize, rule: Option<RuleId>) {
        self.by_kind[kind] += 1;
        if let Some(count) = rule.and_then(|rule| self.by_rule.get_mut(rule.index())) {
            *count += 1;
        }
    }
}

impl Engine {
    /// The sieve alone.
    pub(crate) fn sift(&self, block: &[u8], scratch: &mut Scratch) -> usize {
        self.sieve.scan(block, &mut scratch.candidates);
        scratch.candidates.len()
    }

    /// Counts what the last [`sift`](Self::sift) left.
    pub(crate) fn count(&self, scratch: &Scratch, into: &mut Candidates) {
        into.all += scratch.candidates.len() as u64;
        for candidate in &scratch.candidates {
            match candidate.what {
                What::AT => into.add(5, None),
                What::DIGITS => into.add(7, None),
                What::IBAN => into.add(8, self.on.iban),
                What::PERSONAL => into.add(9, None),
                What(needle) => {
                    // Several stems, words or patterns behind one text are one look for each rule.
                    for owner in &self.owners[usize::from(needle)] {
                        let (kind, rule) = self.kind(*owner);
                        into.add(kind, rule);
                    }
                }
            }
        }
    }

    fn kind(&self, owner: Owner) -> (usize, Option<RuleId>) {
        match owner {
            Owner::Named(_) => (0, self.named.rule()),
            Owner::Pattern { index, .. } | Owner::Near { index, .. } => {
                (1, Some(self.patterns[usize::from(index)].rule()))
            }
            Owner::Vendor { .. } => (2, self.on.vendor),
            Owner::Scheme => (3, self.on.scheme),
            Owner::Key => (4, self.on.key),
            Owner::At(_) => (6, self.on.email),
            Owner::Personal(rule, _) => (9, Some(rule)),
            Owner::Foreign(index, _) => (10, Some(self.foreigners.rule(index.into()))),
            Owner::Literal(index) => (11, self.literals.rule(index)),
            Owner::Known(_) => (12, self.known.rule()),
            Owner::Encoded(_) => (13, None),
        }
    }
}
