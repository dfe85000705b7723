//! Workflow commands of GitHub Actions: annotations at the findings.
//!
//! GitHub shows ten of a kind for each step, so the gravest come first; what is more is said, not annotated.
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use std::io::{self, Write};

use super::{Report, cwes};
use crate::catalogue::Severity;
use crate::report::situation::{remedy, weaknesses};

/// Annotations of a kind.
const MOST: usize = 10;

/// Writes the report.
pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let survey = &report.survey;
    let mut left = [MOST, MOST, MOST];
    let mut silent = 0;
    for problem in &survey.problems {
        command(out, "error", &[("file", &problem.file), ("title", "not scanned")], &problem.why)?;
    }
    for (file, finding) in survey.gravest() {
        let (rule, place) = (survey.rule(finding), &finding.place);
        let (kind, slot) = match rule.severity {
            Severity::Critical | Severity::High => ("error", 0),
            Severity::Medium => ("warning", 1),
            Severity::Low => ("notice", 2),
        };
        if left[slot] == 0 {
            silent += 1;
            continue;
        }
        left[slot] -= 1;
        let (line, column) = (place.line.to_string(), place.utf16.map_or(1, |(from, _)| from).to_string());
        let message = format!(
            "{} ({}), {} times. {}. {}",
            rule.id,
            finding.preview,
            finding.count,
            cwes(&weaknesses(rule, finding.situation)),
            remedy(rule, finding.situation)
        );
        command(out, kind, &[("file", file), ("line", &line), ("col", &column), ("title", &rule.title)], &message)?;
    }
    for verdict in report.verdicts.iter().filter(|verdict| !verdict.pass) {
        command(out, "error", &[("title", verdict.gate)], &verdict.why)?;
    }
    let more = if silent > 0 { format!("; {silent} of them are not annotated") } else { String::new() };
    command(out, "notice", &[("title", "inkout")], &format!("{}{more}", report.headline()))
}

fn command(out: &mut dyn Write, kind: &str, properties: &[(&str, &str)], message: &str) -> io::Result<()> {
    let words: Vec<String> = properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
    writeln!(out, "::{kind} {}::{}", words.join(","), data(message))
}

/// `actions/toolkit`, packages/core/src/command.ts: what a message has to escape.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The same for a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
