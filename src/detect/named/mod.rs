//! A sensitive name and its value, in any carrier.
use crate::catalogue::literal::Literal;
use crate::detect::Found;
use crate::span::RuleId;
/// The names, compiled.
#[derive(Debug, Default)]
pub(crate) struct Named {
    rule: Option<RuleId>,
}
/// What was learnt about the current line, so that no byte of it is walked over twice.
#[derive(Debug, Default)]
pub(crate) struct Memo {}
impl Memo {
    pub(crate) fn clear(&mut self) {}
}
impl Named {
    pub(crate) fn new(rule: RuleId) -> Self {
        Self { rule: Some(rule) }
    }
    /// The stems that the sieve shall look for.
    pub(crate) fn needles(&self) -> Vec<Literal> {
        Vec::new()
    }
    /// A stem stands at `at` of `line`: adds what goes.
    pub(crate) fn find(&self, _line: &[u8], _at: usize, _memo: &mut Memo, _found: &mut Found<'_>) {
        let _ = self.rule;
    }
}
