//! The allowlist of the configuration file: `[[allow]]` tables.

use toml::de::DeValue;

use crate::catalogue::Origin;
use crate::catalogue::allow::{Allow, Value};
use crate::catalogue::load::nearest;
use crate::report::time::{now, rfc3339};

/// An entry with the last day that it is good for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) allow: Allow,
    /// As `2026-12-31`.
    pub(super) expires: Option<String>,
}

const KEYS: &[&str] = &["literal", "regex", "rules", "comment", "expires"];

impl Entry {
    /// Reads one table.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(value: &DeValue<'_>, origin: Origin) -> Result<Self, String> {
        let DeValue::Table(table) = value else { return Err("an entry is a table: write [[allow]]".to_owned()) };
        let (mut found, mut rules, mut comment, mut expires) = (Vec::new(), Vec::new(), String::new(), None);
        for (key, value) in table {
            let word: &str = key.get_ref().as_ref();
            let text = value.get_ref().as_str().map(str::to_owned);
            match (word, value.get_ref(), text) {
                ("literal", _, Some(text)) => found.push(Value::Literal(text)),
                ("regex", _, Some(text)) => found.push(Value::Regex(text)),
                ("comment", _, Some(text)) => comment = text,
                ("expires", DeValue::Datetime(date), _) => expires = Some(day(&date.to_string())?),
                ("expires", _, Some(text)) => expires = Some(day(&text)?),
                ("rules", DeValue::Array(items), _) => {
                    let all: Option<Vec<_>> = items.iter().map(|i| i.get_ref().as_str().map(str::to_owned)).collect();
                    rules = all.ok_or("rules is a list of texts")?;
                }
                ("rules", _, Some(text)) => rules = vec![text],
                (word, ..) if KEYS.contains(&word) => return Err(format!("{word} is a text in quotes")),
                (word, ..) => return Err(format!("unknown key {word:?}{}", nearest(word, KEYS))),
            }
        }
        match (found.pop(), found.pop()) {
            (Some(value), None) => Ok(Self { allow: Allow { value, rules, comment, origin }, expires }),
            _ => Err("it needs a literal or a regex, and not both".to_owned()),
        }
    }

    /// Whether its last day is over, in UTC.
    pub(super) fn is_over(&self) -> bool {
        self.expires.as_deref().is_some_and(|day| day < today().as_str())
    }

    /// As it is written in a configuration file.
    pub(super) fn text(&self) -> String {
        let (key, value) = match &self.allow.value {
            Value::Literal(text) => ("literal", text),
            Value::Regex(text) => ("regex", text),
        };
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let mut out = format!("\n[[allow]]\n{key} = {}\n", quoted(value));
        if !self.allow.rules.is_empty() {
            out += &format!("rules = {}\n", toml::Value::from(self.allow.rules.clone()));
        }
        if !self.allow.comment.is_empty() {
            out += &format!("comment = {}\n", quoted(&self.allow.comment));
        }
        if let Some(day) = &self.expires {
            out += &format!("expires = {}\n", quoted(day));
        }
        out
    }
}

/// A day as `2026-12-31`.
fn day(text: &str) -> Result<String, String> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u32>().ok();
    let fits = text.len() == 10
        && text.as_bytes()[4] == b'-'
        && text.as_bytes()[7] == b'-'
        && number(0..4).is_some()
        && number(5..7).is_some_and(|month| (1..=12).contains(&month))
        && number(8..10).is_some_and(|day| (1..=31).contains(&day));
    if fits { Ok(text.to_owned()) } else { Err("expires is a day such as 2026-12-31".to_owned()) }
}

/// Today in UTC.
fn today() -> String {
    rfc3339(now())[..10].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read() {
        assert!(day("2026-12-31").is_ok());
        for odd in ["2026-13-01", "2026-1-1", "31.12.2026", "2026-12-3ä", ""] {
            assert!(day(odd).is_err(), "{odd}");
        }
    }
}
