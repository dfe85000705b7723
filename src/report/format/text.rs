//! For people at a terminal: two lines a finding, the gravest first; what to do, by rule; the judgement.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{Report, cwes, grouped};
use crate::RuleId;
use crate::report::situation::{Situation, remedy, weaknesses};
use crate::report::time::rfc3339;

/// Writes the report.
pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let survey = &report.survey;
    let mut situations: BTreeMap<RuleId, Situation> = BTreeMap::new();
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
        let times = match finding.logged {
            None => String::new(),
            Some((first, last)) if first == last => format!("; logged {}", rfc3339(first)),
            Some((first, last)) => format!("; logged {} to {}", rfc3339(first), rfc3339(last)),
        };
        writeln!(out, "         {}{times}", cwes(&weaknesses(rule, finding.situation)))?;
        let all = situations.entry(finding.rule).or_default();
        *all = all.and(finding.situation);
    }
    for part in &report.score.parts {
        let rule = &survey.rules[part.rule.index()];
        let (distinct, count) = (grouped(part.distinct), grouped(part.count));
        writeln!(
            out,
            "\n{} ({}): {distinct} different, {count} in all, {:.1} off the score",
            rule.id, rule.severity, part.penalty
        )?;
        writeln!(out, "         {}", remedy(rule, situations.get(&part.rule).copied().unwrap_or_default()))?;
    }
    if survey.listed() > 0 {
        writeln!(out)?;
    }
    for remark in &survey.problems {
        writeln!(out, "not scanned: {}: {}", remark.file, remark.why)?;
    }
    if survey.left_out > 0 {
        writeln!(out, "left out: {} that hold no text or are links", super::count(survey.left_out, "file"))?;
    }
    if let Some(line) = report.unlisted() {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "exposure density: {} values in a million lines", grouped(survey.density().round() as u64))?;
    for verdict in &report.verdicts {
        writeln!(out, "gate {}: {}: {}", verdict.gate, if verdict.pass { "holds" } else { "FAILS" }, verdict.why)?;
    }
    writeln!(out, "{}", report.headline())
}
