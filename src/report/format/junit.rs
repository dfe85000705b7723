//! JUnit XML: each file with findings is a suite, each finding a failed case. A scan without any is one case that holds.

use std::io::{self, Write};

use super::{Report, count, cwes, escaped};
use crate::report::situation::{remedy, weaknesses};

/// Writes the report.
pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let survey = &report.survey;
    let gates = report.verdicts.iter().filter(|verdict| !verdict.pass).count();
    let tests = survey.listed() as usize + survey.problems.len() + report.verdicts.len() + 1;
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"inkout\" tests=\"{tests}\" failures=\"{}\" errors=\"{}\">",
        survey.listed() as usize + gates,
        survey.problems.len()
    )?;
    for file in &survey.files {
        let (name, n) = (escaped(&file.name), file.findings.len());
        writeln!(out, "  <testsuite name=\"{name}\" tests=\"{n}\" failures=\"{n}\" errors=\"0\">")?;
        for finding in &file.findings {
            let (rule, place) = (survey.rule(finding), &finding.place);
            let weaknesses = cwes(&weaknesses(rule, finding.situation));
            writeln!(
                out,
                "    <testcase classname=\"{name}\" name=\"{} {}:{}\">\n      <failure type=\"{}\" message=\"{}\">{}:{}:{}: {} ({}), {} times. {}. {}</failure>\n    </testcase>",
                escaped(&rule.id),
                place.line,
                place.column,
                rule.severity,
                escaped(&rule.title),
                name,
                place.line,
                place.column,
                escaped(&rule.title),
                escaped(&finding.preview),
                finding.count,
                weaknesses,
                escaped(&remedy(rule, finding.situation)),
            )?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    let (rest, errors) = (survey.problems.len() + report.verdicts.len() + 1, survey.problems.len());
    writeln!(out, "  <testsuite name=\"inkout scan\" tests=\"{rest}\" failures=\"{gates}\" errors=\"{errors}\">")?;
    writeln!(out, "    <testcase classname=\"inkout\" name=\"{}\"/>", escaped(&report.headline()))?;
    for verdict in &report.verdicts {
        let (gate, why) = (verdict.gate, escaped(&verdict.why));
        let failure = if verdict.pass { String::new() } else { format!("<failure type=\"gate\" message=\"{why}\"/>") };
        writeln!(out, "    <testcase classname=\"gate\" name=\"{gate}\">{failure}</testcase>")?;
    }
    for problem in &survey.problems {
        let (file, why) = (escaped(&problem.file), escaped(&problem.why));
        writeln!(
            out,
            "    <testcase classname=\"not scanned\" name=\"{file}\"><error type=\"not scanned\" message=\"{why}\"/></testcase>"
        )?;
    }
    if let Some(line) = report.unlisted() {
        writeln!(out, "    <system-out>{}: {}</system-out>", count(survey.unlisted(), "occurrence"), escaped(&line))?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}
