//! Markdown, for a pull request's comment or a job's summary: the judgement, a table of rules, the gravest findings.

use std::io::{self, Write};

use super::{Report, cwes, grouped};
use crate::report::situation::weaknesses;

/// Findings in the table: a job's summary is limited to 1 MiB.
const MOST: usize = 200;

/// Writes the report.
pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let survey = &report.survey;
    writeln!(out, "## inkout: {} of 100, grade {}\n", report.score.value, report.score.grade())?;
    writeln!(
        out,
        "{}. Exposure density: {:.0} values in a million lines.\n",
        cell(&report.headline()),
        survey.density()
    )?;
    for verdict in &report.verdicts {
        writeln!(out, "- {} `{}`: {}", if verdict.pass { "✅" } else { "❌" }, verdict.gate, cell(&verdict.why))?;
    }
    for problem in &survey.problems {
        writeln!(out, "- ❌ not scanned: {}: {}", code(&problem.file), cell(&problem.why))?;
    }
    if !(report.verdicts.is_empty() && survey.problems.is_empty()) {
        writeln!(out)?;
    }
    if survey.listed() == 0 {
        return writeln!(out, "Nothing was found.");
    }
    writeln!(out, "| Rule | Severity | Different | In all | Penalty |\n|---|---|--:|--:|--:|")?;
    for part in &report.score.parts {
        let rule = &survey.rules[part.rule.index()];
        writeln!(
            out,
            "| {} | {} | {} | {} | {:.1} |",
            cell(&rule.title),
            rule.severity,
            grouped(part.distinct),
            grouped(part.count),
            part.penalty
        )?;
    }
    writeln!(out, "\n| Severity | Place | What | Count | Weakness |\n|---|---|---|--:|---|")?;
    let all = survey.gravest();
    for (file, finding) in all.iter().take(MOST) {
        let rule = survey.rule(finding);
        writeln!(
            out,
            "| {} | {} | {} {} | {} | {} |",
            rule.severity,
            code(&format!("{file}:{}:{}", finding.place.line, finding.place.column)),
            cell(&rule.title),
            code(&finding.preview),
            grouped(finding.count),
            cwes(&weaknesses(rule, finding.situation))
        )?;
    }
    let more = all.len().saturating_sub(MOST) as u64;
    if more > 0 {
        writeln!(out, "\n{} more are in the other forms of this report.", grouped(more))?;
    }
    report.unlisted().map_or(Ok(()), |line| writeln!(out, "\n{line}."))
}

/// Text in a table that is text and nothing else.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '~' | '#' | '&') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The same as code. A name with a backtick goes as text.
fn code(text: &str) -> String {
    if text.contains(['`', '|']) { cell(text) } else { format!("`{text}`") }
}
