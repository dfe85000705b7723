//! For people at a terminal: one line a finding, the gravest first, then the judgement.

use std::io::{self, Write};

use super::{Report, cwes, grouped};
use crate::report::situation::{remedy, weaknesses};
use crate::report::time::rfc3339;

/// Writes the report.
pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let survey = &report.survey;
    for (file, finding) in survey.gravest() {
        let rule = survey.rule(finding);
        let place = &finding.place;
        let times = if finding.count == 1 { String::new() } else { format!(" x{}", grouped(finding.count)) };
        writeln!(
            out,
            "{:8} {file}:{}:{}: {} ({}){times}  {}",
            rule.severity.word(),
            place.line,
            place.column,
            rule.title,
            rule.id,
            finding.preview
        )?;
        writeln!(out, "         {}", cwes(&weaknesses(rule, finding.situation)))?;
        if let Some((first, last)) = finding.logged {
            let last = if first == last { String::new() } else { format!(" to {}", rfc3339(last)) };
            writeln!(out, "         logged {}{last}", rfc3339(first))?;
        }
        writeln!(out, "         {}", remedy(rule, finding.situation))?;
    }
    if survey.listed() > 0 {
        writeln!(out)?;
    }
    for part in report.score.parts.iter().take(20) {
        let rule = &survey.rules[part.rule.index()];
        writeln!(
            out,
            "{:>6.1}  {} ({}): {} different, {} in all",
            -part.penalty,
            rule.id,
            rule.severity,
            grouped(part.distinct),
            grouped(part.count)
        )?;
    }
    for remark in &survey.problems {
        writeln!(out, "not scanned: {}: {}", remark.file, remark.why)?;
    }
    if !survey.skipped.is_empty() {
        writeln!(
            out,
            "left out: {} that hold no text or are links",
            super::count(survey.skipped.len() as u64, "file")
        )?;
    }
    if let Some(line) = report.unlisted() {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "exposure density: {:.0} values in a million lines", survey.density())?;
    for verdict in &report.verdicts {
        writeln!(out, "gate {}: {}: {}", verdict.gate, if verdict.pass { "holds" } else { "FAILS" }, verdict.why)?;
    }
    writeln!(out, "{}", report.headline())
}
