//! What becomes of a hit, for all rules, a group or a rule, as the user says it.

use std::fmt;
use std::str::FromStr;

use super::key::MarkKey;
use crate::catalogue::load::nearest;
use crate::catalogue::{Detector, Kind, Mistake, Origin, Rule};

/// What becomes of a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The marker stands in its place. The default.
    Replace,
    /// The marker with the rule's id: `[REDACTED:github-pat]`.
    Label,
    /// Three stars stand in its place, with as many characters of its start and its end, at most 8 each and never more
    /// than a third of the value together.
    Mask {
        /// Characters kept at the start.
        first: u8,
        /// Characters kept at the end.
        last: u8,
    },
    /// Eight digits stand in its place that are the same for the same value: `[email:k1:9f2c41d0]`.
    Pseudonym {
        /// Also where there are so few values that each can be tried.
        force: bool,
    },
    /// The line that it stands in goes.
    DropLine,
    /// It stays: the rule is off.
    Off,
}

/// The most that a mask keeps on a side.
const KEEP: u8 = 8;

impl FromStr for Action {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, more) = text.split_once(':').map_or((text, None), |(word, more)| (word, Some(more)));
        let number = |text: &str| text.parse::<u8>().ok().filter(|n| *n <= KEEP);
        match (word, more) {
            ("replace", None) => Ok(Self::Replace),
            ("label", None) => Ok(Self::Label),
            ("mask", None) => Ok(Self::Mask { first: 0, last: 4 }),
            ("mask", Some(more)) => {
                let (first, last) = more.split_once(':').unwrap_or((more, more));
                match (number(first), number(last)) {
                    (Some(first), Some(last)) => Ok(Self::Mask { first, last }),
                    _ => Err(format!("{text:?}: a mask keeps 0 to {KEEP} characters a side: mask:2, mask:0:4")),
                }
            }
            ("pseudonym", None) => Ok(Self::Pseudonym { force: false }),
            ("pseudonym", Some("force")) => Ok(Self::Pseudonym { force: true }),
            ("drop-line", None) => Ok(Self::DropLine),
            ("off", None) => Ok(Self::Off),
            _ => Err(format!(
                "{text:?} is none of replace, label, mask, mask:N, mask:FIRST:LAST, pseudonym, pseudonym:force, \
                 drop-line, off"
            )),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replace => f.write_str("replace"),
            Self::Label => f.write_str("label"),
            Self::Mask { first, last } => write!(f, "mask:{first}:{last}"),
            Self::Pseudonym { force: false } => f.write_str("pseudonym"),
            Self::Pseudonym { force: true } => f.write_str("pseudonym:force"),
            Self::DropLine => f.write_str("drop-line"),
            Self::Off => f.write_str("off"),
        }
    }
}

/// What was asked, in the order it was asked; the last word on a rule counts, then on its group, then on all.
#[derive(Clone, Debug, Default)]
pub(super) struct Actions {
    asked: Vec<(Option<String>, Action)>,
}

impl Actions {
    pub(super) fn ask(&mut self, word: Option<String>, action: Action) {
        self.asked.push((word, action));
    }

    /// What becomes of hits of `rule`.
    pub(super) fn of(&self, rule: &Rule) -> Action {
        self.entry(rule).map_or(Action::Replace, |number| self.asked[number].1)
    }

    fn entry(&self, rule: &Rule) -> Option<usize> {
        let last = |word: Option<&str>| self.asked.iter().rposition(|(asked, _)| asked.as_deref() == word);
        last(Some(&*rule.id)).or_else(|| last(Some(&*rule.group))).or_else(|| last(None))
    }

    /// Everything that is wrong with it. `all` are the rules there are, `on` those of them that are on.
    pub(super) fn mistakes<'r>(
        &self,
        all: impl Iterator<Item = &'r Rule>,
        on: &dyn Fn(&Rule) -> bool,
        keys: &[MarkKey],
    ) -> Vec<Mistake> {
        let all: Vec<&Rule> = all.collect();
        let known: Vec<&str> = all.iter().flat_map(|rule| [&*rule.id, &*rule.group]).collect();
        let mut wrong = Vec::new();
        for (number, (word, action)) in self.asked.iter().enumerate() {
            if let Some(word) = word.as_deref().filter(|word| !known.contains(word)) {
                let near = nearest(word, &known);
                let near = if near.starts_with("; did") { near } else { "; see `inkout rules list`".to_owned() };
                wrong.push(format!("no rule or group is called {word:?}{near}"));
                continue;
            }
            let Action::Pseudonym { force } = *action else { continue };
            let mut mine =
                all.iter().filter(|rule| on(rule) && self.entry(rule) == Some(number)).map(|rule| few(rule)).peekable();
            if let (Some(word), false, true) = (word, force, mine.peek().is_some())
                && mine.all(|few| few)
            {
                wrong.push(format!(
                    "{word}=pseudonym: there are so few such values that whoever has the key, or gets values into the \
                     log, finds each by trying; say {word}=mask, or {word}=pseudonym:force where that is no concern"
                ));
            }
            if keys.is_empty() && !wrong.iter().any(|said| said.starts_with("pseudonyms")) {
                wrong.push("pseudonyms need a key: give mark-key, such as k1=FILE or k1=env:VARIABLE".to_owned());
            }
        }
        wrong.into_iter().map(|what| mistake("action", what)).collect()
    }
}

pub(super) fn mistake(setting: &'static str, what: String) -> Mistake {
    Mistake { origin: Origin { file: setting.into(), line: 0 }, what }
}

/// What is wrong with the keys.
pub(super) fn keys(keys: &[MarkKey], sign: bool) -> Vec<Mistake> {
    let mut wrong = Vec::new();
    if keys.len() > 2 {
        wrong.push(mistake("mark-key", format!("there are {}; two are the most, the new one and the old", keys.len())));
    }
    if let [new, old, ..] = keys
        && new.id() == old.id()
    {
        wrong.push(mistake("mark-key", format!("two are called {:?}; give each an id of its own", new.id())));
    }
    if sign && keys.is_empty() {
        wrong.push(mistake("sign", "it needs a key: give mark-key, such as k1=FILE or k1=env:VARIABLE".to_owned()));
    }
    wrong
}

/// Whether there are so few values of this kind that each can be tried.
pub(super) fn few(rule: &Rule) -> bool {
    match &rule.kind {
        Kind::Ident(_) => true,
        Kind::Detector(detector) => matches!(
            detector,
            Detector::Card
                | Detector::Ssn
                | Detector::Iban
                | Detector::Phone
                | Detector::IpAddress
                | Detector::MacAddress
                | Detector::BirthDate
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_read() {
        for (text, want) in [
            ("replace", Action::Replace),
            ("mask", Action::Mask { first: 0, last: 4 }),
            ("mask:2", Action::Mask { first: 2, last: 2 }),
            ("mask:8:0", Action::Mask { first: 8, last: 0 }),
            ("pseudonym:force", Action::Pseudonym { force: true }),
            ("drop-line", Action::DropLine),
        ] {
            assert_eq!(text.parse(), Ok(want), "{text}");
            assert_eq!(want.to_string().parse(), Ok(want), "{text}");
        }
        for text in ["", "mask:9", "mask:1:2:3", "mask:-1", "pseudonym:x", "drop", "off:1", "Replace"] {
            assert!(text.parse::<Action>().is_err(), "{text}");
        }
    }
}
