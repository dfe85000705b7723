//! Everything that can be said about a redactor, and everything that can be wrong with it.

mod compile;

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::Redactor;
use super::action::{self, Action, Actions, mistake};
use super::key::MarkKey;
use super::marker::Marker;
use crate::catalogue::allow::Allow;
use crate::catalogue::builtin::Fixed;
use crate::catalogue::foreign::Note;
use crate::catalogue::foreign::gitleaks;
use crate::catalogue::literal::Anchors;
use crate::catalogue::rule::{Held, Text};
use crate::catalogue::select::Selection;
use crate::catalogue::{Mistake, Origin, Profile, Rule, builtin, literals, load};
use crate::detect::{Secret, pattern};
use crate::span::Confidence;

/// The default marker: readers know it, no carrier minds it, and no rule matches it.
pub(crate) const MARKER: &str = "[REDACTED]";

/// A marker of so many characters is taken for ours where it stands in a text.
const TELLING: usize = 6;

/// Settings of a [`Redactor`]; each has a default.
#[derive(Clone, Debug)]
pub struct Builder {
    selection: Selection,
    files: Vec<(String, String)>,
    read: Vec<Rule>,
    foreign: Vec<Vec<gitleaks::File>>,
    literals: Vec<(String, String)>,
    allow: Vec<Allow>,
    secrets: Vec<Secret>,
    marker: String,
    label: bool,
    actions: Actions,
    keys: Vec<MarkKey>,
    sign: bool,
    least: Confidence,
    add_mask: bool,
    builtin: bool,
    sieve: bool,
    decode: u8,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            selection: Selection::default(),
            files: Vec::new(),
            read: Vec::new(),
            foreign: Vec::new(),
            literals: Vec::new(),
            allow: Vec::new(),
            secrets: Vec::new(),
            marker: MARKER.to_owned(),
            // The kind of a secret is itself a little telling, so it is asked for.
            label: false,
            actions: Actions::default(),
            keys: Vec::new(),
            sign: false,
            // A hit of low confidence is a hit.
            least: Confidence::Low,
            // Who can write into the log could have anything blacked out.
            add_mask: false,
            builtin: true,
            sieve: true,
            // Requests and configuration are encoded once; what is encoded twice is rare.
            decode: 1,
        }
    }
}

impl Builder {
    /// The rules of `profile` and of the smaller ones are on. Default: [`Profile::Standard`].
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.selection.profile = profile;
        self
    }

    /// Has a rule or a group on besides, by id.
    #[must_use]
    pub fn enable(mut self, word: impl Into<String>) -> Self {
        self.selection.enable.push(word.into());
        self
    }

    /// Has a rule or a group off, by id; stronger than [`enable`](Self::enable).
    #[must_use]
    pub fn disable(mut self, word: impl Into<String>) -> Self {
        self.selection.disable.push(word.into());
        self
    }

    /// More rules, as the text of a rule file. `name` is used in messages. Its rules replace built-in ones of the
    /// same id, and are on unless their profile is larger than the one chosen.
    #[must_use]
    pub fn rules(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.files.push((name.into(), text.into()));
        self
    }

    /// One more rule, that was read already.
    #[cfg(feature = "cli")]
    #[must_use]
    pub(crate) fn rule(mut self, rule: Rule) -> Self {
        self.read.push(rule);
        self
    }

    /// More rules, as files of gitleaks or betterleaks: one file, and behind it those that it extends, each the one
    /// before. What of them is not honoured is told by [`Redactor::notes`].
    #[must_use]
    pub fn gitleaks(mut self, files: Vec<gitleaks::File>) -> Self {
        self.foreign.push(files);
        self
    }

    /// Texts that go wherever they stand: a list with one a line. `name` is used in messages.
    #[must_use]
    pub fn literals(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.literals.push((name.into(), text.into()));
        self
    }

    /// Lets a value pass that rules take for a secret.
    #[must_use]
    pub fn allow(mut self, allow: Allow) -> Self {
        self.allow.push(allow);
        self
    }

    /// A value that may not be seen, in whatever encoding it stands: as it is, base64, hexadecimal, escaped for JSON, URLs,
    /// shells or XML; of a value with several lines each one, too. `name` is used in messages, the value never.
    ///
    /// It is kept in memory that is wiped in the end, but for pieces of at most eight bytes. A value that is empty, shorter
    /// than 6 bytes or a common word is a mistake. Several thousand values are fine.
    #[must_use]
    pub fn secret(self, name: impl Into<String>, value: impl AsRef<[u8]>) -> Self {
        self.known(Secret::new(name, value.as_ref()))
    }

    pub(crate) fn known(mut self, secret: Secret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// What stands in place of a hit: 1 to 64 ASCII characters that no carrier minds. Default: `[REDACTED]`.
    #[must_use]
    pub fn marker(mut self, text: impl Into<String>) -> Self {
        self.marker = text.into();
        self
    }

    /// Whether the marker names the rule, as in `[REDACTED:github-pat]`. Default: no.
    #[must_use]
    pub fn label(mut self, label: bool) -> Self {
        self.label = label;
        self
    }

    /// What becomes of hits, unless [`action`](Self::action) says more. Default: [`Action::Replace`].
    #[must_use]
    pub fn default_action(mut self, action: Action) -> Self {
        self.actions.ask(None, action);
        self
    }

    /// What becomes of the hits of a rule or a group, by id. A rule's own word is stronger than its group's, and a
    /// later one than an earlier one.
    #[must_use]
    pub fn action(mut self, word: impl Into<String>, action: Action) -> Self {
        self.actions.ask(Some(word.into()), action);
        self
    }

    /// The key of pseudonyms and signed markers. While a new key takes the place of an old one, give the new one first
    /// and then the old: pseudonyms show both.
    #[must_use]
    pub fn mark_key(mut self, key: MarkKey) -> Self {
        self.keys.push(key);
        self
    }

    /// Whether each marker is signed with the key: `[REDACTED:github-pat:9f2c41d0]`, so that nobody without it can write
    /// one into the log. Default: no.
    #[must_use]
    pub fn sign(mut self, sign: bool) -> Self {
        self.sign = sign;
        self
    }

    /// Less sure hits stay. Default: [`Confidence::Low`], by which all of them go.
    #[must_use]
    pub fn min_confidence(mut self, least: Confidence) -> Self {
        self.least = least;
        self
    }

    /// Whether a line `::add-mask::VALUE` has VALUE blacked out, in it and behind it, as a [`secret`](Self::secret) of
    /// that text. Default: no.
    #[must_use]
    pub fn add_mask(mut self, add_mask: bool) -> Self {
        self.add_mask = add_mask;
        self
    }

    /// Whether the built-in rules take part. Default: yes.
    #[must_use]
    pub fn builtin(mut self, builtin: bool) -> Self {
        self.builtin = builtin;
        self
    }

    /// How often encoded text is decoded to look for secrets inside: base64, base64url and, from 2 on,
    /// hexadecimal. Where a rule hits, the whole run of encoded text goes. From 0, not at all, to 3. Default: 1.
    #[must_use]
    pub fn decode(mut self, depth: u8) -> Self {
        self.decode = depth.min(3);
        self
    }

    /// Whether candidates are found the fast way. The slow way gives the same result; it is there to prove that.
    #[doc(hidden)]
    #[must_use]
    pub fn sieve(mut self, sieve: bool) -> Self {
        self.sieve = sieve;
        self
    }

    /// The redactor.
    ///
    /// # Errors
    /// Everything that is wrong with the rules and settings, at once.
    pub fn build(self) -> Result<Redactor, BuildError> {
        let mut mistakes = self.wrong();
        let mut notes = Vec::new();
        let all = self.all_rules(&mut mistakes, &mut notes);
        mistakes.extend(self.selection.mistakes(all.iter().map(|(rule, _)| &**rule)));
        let on = |rule: &Rule| self.is_on(rule);
        mistakes.extend(self.actions.mistakes(all.iter().map(|(rule, _)| &**rule), &on, &self.keys));
        for allow in &self.allow {
            let known = all.iter().flat_map(|(rule, _)| [&*rule.id, &*rule.group]);
            mistakes.extend(unknown(&allow.rules, known, &allow.origin));
        }
        let (rules, anchors) = self.choose(all, &mut mistakes);
        if !mistakes.is_empty() {
            return Err(BuildError { mistakes });
        }
        let redactor = self.compile(rules, anchors, notes)?;
        match redactor.find(self.marker.as_bytes()).first().and_then(|hit| redactor.rule(hit.rule)) {
            None => Ok(redactor),
            Some(rule) => {
                let what = format!("{:?} is a secret itself to rule {}; choose another text", self.marker, rule.id);
                Err(BuildError { mistakes: vec![mistake("marker", what)] })
            }
        }
    }

    fn is_on(&self, rule: &Rule) -> bool {
        self.selection.has(rule) && self.actions.of(rule) != Action::Off
    }

    /// What is wrong with the settings by themselves.
    fn wrong(&self) -> Vec<Mistake> {
        let marker = Marker::mistake(&self.marker).map(|what| mistake("marker", what));
        let secrets = self.secrets.iter().filter_map(|secret| {
            let what = format!("{}: the value {}; it cannot be looked for", secret.name, secret.refused()?);
            Some(mistake("secret", what))
        });
        marker.into_iter().chain(secrets).chain(action::keys(&self.keys, self.sign)).collect()
    }

    /// The rules that are on, with their anchors.
    fn choose(&self, all: Vec<(Held, Source)>, mistakes: &mut Vec<Mistake>) -> (Vec<Held>, Vec<Option<Anchors>>) {
        let (mut chosen, mut all_anchors) = (Vec::with_capacity(all.len()), Vec::with_capacity(all.len()));
        for (rule, source) in all.into_iter().filter(|(rule, _)| self.is_on(rule)) {
            let found = match source {
                Source::BuiltIn(fixed) => Ok(fixed.map(Anchors::from)),
                Source::File => pattern::inspect(&rule, self.marker.as_bytes()),
            };
            match found {
                Ok(anchors) => {
                    chosen.push(rule);
                    all_anchors.push(anchors);
                }
                Err(wrong) => mistakes.extend(
                    wrong
                        .into_iter()
                        .map(|what| Mistake { origin: rule.origin.clone(), what: format!("rule {}: {what}", rule.id) }),
                ),
            }
        }
        if chosen.is_empty() && mistakes.is_empty() {
            let what = "no rule is on, so nothing would be redacted; choose a profile or enable a rule";
            mistakes.push(mistake("rules", what.to_owned()));
        }
        (chosen, all_anchors)
    }

    /// Every rule there is under these settings, on or not.
    ///
    /// # Errors
    /// Everything that is wrong with the rule files.
    pub fn catalogue(&self) -> Result<Vec<Rule>, BuildError> {
        let mut mistakes = Vec::new();
        let all = self.all_rules(&mut mistakes, &mut Vec::new()).iter().map(|(rule, _)| (**rule).clone()).collect();
        if mistakes.is_empty() { Ok(all) } else { Err(BuildError { mistakes }) }
    }

    fn all_rules(&self, mistakes: &mut Vec<Mistake>, notes: &mut Vec<Note>) -> Vec<(Held, Source)> {
        let mut all: Vec<(Held, Source)> = Vec::new();
        if self.builtin {
            all.extend(builtin::anchored().map(|(rule, fixed)| (Held::BuiltIn(rule), Source::BuiltIn(fixed))));
        }
        for (name, text) in &self.files {
            match load::rules(name, text) {
                Ok(rules) => {
                    let ids: HashSet<&str> = rules.iter().map(|new| &*new.id).collect();
                    all.retain(|(old, _)| !ids.contains(&*old.id));
                    all.extend(rules.into_iter().map(|rule| (rule.into(), Source::File)));
                }
                Err(wrong) => mistakes.extend(wrong),
            }
        }
        all.extend(self.read.iter().map(|rule| (rule.clone().into(), Source::File)));
        let lists = self.literals.iter().map(|(name, text)| {
            literals::rule(name, text).map(|rule| gitleaks::Loaded { rules: vec![rule], notes: Vec::new() })
        });
        let mut known: HashMap<Text, Origin> = HashMap::new();
        if !self.foreign.is_empty() || !self.literals.is_empty() {
            known.extend(all.iter().map(|(rule, _)| (rule.id.clone(), rule.origin.clone())));
        }
        for loaded in self.foreign.iter().map(|files| gitleaks::load(files)).chain(lists) {
            match loaded {
                Ok(loaded) => {
                    for rule in loaded.rules {
                        if let Some(first) = known.insert(rule.id.clone(), rule.origin.clone()) {
                            let what = format!("rule {}: {first} has one of this id; rename a file", rule.id);
                            mistakes.push(Mistake { origin: rule.origin.clone(), what });
                        }
                        all.push((rule.into(), Source::File));
                    }
                    notes.extend(loaded.notes);
                }
                Err(wrong) => mistakes.extend(wrong),
            }
        }
        if !self.secrets.is_empty() || self.add_mask {
            all.push((Rule::known_secret().into(), Source::BuiltIn(None)));
        }
        all
    }
}

/// Words of an entry that name no rule and no group.
fn unknown<'k>(words: &[String], known: impl Iterator<Item = &'k str>, origin: &Origin) -> Vec<Mistake> {
    let known: Vec<&str> = known.collect();
    let odd = words.iter().filter(|word| !known.contains(&word.as_str()));
    let what = |word: &String| format!("allow: no rule or group is called {word:?}; see `inkout rules list`");
    odd.map(|word| Mistake { origin: origin.clone(), what: what(word) }).collect()
}

/// Where a rule comes from: built-in ones were inspected when the library was tested.
enum Source {
    BuiltIn(Option<&'static Fixed>),
    File,
}

/// Why a redactor could not be built: every reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct BuildError {
    mistakes: Vec<Mistake>,
}

impl BuildError {
    /// Each reason, with its place.
    #[must_use]
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, mistake) in self.mistakes.iter().enumerate() {
            write!(f, "{}{mistake}", if i == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}
