//! For programs: one document, or a line for each finding. Also the form of a baseline.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::Report;
use crate::catalogue::Severity;
use crate::report::finding::{Finding, Remark, Survey};
use crate::report::score;
use crate::report::situation::{remedy, weaknesses};
use crate::report::time::rfc3339;

/// Writes the report as one document, finding by finding, so that it is never in memory as a whole.
pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let summary = summary(report);
    let head = serde_json::to_string_pretty(&summary)?;
    // The summary's closing brace makes room for the findings.
    write!(out, "{},\n  \"findings\": [", head.trim_end().trim_end_matches('}').trim_end())?;
    for (index, (file, finding)) in report.survey.gravest().into_iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(out, "{comma}\n    {}", object(&report.survey, file, finding))?;
    }
    writeln!(out, "\n  ]\n}}")
}

/// Writes a line for each finding, and the summary as the last one.
pub(super) fn write_lines(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for (file, finding) in report.survey.gravest() {
        let mut object = object(&report.survey, file, finding);
        object["type"] = "finding".into();
        writeln!(out, "{object}")?;
    }
    let mut summary = summary(report);
    summary["type"] = "summary".into();
    writeln!(out, "{summary}")
}

fn summary(report: &Report<'_>) -> Value {
    let Report { survey, score, verdicts } = report;
    let remarks = |all: &[Remark]| -> Vec<Value> {
        all.iter().map(|remark| json!({"file": remark.file, "why": remark.why})).collect()
    };
    let of = |severity: &Severity| survey.findings().filter(|(_, f)| survey.rule(f).severity == *severity).count();
    let severities: serde_json::Map<String, Value> =
        Severity::ALL.iter().rev().map(|severity| (severity.word().to_owned(), of(severity).into())).collect();
    let parts: Vec<Value> = score
        .parts
        .iter()
        .map(|part| {
            let rule = &survey.rules[part.rule.index()];
            json!({
                "rule": rule.id,
                "severity": rule.severity.word(),
                "penalty": (part.penalty * 1000.0).round() / 1000.0,
                "distinct": part.distinct,
                "count": part.count,
            })
        })
        .collect();
    let gates: Vec<Value> = verdicts.iter().map(|v| json!({"gate": v.gate, "pass": v.pass, "why": v.why})).collect();
    json!({
        "tool": {"name": "inkout", "version": env!("CARGO_PKG_VERSION")},
        "scoreVersion": score::VERSION,
        "score": score.value,
        "grade": score.grade().to_string(),
        "pass": report.passes(),
        "gates": gates,
        "files": survey.looked,
        "bytes": survey.bytes,
        "lines": survey.lines,
        "findingsCount": survey.listed(),
        "occurrences": survey.occurrences(),
        "unlistedOccurrences": survey.unlisted(),
        "perMillionLines": survey.density().round(),
        "severities": severities,
        "penalties": parts,
        "fingerprintKey": survey.key,
        "notScannedCount": survey.unscanned,
        "leftOutCount": survey.left_out,
        "notScanned": remarks(&survey.problems),
        "leftOut": remarks(&survey.skipped),
    })
}

fn object(survey: &Survey<'_>, file: &str, finding: &Finding) -> Value {
    let rule = survey.rule(finding);
    let place = &finding.place;
    json!({
        "rule": rule.id,
        "title": rule.title,
        "severity": rule.severity.word(),
        "confidence": finding.confidence.word(),
        "cwe": weaknesses(rule, finding.situation),
        "file": file,
        "line": place.line,
        "column": place.column,
        "byteOffset": place.offset,
        "byteLength": place.len,
        "count": finding.count,
        "first": finding.logged.map(|(first, _)| rfc3339(first)),
        "last": finding.logged.map(|(_, last)| rfc3339(last)),
        "preview": finding.preview,
        "fingerprint": finding.fingerprint.to_string(),
        "remediation": remedy(rule, finding.situation),
    })
}
