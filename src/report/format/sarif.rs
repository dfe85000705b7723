//! SARIF 2.1.0 (OASIS), as GitHub code scanning takes it.
//!
//! GitHub takes at most 25,000 results of a run and keeps the first 5,000
//! (<https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>),
//! so the gravest 5,000 are written, and a notification says how many are not. Equal values in a file are one result
//! with an occurrence count. Fingerprints are given only where they come from the user's key: others change with
//! every run, and every alert would be a new one.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Report, cwes};
use crate::catalogue::{Rule, Severity};
use crate::report::finding::{Finding, Remark, Survey};
use crate::report::score;
use crate::report::situation::{remedy, weakness_name, weaknesses};
use crate::{Confidence, RuleId};

/// Results that GitHub keeps.
const MOST: usize = 5_000;
/// Notifications of files; more would help nobody.
const MOST_REMARKS: usize = 1_000;

/// Writes the report.
pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let survey = &report.survey;
    let all = survey.gravest();
    let shown = &all[..all.len().min(MOST)];
    let mut indices: BTreeMap<RuleId, usize> = shown.iter().map(|(_, finding)| (finding.rule, 0)).collect();
    indices.values_mut().enumerate().for_each(|(n, index)| *index = n);
    let mut seen = BTreeMap::new();
    for (_, finding) in shown {
        for cwe in weaknesses(survey.rule(finding), finding.situation) {
            seen.insert(cwe, ());
        }
    }
    let rules: Vec<Value> = indices.keys().map(|rule| descriptor(&survey.rules[rule.index()])).collect();
    let results: Vec<Value> = shown.iter().map(|(file, finding)| result(survey, file, finding, &indices)).collect();
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "inkout",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
                "supportedTaxonomies": [{"name": "CWE", "index": 0}],
            }},
            "automationDetails": {"id": "inkout/"},
            "columnKind": "utf16CodeUnits",
            "invocations": [invocation(report, all.len() - shown.len())],
            "taxonomies": [taxonomy(seen.into_keys())],
            "results": results,
            "properties": {
                "score": report.score.value,
                "grade": report.score.grade().to_string(),
                "scoreVersion": score::VERSION,
            },
        }],
    });
    serde_json::to_writer(&mut *out, &log)?;
    writeln!(out)
}

fn descriptor(rule: &Rule) -> Value {
    let mut tags = vec!["security".to_owned()];
    tags.extend(rule.cwe.iter().map(|cwe| format!("external/cwe/cwe-{cwe:03}")));
    let fix = if rule.fix.is_empty() { "Replace the value, and stop logging it." } else { &*rule.fix };
    let mut all = json!({
        "id": rule.id,
        "name": rule.title,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": format!("{} in a log or another stored text.", rule.title)},
        "help": {"text": fix, "markdown": fix},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {
            "tags": tags,
            "precision": "high",
            "security-severity": security_severity(rule.severity),
        },
        "relationships": rule.cwe.iter().map(|cwe| relationship(*cwe)).collect::<Vec<_>>(),
    });
    if rule.reference.starts_with("https://") {
        all["helpUri"] = Value::from(&*rule.reference);
    }
    all
}

fn result(survey: &Survey<'_>, file: &str, finding: &Finding, indices: &BTreeMap<RuleId, usize>) -> Value {
    let (rule, place) = (survey.rule(finding), &finding.place);
    let mut region = json!({"startLine": place.line, "byteOffset": place.offset, "byteLength": place.len});
    if let Some((from, to)) = place.utf16 {
        region["startColumn"] = from.into();
        region["endColumn"] = to.into();
    }
    let all = weaknesses(rule, finding.situation);
    let times = if finding.count == 1 { "once".to_owned() } else { format!("{} times", finding.count) };
    let text =
        format!("{} {times}: {}. {}. {}", rule.title, finding.preview, cwes(&all), remedy(rule, finding.situation));
    let mut result = json!({
        "ruleId": rule.id,
        "ruleIndex": indices.get(&finding.rule),
        "level": level(rule.severity),
        "message": {"text": text},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(file)}, "region": region}}],
        "occurrenceCount": finding.count,
        "rank": rank(finding.confidence),
        "taxa": all.iter().map(|cwe| json!({"id": cwe.to_string(), "toolComponent": {"name": "CWE"}})).collect::<Vec<_>>(),
    });
    if survey.key.is_some() {
        result["partialFingerprints"] = json!({"inkoutValue/v1": finding.fingerprint.to_string()});
    }
    result
}

fn invocation(report: &Report<'_>, more: usize) -> Value {
    let survey = &report.survey;
    let note = |level: &str, text: String| json!({"level": level, "message": {"text": text}});
    let remark = |remark: &Remark| {
        let place = json!([{"physicalLocation": {"artifactLocation": {"uri": uri(&remark.file)}}}]);
        json!({"level": "error", "message": {"text": format!("not scanned: {}", remark.why)}, "locations": place})
    };
    let mut notes: Vec<Value> = survey.problems.iter().take(MOST_REMARKS).map(remark).collect();
    if more > 0 {
        notes.push(note("warning", format!("{more} findings of the lowest severity are left out of this file")));
    }
    notes.extend(report.unlisted().map(|text| note("warning", text)));
    notes.extend(
        report.verdicts.iter().map(|v| note(if v.pass { "note" } else { "error" }, format!("{}: {}", v.gate, v.why))),
    );
    json!({"executionSuccessful": survey.problems.is_empty(), "toolExecutionNotifications": notes})
}

fn taxonomy(all: impl Iterator<Item = u32>) -> Value {
    let taxa: Vec<Value> = all
        .map(|cwe| {
            let name = weakness_name(cwe);
            let name = if name.is_empty() { format!("CWE-{cwe}") } else { name.to_owned() };
            let uri = format!("https://cwe.mitre.org/data/definitions/{cwe}.html");
            json!({"id": cwe.to_string(), "shortDescription": {"text": name}, "helpUri": uri})
        })
        .collect();
    json!({"name": "CWE", "organization": "MITRE", "informationUri": "https://cwe.mitre.org/", "taxa": taxa})
}

fn relationship(cwe: u32) -> Value {
    json!({"target": {"id": cwe.to_string(), "toolComponent": {"name": "CWE"}}, "kinds": ["relevant"]})
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// GitHub's bounds: above 9.0 critical, from 7.0 high, from 4.0 medium.
const fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}

const fn rank(confidence: Confidence) -> f64 {
    match confidence {
        Confidence::High => 100.0,
        Confidence::Medium => 60.0,
        Confidence::Low => 30.0,
    }
}

/// A path as a relative or absolute URI reference.
fn uri(path: &str) -> String {
    let path = path.trim_start_matches("./");
    let mut out = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'+' | b'@' | b',' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
