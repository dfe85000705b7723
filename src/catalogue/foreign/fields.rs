//! The tables of a rule file, read by keys in whatever case, each key taken once, so that what is left is seen.

use std::collections::BTreeMap;

use toml::Value;

/// A table by its keys in lower case.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(pub(super) BTreeMap<String, Value>);

impl Fields {
    pub(super) fn of(value: Value) -> Self {
        match value {
            Value::Table(table) => Self(table.into_iter().map(|(key, value)| (key.to_lowercase(), value)).collect()),
            _ => Self::default(),
        }
    }

    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        self.0.remove(key).and_then(|value| value.as_str().map(str::to_owned))
    }

    pub(super) fn texts(&mut self, key: &str) -> Vec<String> {
        let Some(Value::Array(items)) = self.0.remove(key) else { return Vec::new() };
        items.into_iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    }

    pub(super) fn number(&mut self, key: &str) -> Option<f64> {
        let value = self.0.remove(key)?;
        value.as_float().or_else(|| value.as_integer().map(|n| n as f64))
    }

    /// A table or a list of tables.
    pub(super) fn tables(&mut self, key: &str) -> Vec<Self> {
        match self.0.remove(key) {
            Some(Value::Array(items)) => items.into_iter().map(Self::of).collect(),
            Some(table) => vec![Self::of(table)],
            None => Vec::new(),
        }
    }

    /// Takes what `other` says: lists add up, the rest is replaced.
    pub(super) fn take(&mut self, other: Self) {
        for (key, value) in other.0 {
            match (self.0.get_mut(&key), value) {
                (Some(Value::Array(old)), Value::Array(new)) => old.extend(new),
                (_, value) => drop(self.0.insert(key, value)),
            }
        }
    }
}
