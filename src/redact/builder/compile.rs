//! From the rules that are on to a redactor.

use std::sync::OnceLock;

use super::{BuildError, Builder, TELLING};
use crate::catalogue::foreign::Note;
use crate::catalogue::literal::Anchors;
use crate::catalogue::rule::Held;
use crate::catalogue::{Kind, Mistake, Rule};
use crate::detect::Engine;
use crate::detect::allow::Allowed;
use crate::detect::wishes::Wishes;
use crate::redact::Redactor;
use crate::redact::act::Acts;
use crate::redact::action::{Action, mistake};
use crate::redact::marker::Marker;
use crate::span::{Confidence, RuleId};

impl Builder {
    /// The redactor of the rules that are on.
    pub(super) fn compile(
        &self,
        rules: Vec<Held>,
        anchors: Vec<Option<Anchors>>,
        notes: Vec<Note>,
    ) -> Result<Redactor, BuildError> {
        let too_many = |what| BuildError { mistakes: vec![mistake("rules", what)] };
        let mut engine = Engine::new(&rules, anchors, &self.secrets, self.decode, !self.sieve).map_err(too_many)?;
        engine.allow(self.allowed(&rules)?);
        let label = |rule: &Rule| self.label || self.actions.of(rule) == Action::Label;
        let marker = Marker::new(&self.marker, &rules, label, self.keys.first().filter(|_| self.sign));
        engine.mark(marker.all());
        let acts = Acts::new(&rules, |rule| self.actions.of(rule), &self.keys);
        let drops = acts.as_ref().map(Acts::drops).unwrap_or_default();
        let known = rules.iter().position(|rule| rule.kind == Kind::Known).map(|index| RuleId(index as u16));
        if self.add_mask && known.is_none() {
            let what = "it looks for values by the rule known-secret, which is off; have it on".to_owned();
            return Err(BuildError { mistakes: vec![mistake("add-mask", what)] });
        }
        let add_mask = known.filter(|_| self.add_mask);
        if acts.is_some() || add_mask.is_some() || self.least > Confidence::Low || self.sign {
            let mut marks = acts.as_ref().map(Acts::marks).unwrap_or_default();
            // A shorter text is too much like others.
            if self.sign || self.marker.len() >= TELLING {
                marks.markers = marker.texts(&self.marker);
            }
            engine.wish(Wishes { least: self.least, drops: drops.clone(), marks });
        }
        let drops = drops.contains(&true);
        Ok(Redactor { drops, engine, rules, shown: OnceLock::new(), marker, notes, acts, add_mask })
    }

    fn allowed(&self, rules: &[Held]) -> Result<Allowed, BuildError> {
        Allowed::new(&self.allow, rules).map_err(|wrong| {
            let mistake = |(number, what): (usize, String)| {
                let origin = self.allow.get(number).map(|allow| allow.origin.clone()).unwrap_or_default();
                Mistake { origin, what: format!("allow: {what}") }
            };
            BuildError { mistakes: wrong.into_iter().map(mistake).collect() }
        })
    }
}
