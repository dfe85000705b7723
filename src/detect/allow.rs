//! Takes back hits on values that the user lets pass.

use std::sync::Arc;

use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input};

use super::automaton::compile;
use crate::catalogue::Rule;
use crate::catalogue::allow::{Allow, Use, Value};
use crate::catalogue::literal;
use crate::catalogue::rule::Held;
use crate::span::Hit;

/// All entries.
#[derive(Debug, Default)]
pub(crate) struct Allowed {
    entries: Vec<Entry>,
    uses: Arc<[Use]>,
}

#[derive(Debug)]
struct Entry {
    test: Test,
    /// By rule, whether it is meant.
    rules: Vec<bool>,
}

#[derive(Debug)]
enum Test {
    Literal(Box<[u8]>),
    Regex(Box<Regex>),
}

impl Allowed {
    /// The entries for `rules` in their order.
    ///
    /// # Errors
    /// What is wrong with one, by its number.
    pub(crate) fn new(allows: &[Allow], rules: &[Held]) -> Result<Self, Vec<(usize, String)>> {
        let (mut entries, mut wrong) = (Vec::new(), Vec::new());
        for (number, allow) in allows.iter().enumerate() {
            let meant = |rule: &Rule| {
                allow.rules.is_empty() || allow.rules.iter().any(|word| *word == rule.id || *word == rule.group)
            };
            match test(&allow.value) {
                Ok(test) => entries.push(Entry { test, rules: rules.iter().map(|rule| meant(rule)).collect() }),
                Err(what) => wrong.push((number, what)),
            }
        }
        if wrong.is_empty() { Ok(Self { entries, uses: allows.iter().map(Use::new).collect() }) } else { Err(wrong) }
    }

    /// How often each entry was used.
    pub(crate) fn uses(&self) -> &Arc<[Use]> {
        &self.uses
    }

    /// Takes the hits away that pass.
    pub(crate) fn apply(&self, block: &[u8], hits: &mut Vec<Hit>) {
        if !self.entries.is_empty() {
            hits.retain(|hit| {
                self.passes(block, hit).is_none_or(|number| {
                    self.uses.get(number).into_iter().for_each(Use::add);
                    false
                })
            });
        }
    }

    /// The entry that lets `hit` pass.
    pub(crate) fn passes(&self, block: &[u8], hit: &Hit) -> Option<usize> {
        let value = &block[hit.span.range()];
        self.entries.iter().position(|entry| {
            entry.rules.get(hit.rule.index()) == Some(&true)
                && match &entry.test {
                    Test::Literal(text) => **text == *value,
                    Test::Regex(regex) => {
                        let all = regex.search(&Input::new(value).anchored(Anchored::Yes));
                        all.is_some_and(|all| all.end() == value.len())
                    }
                }
        })
    }
}

fn test(value: &Value) -> Result<Test, String> {
    match value {
        Value::Literal(text) if text.is_empty() => Err("the literal is empty".to_owned()),
        Value::Literal(text) => Ok(Test::Literal(text.as_bytes().into())),
        Value::Regex(pattern) => {
            let hir = literal::parse(&format!("(?:{pattern})\\z"))?;
            let regex = compile(&hir).map_err(|_| "regex: it is too large".to_owned())?;
            Ok(Test::Regex(Box::new(regex)))
        }
    }
}
