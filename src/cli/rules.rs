//! `inkout rules list` and `show`.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::exit::Exit;
use super::plan::{Refused, Settings};
use super::print;
use crate::catalogue::foreign::Note;
use crate::catalogue::load::nearest;
use crate::catalogue::rule::Text;
use crate::catalogue::{Kind, Rule};

/// Every rule there is, and whether it is on.
///
/// # Errors
/// Everything that is wrong with settings and rules.
pub(super) fn list(settings: &Settings, json: bool) -> Result<Exit, Refused> {
    let (all, on, noted) = all(settings)?;
    if json {
        let rules: Vec<serde_json::Value> =
            all.iter().map(|rule| object(rule, on.contains(&*rule.id), &noted)).collect();
        return Ok(print(format!("{:#}\n", serde_json::Value::from(rules))));
    }
    let width = all.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for rule in &all {
        let state = if on.contains(&*rule.id) { "on " } else { "off" };
        let (severity, group) = (rule.severity.word(), &rule.group);
        let _ = writeln!(out, "{state} {:width$}  {severity:8}  {group:14}  {}", rule.id, rule.title);
    }
    Ok(print(&out))
}

/// Everything about one rule.
///
/// # Errors
/// That there is none of this id, or what is wrong with settings and rules.
pub(super) fn show(settings: &Settings, id: &str) -> Result<Exit, Refused> {
    let (all, on, noted) = all(settings)?;
    let Some(rule) = all.iter().find(|rule| rule.id == id) else {
        let ids: Vec<&str> = all.iter().map(|rule| &*rule.id).collect();
        let near = nearest(id, &ids);
        let near = if near.starts_with("; did") { near } else { "; see `inkout rules list`".to_owned() };
        return Err(Refused { exit: Exit::Usage, why: vec![format!("no rule is called {id:?}{near}")] });
    };
    let (kind, what) = match &rule.kind {
        Kind::Pattern(pattern) => ("pattern", &**pattern),
        Kind::Detector(detector) => ("detector", detector.word()),
        Kind::Ident(ident) => ("detector", ident.word()),
        Kind::Literals(_) => ("literals", "not shown"),
        Kind::Foreign(foreign) => ("pattern", foreign.pattern.as_str()),
        Kind::Known => ("detector", "known-secret"),
    };
    let cwe: Vec<String> = rule.cwe.iter().map(|n| format!("CWE-{n}")).collect();
    let (near, not) = (words(&rule.near.words, rule), words(&rule.near.not, rule));
    let mut out = String::new();
    let state = if on.contains(id) { "on" } else { "off" };
    let rows = [
        ("rule", &*rule.id),
        ("title", &rule.title),
        ("state", state),
        ("group", &rule.group),
        ("severity", rule.severity.word()),
        ("profile", rule.profile.word()),
        (kind, what),
        ("boundary", rule.boundary.word()),
        ("near", &near),
        ("not near", &not),
        ("cwe", &cwe.join(", ")),
        ("fix", &rule.fix),
        ("reference", &rule.reference),
        ("origin", &rule.origin.to_string()),
    ];
    let not_honoured = notes(rule, &noted);
    let more = rule.examples.iter().map(|e| ("example", e));
    let more = more.chain(rule.near_misses.iter().map(|e| ("near miss", e)));
    let more = more.chain(not_honoured.iter().map(|what| ("note", *what)));
    for (name, value) in rows.into_iter().chain(more).filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(out, "{name:10} {value}");
    }
    Ok(print(&out))
}

/// Words that are near, and how near.
fn words(words: &[Text], rule: &Rule) -> String {
    if words.is_empty() { String::new() } else { format!("{} (within {} bytes)", words.join(", "), rule.near.distance) }
}

type All = (Vec<Rule>, BTreeSet<String>, Vec<Note>);

/// All rules, on or not, by id; the ids of those that are on; and what is not honoured.
fn all(settings: &Settings) -> Result<All, Refused> {
    let redactor = settings.ready()?;
    let on = redactor.rules().iter().map(|rule| rule.id.to_string()).collect();
    let mut all = settings.catalogue()?;
    all.sort_by(|a, b| a.id.cmp(&b.id));
    Ok((all, on, redactor.notes().to_vec()))
}

/// What is not honoured of a rule.
fn notes<'n>(rule: &Rule, noted: &'n [Note]) -> Vec<&'n str> {
    // A rule's id may have been made plain; its place is its own.
    let mine = |note: &&Note| note.rule.is_some() && note.origin == rule.origin;
    noted.iter().filter(mine).map(|note| note.what.as_str()).collect()
}

fn object(rule: &Rule, on: bool, noted: &[Note]) -> serde_json::Value {
    serde_json::json!({
        "id": rule.id,
        "title": rule.title,
        "group": rule.group,
        "severity": rule.severity.word(),
        "profile": rule.profile.word(),
        "on": on,
        "cwe": rule.cwe,
        "fix": rule.fix,
        "reference": rule.reference,
        "origin": rule.origin.to_string(),
        "not_honoured": notes(rule, noted),
    })
}
