//! Texts that go as they stand, of lists that people bring.

use std::sync::Arc;

use super::Found;
use crate::span::{Confidence, RuleId, Span};

/// All lists.
#[derive(Debug, Default)]
pub(super) struct Literals {
    lists: Vec<Arc<[Box<[u8]>]>>,
    /// Each literal's rule and place: list and number in it.
    all: Vec<(RuleId, u16, u32)>,
}

impl Literals {
    /// Takes a list in and says the number of its first literal.
    pub(super) fn add(&mut self, rule: RuleId, list: &Arc<[Box<[u8]>]>) -> usize {
        let first = self.all.len();
        let place = self.lists.len() as u16;
        self.all.extend((0..list.len()).map(|number| (rule, place, number as u32)));
        self.lists.push(Arc::clone(list));
        first
    }

    /// Literal `index` may stand at `at` of `line`.
    pub(super) fn find(&self, index: u32, line: &[u8], at: usize, found: &mut Found<'_>) {
        let Some((rule, list, number)) = self.all.get(index as usize) else { return };
        let literal = &self.lists[usize::from(*list)][*number as usize];
        if line[at..].starts_with(literal) {
            found.add(*rule, Span::new(at, at + literal.len()), Confidence::High);
        }
    }

    /// Whether `tail`, the end of an unfinished line, is the head of a literal.
    pub(super) fn may_go_on(&self, tail: &[u8]) -> bool {
        self.lists.iter().any(|list| {
            let next = list.partition_point(|literal| **literal < *tail);
            list.get(next).is_some_and(|literal| literal.starts_with(tail))
        })
    }

    #[cfg(feature = "cli")]
    pub(super) fn rule(&self, index: u32) -> Option<RuleId> {
        self.all.get(index as usize).map(|(rule, ..)| *rule)
    }
}
