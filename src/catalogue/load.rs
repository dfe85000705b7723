//! Rule files into rules: every mistake of a file is reported at once, with file, line and rule id.
//!
//! It checks what can be said of a rule by itself. Whether its pattern can be searched for is seen when the
//! [`Redactor`](crate::Redactor) is built.

use std::collections::HashMap;
use std::ops::Range;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ident::Ident;
use super::lines::Newlines;
use super::near::Near;
use super::rule::{Boundary, Check, Kind, Origin, Profile, Rule, Severity};

/// One thing that is wrong with a rule file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {what}")]
pub struct Mistake {
    /// Where.
    pub origin: Origin,
    /// What, and what to change.
    pub what: String,
}

/// Reads the rules of one file. `file` is only used in messages.
///
/// # Errors
/// Everything that is wrong with the text, in order.
pub fn rules(file: &str, text: &str) -> Result<Vec<Rule>, Vec<Mistake>> {
    let mut reader = Reader { file, text, lines: Newlines::new(text), mistakes: Vec::new() };
    let rules = reader.file_rules();
    if reader.mistakes.is_empty() { Ok(rules) } else { Err(reader.mistakes) }
}

/// The nearest of `known` to `word`, as the end of a message.
#[must_use]
pub fn nearest(word: &str, known: &[&str]) -> String {
    let near = known.iter().copied().filter(|k| strsim::damerau_levenshtein(word, k) <= 1 + word.len() / 4);
    match near.min_by_key(|k| strsim::damerau_levenshtein(word, k)) {
        Some(near) => format!("; did you mean {near:?}?"),
        None => format!("; known are {}", known.join(", ")),
    }
}

#[derive(Deserialize)]
struct RawRule {
    id: String,
    title: String,
    severity: String,
    profile: Option<String>,
    pattern: Option<String>,
    detector: Option<String>,
    boundary: Option<String>,
    #[serde(default)]
    check: Vec<String>,
    #[serde(default)]
    near: Vec<String>,
    #[serde(default)]
    not_near: Vec<String>,
    distance: Option<i64>,
    #[serde(default)]
    cwe: Vec<u32>,
    #[serde(default)]
    fix: String,
    #[serde(default)]
    reference: String,
    #[serde(default)]
    examples: Vec<String>,
    #[serde(default)]
    near_misses: Vec<String>,
}

const KEYS: &[&str] = &[
    "id",
    "title",
    "severity",
    "profile",
    "pattern",
    "detector",
    "boundary",
    "check",
    "near",
    "not_near",
    "distance",
    "cwe",
    "fix",
    "reference",
    "examples",
    "near_misses",
];

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    lines: Newlines,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    fn file_rules(&mut self) -> Vec<Rule> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            self.say(error.span().unwrap_or_default(), error.message().to_owned());
        }
        if !self.mistakes.is_empty() {
            return Vec::new();
        }
        let table = table.into_inner();
        let mut group = None;
        let mut found = Vec::new();
        for (key, value) in table {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("group", DeValue::String(name)) => group = Some(name.to_string()),
                ("rule", DeValue::Array(items)) => found = items.iter().cloned().collect(),
                (word @ ("group" | "rule"), _) => self.say(value.span(), format!("{word} has the wrong type")),
                (word, _) => self.say(key.span(), format!("unknown key {word:?}{}", nearest(word, &["group", "rule"]))),
            }
        }
        let Some(group) = group else {
            self.say(0..0, "the file names no group: add a line such as group = \"my-company\"".to_owned());
            return Vec::new();
        };
        let (mut rules, mut ids) = (Vec::new(), HashMap::new());
        for item in found {
            if let Some(rule) = self.one(&group, item) {
                if let Some(first) = ids.insert(rule.id.clone(), rule.origin.line) {
                    let what = format!("rule {}: the id was used on line {first} already", rule.id);
                    self.mistakes.push(Mistake { origin: rule.origin.clone(), what });
                }
                rules.push(rule);
            }
        }
        rules
    }

    fn one(&mut self, group: &str, value: Spanned<DeValue<'_>>) -> Option<Rule> {
        let span = value.span();
        let DeValue::Table(table) = value.get_ref() else {
            self.say(span, "a rule is a table: write [[rule]]".to_owned());
            return None;
        };
        let name = table.get("id").and_then(|v| v.get_ref().as_str()).unwrap_or("without an id").to_owned();
        let before = self.mistakes.len();
        for (key, _) in table {
            let word: &str = key.get_ref().as_ref();
            if !KEYS.contains(&word) {
                self.say(key.span(), format!("rule {name}: unknown key {word:?}{}", nearest(word, KEYS)));
            }
        }
        let raw = match RawRule::deserialize(value.into_deserializer()) {
            Ok(raw) => raw,
            Err(error) => {
                self.say(span, format!("rule {name}: {}", error.message()));
                return None;
            }
        };
        let rule = self.parsed(group, span, raw);
        (self.mistakes.len() == before).then_some(rule).flatten()
    }

    fn parsed(&mut self, group: &str, span: Range<usize>, raw: RawRule) -> Option<Rule> {
        let origin = self.origin(span.clone());
        let id = raw.id.clone();
        let mut say = |what: String| {
            self.mistakes.push(Mistake { origin: origin.clone(), what: format!("rule {id}: {what}") });
        };
        if !kebab(&raw.id) {
            say("an id is lower-case words with dashes between, such as my-token".to_owned());
        }
        let severity = raw.severity.parse::<Severity>().map_err(&mut say).ok();
        let profile = raw.profile.map_or(Ok(Profile::Secrets), |word| word.parse()).map_err(&mut say).ok();
        let boundary = raw.boundary.map_or(Ok(Boundary::Token), |word| word.parse()).map_err(&mut say).ok();
        let checks: Vec<Check> = raw.check.iter().filter_map(|word| word.parse().map_err(&mut say).ok()).collect();
        let kind = match (raw.pattern, raw.detector) {
            (Some(pattern), None) => Some(Kind::Pattern(pattern.into())),
            (None, Some(word)) => detector(&word).map_err(&mut say).ok(),
            _ => {
                say("it needs a pattern or a detector, and not both".to_owned());
                None
            }
        };
        let near =
            Near::new(raw.near, raw.not_near, raw.distance).map_err(|wrong| wrong.into_iter().for_each(&mut say)).ok();
        if near.as_ref().is_some_and(|near| !near.is_none()) && !matches!(kind, None | Some(Kind::Pattern(_))) {
            say("near and not_near need a pattern: a detector has its own idea of what stands around it".to_owned());
        }
        Some(Rule {
            id: raw.id.into(),
            title: raw.title.into(),
            group: group.to_owned().into(),
            severity: severity?,
            profile: profile?,
            kind: kind?,
            boundary: boundary?,
            checks: checks.into(),
            near: near?,
            cwe: raw.cwe.into(),
            fix: raw.fix.into(),
            reference: raw.reference.into(),
            examples: raw.examples.into(),
            near_misses: raw.near_misses.into(),
            origin,
        })
    }

    fn origin(&self, span: Range<usize>) -> Origin {
        Origin { file: self.file.to_owned().into(), line: self.lines.of(span.start) }
    }

    fn say(&mut self, span: Range<usize>, what: String) {
        let origin = self.origin(span);
        self.mistakes.push(Mistake { origin, what });
    }
}

/// A detector or an identifier by its word.
fn detector(word: &str) -> Result<Kind, String> {
    match word.parse::<Ident>() {
        Ok(ident) => Ok(Kind::Ident(ident)),
        Err(_) => word.parse().map(Kind::Detector),
    }
}

fn kebab(id: &str) -> bool {
    let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    id.len() <= 64 && id.split('-').all(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "group = \"g\"\n\n[[rule]]\nid = \"a-b\"\ntitle = \"t\"\nseverity = \"high\"\npattern = 'ab_[0-9]+'\n";

    fn says(text: &str, want: &str) {
        let mistakes = rules("f.toml", text).unwrap_err();
        assert!(mistakes.iter().any(|m| m.to_string().contains(want)), "{mistakes:?}");
    }

    #[test]
    fn a_rule_is_read_with_its_line() {
        let rules = rules("f.toml", GOOD).unwrap();
        assert_eq!(rules.len(), 1);
        assert_eq!(rules[0].origin.to_string(), "f.toml:3");
        assert_eq!(rules[0].boundary, Boundary::Token);
    }

    #[test]
    fn every_mistake_is_named_at_once() {
        let text = GOOD.replace("severity = \"high\"", "severity = \"huge\"\ncheck = [\"luck\", \"entropy:9\"]");
        assert_eq!(rules("f.toml", &text).unwrap_err().len(), 3);
        says(&text, "f.toml:3: rule a-b: severity \"huge\" is none of low, medium, high, critical");
    }

    #[test]
    fn mistakes_say_what_to_change() {
        says(&GOOD.replace("pattern", "patern"), "unknown key \"patern\"; did you mean \"pattern\"?");
        says(&GOOD.replace("group = \"g\"", ""), "names no group");
        says(&format!("{GOOD}{}", &GOOD[13..]), "used on line 3 already");
        says(&GOOD.replace("a-b", "A_b"), "lower-case words");
        says("group = \"g\"\n[[rule]\n", "f.toml:2");
        says(&GOOD.replace("title = \"t\"\n", ""), "missing field `title`");
    }

    #[test]
    fn words_near_a_value_are_read() {
        let rules =
            rules("f.toml", &format!("{GOOD}near = [\"acme\", \"key id\"]\nnot_near = [\"blk_\"]\ndistance = 9\n"));
        let near = rules.unwrap().remove(0).near;
        assert_eq!(
            (&*near.words, &*near.not, near.distance),
            (&["acme".into(), "key id".into()][..], &["blk_".into()][..], 9)
        );
        let text =
            format!("{GOOD}near = [\"ab\", \"acme\", \" acme\"]\nnot_near = [\"ACME\", \"a\\nb\"]\ndistance = 257\n");
        for want in [
            "f.toml:3: rule a-b: near: \"ab\" has 2 bytes; a word has 3 to 64",
            "near: \" acme\" has blanks around it",
            "not_near: \"a\\nb\" has a control character",
            "near: \"acme\" is in not_near, too",
            "distance is a number of bytes from 0 to 256, not 257",
        ] {
            says(&text, want);
        }
        says(&format!("{GOOD}distance = 5\n"), "it needs near or not_near");
        says(&format!("{GOOD}naer = [\"acme\"]\n"), "did you mean \"near\"?");
        says(&format!("{GOOD}near = \"acme\"\n"), "rule a-b: ");
        let detector = GOOD.replace("pattern = 'ab_[0-9]+'", "detector = \"email\"");
        says(&format!("{detector}near = [\"acme\"]\n"), "near and not_near need a pattern");
    }
}
