//! The settings by name: one word for each, the same in flags, variables and the configuration file.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::allow::Entry;
use super::mark_keys::KeySource;
use crate::Confidence;
use crate::catalogue::Profile;
use crate::redact::Action;

/// Every setting's word.
pub(super) const WORDS: &[&str] = &[
    "profile",
    "rules",
    "gitleaks",
    "literals",
    "enable",
    "disable",
    "secret-env",
    "secret-env-defaults",
    "secret-file",
    "decode",
    "marker",
    "label",
    "action",
    "mark-key",
    "sign",
    "min-confidence",
    "add-mask",
    "stats",
    "explain",
    "threads",
    "block-size",
    "grace",
];

/// How the counts are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counts {
    Off,
    Text,
    Json,
}

/// A value as it was given.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    Text(String),
    List(Vec<String>),
    Bool(bool),
    Number(f64),
}

/// What one place says; what it leaves open another one may say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Layer {
    pub(super) profile: Option<Profile>,
    pub(super) rules: Vec<PathBuf>,
    pub(super) gitleaks: Vec<PathBuf>,
    pub(super) literals: Vec<PathBuf>,
    pub(super) enable: Vec<String>,
    pub(super) disable: Vec<String>,
    pub(super) allow: Vec<Entry>,
    pub(super) secret_env: Vec<String>,
    pub(super) secret_env_defaults: Option<bool>,
    pub(super) secret_file: Vec<PathBuf>,
    pub(super) decode: Option<u8>,
    pub(super) marker: Option<String>,
    pub(super) label: Option<bool>,
    /// `ACTION`, or `RULE=ACTION`.
    pub(super) action: Vec<(Option<String>, Action)>,
    /// `ID=FILE`, or `ID=env:VARIABLE`.
    pub(super) mark_key: Vec<KeySource>,
    pub(super) sign: Option<bool>,
    pub(super) min_confidence: Option<Confidence>,
    pub(super) add_mask: Option<bool>,
    pub(super) stats: Option<Counts>,
    pub(super) explain: Option<bool>,
    pub(super) threads: Option<usize>,
    pub(super) block_size: Option<usize>,
    pub(super) grace: Option<Duration>,
}

impl Layer {
    /// Takes the value for one of [`WORDS`].
    ///
    /// # Errors
    /// What would be a value.
    pub(super) fn set(&mut self, word: &str, given: &Given) -> Result<(), String> {
        if let Some(files) = self.files(word) {
            files.extend(given.list()?.into_iter().map(PathBuf::from));
            return Ok(());
        }
        match word {
            "profile" => self.profile = Some(profile(given)?),
            "enable" => self.enable.extend(given.list()?),
            "disable" => self.disable.extend(given.list()?),
            "secret-env" => self.secret_env.extend(given.list()?),
            "secret-env-defaults" => self.secret_env_defaults = Some(given.bool()?),
            "decode" => self.decode = Some(given.whole(0, 3)? as u8),
            "marker" => self.marker = Some(given.text()?),
            "label" => self.label = Some(given.bool()?),
            "action" => {
                self.action.extend(given.list()?.iter().map(|text| action(text)).collect::<Result<Vec<_>, _>>()?)
            }
            "mark-key" => {
                let all = given.list()?;
                self.mark_key.extend(all.iter().map(|text| KeySource::read(text)).collect::<Result<Vec<_>, _>>()?);
            }
            "sign" => self.sign = Some(given.bool()?),
            "min-confidence" => self.min_confidence = Some(given.text()?.parse()?),
            "add-mask" => self.add_mask = Some(given.bool()?),
            "stats" => self.stats = Some(counts(given)?),
            "explain" => self.explain = Some(given.bool()?),
            "threads" => self.threads = Some(given.whole(1, 256)?),
            "block-size" => self.block_size = Some(given.whole(4 << 10, 64 << 20)?),
            "grace" => self.grace = Some(given.seconds()?),
            _ => return Err("is no setting".to_owned()),
        }
        Ok(())
    }

    /// The list for a word that names files.
    pub(super) fn files(&mut self, word: &str) -> Option<&mut Vec<PathBuf>> {
        match word {
            "rules" => Some(&mut self.rules),
            "gitleaks" => Some(&mut self.gitleaks),
            "literals" => Some(&mut self.literals),
            "secret-file" => Some(&mut self.secret_file),
            _ => None,
        }
    }

    /// This, and `other` where this says nothing; lists add up.
    pub(super) fn or(mut self, other: Self) -> Self {
        self.rules.extend(other.rules);
        self.gitleaks.extend(other.gitleaks);
        self.literals.extend(other.literals);
        self.allow.extend(other.allow);
        self.enable.extend(other.enable);
        self.disable.extend(other.disable);
        self.secret_env.extend(other.secret_env);
        self.secret_file.extend(other.secret_file);
        self.action.extend(other.action);
        self.mark_key.extend(other.mark_key);
        Self {
            profile: self.profile.or(other.profile),
            secret_env_defaults: self.secret_env_defaults.or(other.secret_env_defaults),
            decode: self.decode.or(other.decode),
            marker: self.marker.or(other.marker),
            label: self.label.or(other.label),
            sign: self.sign.or(other.sign),
            min_confidence: self.min_confidence.or(other.min_confidence),
            add_mask: self.add_mask.or(other.add_mask),
            stats: self.stats.or(other.stats),
            explain: self.explain.or(other.explain),
            threads: self.threads.or(other.threads),
            block_size: self.block_size.or(other.block_size),
            grace: self.grace.or(other.grace),
            ..self
        }
    }
}

/// `ACTION` or `RULE=ACTION`.
fn action(text: &str) -> Result<(Option<String>, Action), String> {
    match text.split_once('=') {
        Some((word, action)) if !word.is_empty() => Ok((Some(word.to_owned()), action.parse()?)),
        Some(_) => Err(format!("{text:?}: before the = stands a rule or a group")),
        None => Ok((None, text.parse()?)),
    }
}

fn profile(given: &Given) -> Result<Profile, String> {
    Profile::from_str(&given.text()?)
}

fn counts(given: &Given) -> Result<Counts, String> {
    match given {
        Given::Bool(false) => Ok(Counts::Off),
        Given::Bool(true) => Ok(Counts::Text),
        _ => match given.text()?.as_str() {
            "off" => Ok(Counts::Off),
            "text" => Ok(Counts::Text),
            "json" => Ok(Counts::Json),
            other => Err(format!("{other:?} is none of text, json, off")),
        },
    }
}

impl Given {
    fn text(&self) -> Result<String, String> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            _ => Err("the value is a text in quotes".to_owned()),
        }
    }

    fn list(&self) -> Result<Vec<String>, String> {
        match self {
            Self::Text(text) => {
                Ok(text.split(',').map(str::trim).filter(|w| !w.is_empty()).map(str::to_owned).collect())
            }
            Self::List(list) => Ok(list.clone()),
            _ => Err("the value is a list of texts".to_owned()),
        }
    }

    fn bool(&self) -> Result<bool, String> {
        match self {
            Self::Bool(is) => Ok(*is),
            Self::Text(text) => match text.as_str() {
                "true" | "yes" | "on" | "1" => Ok(true),
                "false" | "no" | "off" | "0" => Ok(false),
                other => Err(format!("{other:?} is neither true nor false")),
            },
            _ => Err("the value is true or false".to_owned()),
        }
    }

    /// A whole number, with K or M for 1024 and 1024 * 1024.
    fn whole(&self, least: usize, most: usize) -> Result<usize, String> {
        let number = match self {
            Self::Number(n) if n.fract() == 0.0 && *n >= 0.0 => Some(*n as usize),
            Self::Text(text) => {
                match text.strip_suffix(['K', 'k']).zip(Some(10)).or(text.strip_suffix(['M', 'm']).zip(Some(20))) {
                    Some((digits, shift)) => digits.parse::<usize>().ok().and_then(|n| n.checked_mul(1 << shift)),
                    None => text.parse().ok(),
                }
            }
            _ => None,
        };
        let shown = |n: usize| match n {
            n if n >= 1 << 20 => format!("{}M", n >> 20),
            n if n >= 1 << 10 => format!("{}K", n >> 10),
            n => n.to_string(),
        };
        number
            .filter(|n| (least..=most).contains(n))
            .ok_or_else(|| format!("the value is a whole number from {} to {}", shown(least), shown(most)))
    }

    fn seconds(&self) -> Result<Duration, String> {
        let number = match self {
            Self::Number(n) => Some(*n),
            Self::Text(text) => text.strip_suffix('s').unwrap_or(text).parse().ok(),
            _ => None,
        };
        number
            .filter(|n| (0.0..=3600.0).contains(n))
            .map(Duration::from_secs_f64)
            .ok_or_else(|| "the value is a number of seconds from 0 to 3600".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(word: &str, value: &str) -> Result<Layer, String> {
        let mut layer = Layer::default();
        layer.set(word, &Given::Text(value.to_owned())).map(|()| layer)
    }

    #[test]
    fn values_are_read() {
        assert_eq!(text("block-size", "64K").unwrap().block_size, Some(65536));
        assert_eq!(text("grace", "0.5s").unwrap().grace, Some(Duration::from_millis(500)));
        assert_eq!(text("enable", "a, b,").unwrap().enable, ["a", "b"]);
        assert_eq!(text("label", "no").unwrap().label, Some(false));
    }

    #[test]
    fn what_is_no_value_is_told_what_would_be() {
        let cases = [
            ("profile", "all", "none of secrets, standard"),
            ("threads", "0", "whole number from 1 to 256"),
            ("block-size", "65M", "from 4K to 64M"),
            ("block-size", "99999999999999999999M", "from 4K to 64M"),
            ("grace", "soon", "seconds from 0 to 3600"),
            ("grace", "NaN", "seconds from 0 to 3600"),
            ("stats", "xml", "none of text, json, off"),
            ("label", "maybe", "neither true nor false"),
            ("action", "email=hide", "\"hide\" is none of replace, label"),
            ("action", "=mask", "before the = stands a rule"),
            ("mark-key", "k1", "ID=FILE or ID=env:VARIABLE"),
            ("min-confidence", "certain", "none of low, medium, high"),
        ];
        for (word, value, want) in cases {
            let said = text(word, value).unwrap_err();
            assert!(said.contains(want), "{word} {value}: {said}");
        }
    }

    #[test]
    fn every_word_is_a_setting() {
        for word in WORDS {
            assert_ne!(text(word, "1").err().as_deref(), Some("is no setting"), "{word}");
        }
    }

    #[test]
    fn the_first_layer_wins_and_lists_add_up() {
        let first = text("label", "no").unwrap();
        let mut second = text("label", "yes").unwrap().or(text("enable", "b").unwrap());
        second = first.or(second);
        assert_eq!((second.label, second.enable.len()), (Some(false), 1));
    }
}
