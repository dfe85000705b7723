//! Which rules are on: a profile, and what the user switched on or off by id or group.

use super::load::{Mistake, nearest};
use super::rule::{Origin, Profile, Rule};

/// What the user asked for.
#[derive(Clone, Debug)]
pub struct Selection {
    /// All rules of this profile and the smaller ones.
    pub profile: Profile,
    /// Ids and groups to have on besides.
    pub enable: Vec<String>,
    /// Ids and groups to have off; stronger than `enable`.
    pub disable: Vec<String>,
}

impl Default for Selection {
    /// The standard profile: what nobody wants in a log, and little that is innocent.
    fn default() -> Self {
        Self { profile: Profile::Standard, enable: Vec::new(), disable: Vec::new() }
    }
}

impl Selection {
    /// Whether `rule` is on.
    #[must_use]
    pub fn has(&self, rule: &Rule) -> bool {
        let named = |list: &[String]| list.iter().any(|word| *word == rule.id || *word == rule.group);
        let on = rule.profile != Profile::Off && rule.profile <= self.profile;
        (on || named(&self.enable)) && !named(&self.disable)
    }

    /// Words that name no rule and no group.
    #[must_use]
    pub fn mistakes<'r>(&self, rules: impl Iterator<Item = &'r Rule>) -> Vec<Mistake> {
        let known: Vec<&str> = rules.flat_map(|r| [&*r.id, &*r.group]).collect();
        let lists = [("enable", &self.enable), ("disable", &self.disable)];
        let mut mistakes = Vec::new();
        for (list, words) in lists {
            for word in words.iter().filter(|w| !known.contains(&w.as_str())) {
                let near = nearest(word, &known);
                let near = if near.starts_with("; did") { near } else { "; see `inkout rules list`".to_owned() };
                let origin = Origin { file: list.into(), line: 0 };
                mistakes.push(Mistake { origin, what: format!("no rule or group is called {word:?}{near}") });
            }
        }
        mistakes
    }
}
