//! The values of one table of the configuration, by name, with every mistake noted under its line.
//!
//! Who reads a table asks for each key it knows; what nobody asked for is unknown, and that is told at the end.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::catalogue::load::nearest;

/// The text of a configuration file, for lines in messages.
#[derive(Clone, Copy)]
pub(crate) struct Text<'t> {
    /// Its name in messages.
    pub(super) name: &'t str,
    /// What it holds.
    pub(super) text: &'t str,
    /// Where it lies; file names are meant as seen from there.
    pub(super) folder: &'t Path,
}

impl Text<'_> {
    pub(super) fn place(&self, span: Range<usize>) -> String {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        format!("{}:{}", self.name, before.iter().filter(|b| **b == b'\n').count() + 1)
    }
}

/// One table.
pub(crate) struct Fields<'t> {
    text: Text<'t>,
    /// What it is in messages, such as `source "app"`.
    pub(crate) what: String,
    span: Range<usize>,
    table: &'t DeTable<'t>,
    /// The folder for what has to be remembered, where one was given.
    state: Option<PathBuf>,
    asked: Vec<&'static str>,
    wrong: Vec<String>,
}

impl<'t> Fields<'t> {
    pub(super) fn new(text: Text<'t>, what: String, span: Range<usize>, table: &'t DeTable<'t>) -> Self {
        Self { text, what, span, table, state: None, asked: Vec::new(), wrong: Vec::new() }
    }

    /// With a folder for what has to be remembered.
    pub(super) fn with_state(self, state: Option<PathBuf>) -> Self {
        Self { state, ..self }
    }

    /// A text.
    pub(crate) fn text(&mut self, key: &'static str) -> Option<String> {
        self.get(key, "a text in quotes", |value| value.as_str().map(str::to_owned))
    }

    /// A text that has to be there.
    pub(crate) fn needed(&mut self, key: &'static str) -> String {
        let (before, found) = (self.wrong.len(), self.text(key));
        if found.is_none() && self.wrong.len() == before {
            self.missing(key);
        }
        found.unwrap_or_default()
    }

    /// A file name, as seen from the configuration file.
    pub(crate) fn path(&mut self, key: &'static str) -> Option<PathBuf> {
        self.text(key).map(|path| self.text.folder.join(path))
    }

    /// Texts; a single one may stand without brackets. Empty where there is none.
    pub(crate) fn list(&mut self, key: &'static str) -> Vec<String> {
        let read = |value: &DeValue<'_>| match value {
            DeValue::String(one) => Some(vec![one.to_string()]),
            DeValue::Array(all) => all.iter().map(|one| one.get_ref().as_str().map(str::to_owned)).collect(),
            _ => None,
        };
        self.get(key, "a list of texts", read).unwrap_or_default()
    }

    /// File names, as seen from the configuration file.
    pub(crate) fn paths(&mut self, key: &'static str) -> Vec<PathBuf> {
        self.list(key).into_iter().map(|path| self.text.folder.join(path)).collect()
    }

    /// True or false.
    pub(crate) fn bool(&mut self, key: &'static str) -> Option<bool> {
        self.get(key, "true or false", DeValue::as_bool)
    }

    /// A whole number in a range, which may end in K, M or G for powers of 1024.
    pub(crate) fn whole(&mut self, key: &'static str, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let found = self.get(key, "a whole number, which may end in K, M or G", |value| match value {
            DeValue::Integer(n) => n.as_str().replace('_', "").parse().ok(),
            DeValue::String(text) => size(text),
            _ => None,
        });
        let inside = found.filter(|n| range.contains(n));
        if found.is_some() && inside.is_none() {
            self.refuse(key, &format!("the value is from {} to {}", range.start(), range.end()));
        }
        inside
    }

    /// A number of seconds in a range.
    pub(crate) fn seconds(&mut self, key: &'static str, range: std::ops::RangeInclusive<f64>) -> Option<Duration> {
        let found: Option<f64> = self.get(key, "a number of seconds", |value| match value {
            DeValue::Integer(n) => n.as_str().replace('_', "").parse().ok(),
            DeValue::Float(n) => n.as_str().replace('_', "").parse().ok(),
            _ => None,
        });
        let inside = found.filter(|n| range.contains(n));
        if found.is_some() && inside.is_none() {
            self.refuse(key, &format!("the value is from {} to {} seconds", range.start(), range.end()));
        }
        inside.map(Duration::from_secs_f64)
    }

    /// One word of several.
    pub(crate) fn word<T: Copy>(&mut self, key: &'static str, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.refuse(key, &format!("{text:?} is none of {}", all.join(", ")));
        }
        found
    }

    /// The folder for what has to be remembered, which a part cannot do without.
    pub(crate) fn state(&mut self) -> PathBuf {
        if self.state.is_none() {
            let place = self.text.place(self.span.clone());
            let why = "it has something to remember: add state = \"/var/lib/inkout\" to [serve]";
            self.wrong.push(format!("{place}: {}: {why}", self.what));
        }
        self.state.clone().unwrap_or_default()
    }

    /// Whether the key is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Notes that a key is missing.
    pub(crate) fn missing(&mut self, key: &'static str) {
        self.wrong.push(format!("{}: {}: {key} is missing", self.text.place(self.span.clone()), self.what));
    }

    /// Notes what is wrong with the value of a key.
    pub(crate) fn refuse(&mut self, key: &str, why: &str) {
        let span = self.table.iter().find(|(k, _)| k.get_ref().as_ref() == key).map(|(k, _)| k.span());
        let place = self.text.place(span.unwrap_or_else(|| self.span.clone()));
        self.wrong.push(format!("{place}: {}: {key}: {why}", self.what));
    }

    /// Everything that is wrong, with the keys that nobody asked for.
    pub(super) fn finish(mut self) -> Vec<String> {
        for (key, _) in self.table {
            let word: &str = key.get_ref().as_ref();
            if !self.asked.contains(&word) {
                let place = self.text.place(key.span());
                let near = nearest(word, &self.asked);
                self.wrong.push(format!("{place}: {}: unknown key {word:?}{near}", self.what));
            }
        }
        self.wrong
    }

    fn get<T>(&mut self, key: &'static str, shape: &str, read: impl Fn(&DeValue<'t>) -> Option<T>) -> Option<T> {
        self.asked.push(key);
        let value = self.table.get(key).map(Spanned::get_ref)?;
        let found = read(value);
        if found.is_none() {
            self.refuse(key, &format!("the value is {shape}"));
        }
        found
    }
}

/// A number of bytes, such as `64M`.
fn size(text: &str) -> Option<u64> {
    let (digits, shift) = match text.as_bytes().last()?.to_ascii_uppercase() {
        b'K' => (&text[..text.len() - 1], 10),
        b'M' => (&text[..text.len() - 1], 20),
        b'G' => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}
