//! `inkout rules list`, `show` and `test`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::exit::Exit;
use super::plan::{Refused, Settings};
use super::print;
use crate::catalogue::load::{self, nearest};
use crate::catalogue::placeholder::{examples, near_misses};
use crate::catalogue::{Kind, Mistake, Rule};
use crate::report::say;
use crate::source::printable;
use crate::{Redactor, Span};

/// Every rule there is, and whether it is on.
///
/// # Errors
/// Everything that is wrong with settings and rules.
pub(super) fn list(settings: &Settings, json: bool) -> Result<Exit, Refused> {
    let (all, on) = all(settings)?;
    if json {
        let rules: Vec<serde_json::Value> = all.iter().map(|rule| object(rule, on.contains(&*rule.id))).collect();
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
    let (all, on) = all(settings)?;
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
        Kind::Known => ("detector", "known-secret"),
    };
    let cwe: Vec<String> = rule.cwe.iter().map(|n| format!("CWE-{n}")).collect();
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
        ("cwe", &cwe.join(", ")),
        ("fix", &rule.fix),
        ("reference", &rule.reference),
        ("origin", &rule.origin.to_string()),
    ];
    let more = rule.examples.iter().map(|e| ("example", &**e));
    let more = more.chain(rule.near_misses.iter().map(|e| ("near miss", &**e)));
    for (name, value) in rows.into_iter().chain(more).filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(out, "{name:10} {value}");
    }
    Ok(print(&out))
}

/// Runs the rules of each file against their own examples and near misses.
///
/// # Errors
/// What is wrong with a file, so that its rules cannot be run at all.
pub(super) fn test(files: &[PathBuf]) -> Result<Exit, Refused> {
    let mut exit = Exit::Done;
    for file in files {
        let (count, failures) = test_file(file)?;
        failures.iter().for_each(|line| say(line));
        let verdict = if failures.is_empty() { "all hold".to_owned() } else { format!("{} fail", failures.len()) };
        exit = exit.max(print(format!("{}: {count} examples and near misses, {verdict}\n", printable(file))));
        if !failures.is_empty() {
            exit = exit.max(Exit::Partly);
        }
    }
    Ok(exit)
}

fn test_file(file: &Path) -> Result<(usize, Vec<String>), Refused> {
    let name = printable(file);
    let refused = |why: Vec<String>| Refused { exit: Exit::Config, why };
    let text = std::fs::read_to_string(file).map_err(|error| refused(vec![format!("{name}: {error}")]))?;
    let rules = load::rules(&name, &text).map_err(|wrong| refused(lines(&wrong)))?;
    let (mut count, mut failures) = (0, Vec::new());
    for rule in &rules {
        let alone = rules.iter().filter(|other| other.id != rule.id).map(|other| other.id.as_ref());
        let builder = Redactor::builder().builtin(false).rules(&name, &text).enable(rule.id.as_ref());
        let redactor = alone.fold(builder, |builder, id| builder.disable(id));
        let redactor = redactor.build().map_err(|error| refused(lines(error.mistakes())))?;
        count += rule.examples.len() + rule.near_misses.len();
        let wrong = test_rule(rule, &redactor);
        failures.extend(wrong.into_iter().map(|what| format!("{}: rule {}: {what}", rule.origin, rule.id)));
    }
    Ok((count, failures))
}

/// What `redactor`, which has only `rule`, does not do as the rule promises.
fn test_rule(rule: &Rule, redactor: &Redactor) -> Vec<String> {
    let mut wrong = Vec::new();
    if rule.examples.is_empty() {
        wrong.push("it has no example, so nothing shows that it works".to_owned());
    }
    let mut cases: Vec<(String, String, Vec<Span>)> = Vec::new();
    match examples(rule) {
        Ok(all) => cases.extend((1..).zip(all).map(|(i, e)| (format!("example {i}"), e.text, e.secrets))),
        Err(what) => wrong.push(what),
    }
    match near_misses(rule) {
        Ok(all) => cases.extend((1..).zip(all).map(|(i, text)| (format!("near miss {i}"), text, Vec::new()))),
        Err(what) => wrong.push(what),
    }
    wrong.extend(
        cases.iter().filter_map(|(what, text, want)| Some(format!("{what}: {}", differs(redactor, text, want)?))),
    );
    wrong
}

/// How the spans that are found differ from `want`, counted in bytes from 0 in the line with placeholders filled in.
fn differs(redactor: &Redactor, text: &str, want: &[Span]) -> Option<String> {
    let found: Vec<Span> = redactor.find(text.as_bytes()).iter().map(|hit| hit.span).collect();
    let shown = |spans: &[Span]| match spans {
        [] => "nothing".to_owned(),
        _ => spans.iter().map(Span::to_string).collect::<Vec<_>>().join(", "),
    };
    (found != want).then(|| format!("{} should be redacted, but {} is", shown(want), shown(&found)))
}

/// All rules, on or not, by id; and the ids of those that are on.
fn all(settings: &Settings) -> Result<(Vec<Rule>, BTreeSet<String>), Refused> {
    let on = settings.redactor()?.rules().iter().map(|rule| rule.id.to_string()).collect();
    let mut all = settings.catalogue()?;
    all.sort_by(|a, b| a.id.cmp(&b.id));
    Ok((all, on))
}

fn lines(mistakes: &[Mistake]) -> Vec<String> {
    mistakes.iter().map(Mistake::to_string).collect()
}

fn object(rule: &Rule, on: bool) -> serde_json::Value {
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
    })
}
