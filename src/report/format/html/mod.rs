//! One self-contained page: judgement, charts, a table of all findings. It loads nothing, is readable without scripts
//! and in dark and light; the script only filters and sorts the table that is there.

mod charts;

use std::io::{self, Write};

use super::{Report, count, escaped, grouped};
use crate::catalogue::Severity;
use crate::report::finding::{Finding, Survey};
use crate::report::score::{self, Part};
use crate::report::situation::{remedy, weakness_name, weaknesses};
use crate::report::time::rfc3339;
use crate::report::timeline::Columns;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Rows of the table: a browser stays quick with so many.
const MOST: usize = 5_000;
/// Names in a list of files.
const MOST_NAMES: usize = 200;

/// Writes the page.
pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n\
         <title>inkout scan: {} of 100, grade {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n",
        report.score.value,
        report.score.grade(),
    )?;
    judgement(report, out)?;
    if report.survey.listed() > 0 {
        charts(report, out)?;
        penalties(report, out)?;
        table(report, out)?;
    }
    remarks(report, out)?;
    write!(
        out,
        "<footer>inkout {} · score version {} · values are never part of a report</footer>\n</main>\n\
         <script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION"),
        score::VERSION
    )
}

fn judgement(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let survey = &report.survey;
    let state = if report.passes() { "" } else { " <span class=\"badge fails\">gate failed</span>" };
    writeln!(out, "<header>\n<h1>Secrets and personal data in logs{state}</h1>\n</header>")?;
    writeln!(out, "<section class=\"top\">\n{}", charts::gauge(report.score.value, report.score.grade()))?;
    let tiles = [
        (grouped(survey.listed()), "different findings"),
        (grouped(survey.occurrences()), "occurrences"),
        (grouped(survey.looked), "files looked at"),
        (grouped(survey.lines), "lines"),
        (bytes(survey.bytes), "of text"),
        (grouped(survey.density().round() as u64), "values in a million lines"),
    ];
    writeln!(out, "<dl class=\"tiles\">")?;
    for (number, what) in tiles {
        writeln!(out, "<div><dt>{what}</dt><dd>{number}</dd></div>")?;
    }
    writeln!(out, "</dl>\n</section>")?;
    if report.verdicts.is_empty() {
        return Ok(());
    }
    writeln!(out, "<ul class=\"gates\">")?;
    for verdict in &report.verdicts {
        let (class, word) = if verdict.pass { ("holds", "holds") } else { ("fails", "fails") };
        let (gate, why) = (verdict.gate, escaped(&verdict.why));
        writeln!(out, "<li><span class=\"badge {class}\">{word}</span> <code>{gate}</code> {why}</li>")?;
    }
    writeln!(out, "</ul>")
}

fn charts(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let survey = &report.survey;
    writeln!(out, "<section class=\"charts\">")?;
    let of = |severity: &Severity| survey.findings().filter(|(_, f)| survey.rule(f).severity == *severity).count();
    let bars: Vec<charts::Bar> = Severity::ALL
        .iter()
        .rev()
        .map(|severity| charts::Bar { label: severity.to_string(), count: of(severity) as u64, severity: *severity })
        .collect();
    card(out, "By severity", "different findings", &charts::bars(&bars))?;
    let mut parts: Vec<&Part> = report.score.parts.iter().collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.count));
    let bar = |part: &&Part| {
        let rule = &survey.rules[part.rule.index()];
        charts::Bar { label: rule.title.to_string(), count: part.count, severity: rule.severity }
    };
    card(
        out,
        "By rule",
        &top(parts.len(), "occurrences"),
        &charts::bars(&parts.iter().take(10).map(bar).collect::<Vec<_>>()),
    )?;
    let mut files: Vec<charts::Bar> = survey
        .files
        .iter()
        .map(|file| charts::Bar {
            label: file.name.clone(),
            count: file.findings.iter().map(|finding| finding.count).sum(),
            severity: file.findings.iter().map(|f| survey.rule(f).severity).max().unwrap_or(Severity::Low),
        })
        .collect();
    files.sort_by_key(|bar| std::cmp::Reverse(bar.count));
    let words = top(files.len(), "occurrences, in the colour of the gravest");
    files.truncate(10);
    card(out, "By file", &words, &charts::bars(&files))?;
    let Columns { width, columns, outside } = survey.timeline.columns(72);
    if columns.len() > 1 {
        let more = if outside > 0 { format!("; {} lie far outside", grouped(outside)) } else { String::new() };
        let words = format!("occurrences by the lines' own time, UTC; one column is {}{more}", span(width));
        writeln!(out, "<figure class=\"card wide\"><figcaption><h2>Over time</h2><p>{words}</p></figcaption>")?;
        writeln!(out, "{}</figure>", charts::columns(&columns, width))?;
    }
    writeln!(out, "</section>")
}

fn card(out: &mut dyn Write, title: &str, words: &str, chart: &str) -> io::Result<()> {
    writeln!(out, "<figure class=\"card\"><figcaption><h2>{title}</h2><p>{words}</p></figcaption>\n{chart}</figure>")
}

fn top(all: usize, words: &str) -> String {
    if all > 10 { format!("{words}; the first 10 of {all}") } else { words.to_owned() }
}

fn penalties(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<details class=\"card\"><summary>How the score came about</summary>\n\
         <p>100 less, for each rule, weight × confidence × (1 + log<sub>2</sub> different values), at most twice the \
         weight: critical 40, high 15, medium 5, low 1. One critical finding keeps it at 49 or below, one high at 79.</p>\n\
         <div class=\"scroll\"><table><thead><tr><th>Rule</th><th>Severity</th><th class=\"n\">Different</th>\
         <th class=\"n\">In all</th><th class=\"n\">Taken away</th></tr></thead><tbody>"
    )?;
    for part in &report.score.parts {
        let rule = &report.survey.rules[part.rule.index()];
        writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{:.1}</td></tr>",
            escaped(&rule.title),
            badge(rule.severity),
            grouped(part.distinct),
            grouped(part.count),
            part.penalty
        )?;
    }
    writeln!(out, "</tbody></table></div></details>")
}

fn table(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let survey = &report.survey;
    let all = survey.gravest();
    writeln!(
        out,
        "<section class=\"card findings\">\n<h2>Findings</h2>\n<form id=\"filter\" hidden>\
         <input type=\"search\" id=\"words\" placeholder=\"Filter by rule, file, weakness …\" aria-label=\"Filter\">"
    )?;
    for severity in Severity::ALL.iter().rev() {
        writeln!(out, "<label><input type=\"checkbox\" value=\"{severity}\" checked> {}</label>", badge(*severity))?;
    }
    writeln!(
        out,
        "<output id=\"shown\"></output></form>\n<div class=\"scroll\"><table id=\"table\">\n<thead><tr><th>Severity</th><th>What</th>\
         <th>Where</th><th class=\"n\">Count</th><th>Logged</th><th>Weakness (CWE)</th></tr></thead>\n<tbody>"
    )?;
    for (file, finding) in all.iter().take(MOST) {
        row(survey, file, finding, out)?;
    }
    writeln!(out, "</tbody></table></div>")?;
    if all.len() > MOST {
        let more = count((all.len() - MOST) as u64, "finding");
        writeln!(
            out,
            "<p>{more} of the lowest severity are not in this table; the JSON form of the report has them.</p>"
        )?;
    }
    writeln!(out, "</section>")
}

fn row(survey: &Survey<'_>, file: &str, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let (rule, place) = (survey.rule(finding), &finding.place);
    let times = match finding.logged {
        None => "<span class=\"faint\">no time</span>".to_owned(),
        Some((first, last)) if first == last => time(first),
        Some((first, last)) => format!("{}<br>to {}", time(first), time(last)),
    };
    let weaknesses: Vec<String> = weaknesses(rule, finding.situation)
        .into_iter()
        .map(|cwe| format!("<abbr title=\"{}\">{cwe}</abbr>", escaped(weakness_name(cwe))))
        .collect();
    writeln!(
        out,
        "<tr data-s=\"{severity}\"><td data-v=\"{rank}\">{badge}</td>\
         <td><details><summary>{title} <code>{preview}</code></summary><p>{remedy}</p>\
         <p class=\"faint\">rule {id} · bytes {from} to {to} · fingerprint {print}{note}</p></details></td>\
         <td class=\"where\">{file}<span class=\"at\">:{line}:{column}</span></td><td class=\"n\" data-v=\"{n}\">{count}</td>\
         <td class=\"time\" data-v=\"{moment}\">{times}</td><td class=\"cwe\">{weaknesses}</td></tr>",
        severity = rule.severity,
        rank = Severity::Critical as u8 - rule.severity as u8,
        badge = badge(rule.severity),
        title = escaped(&rule.title),
        preview = escaped(&finding.preview),
        remedy = escaped(&remedy(rule, finding.situation)),
        id = escaped(&rule.id),
        from = place.offset,
        to = place.offset + place.len,
        print = finding.fingerprint,
        note = if survey.key.is_some() { "" } else { " (of this report alone)" },
        file = escaped(file),
        line = place.line,
        column = place.column,
        n = finding.count,
        count = grouped(finding.count),
        moment = finding.logged.map_or(0, |(first, _)| first),
        weaknesses = weaknesses.join(" "),
    )
}

fn remarks(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    if let Some(line) = report.unlisted() {
        writeln!(out, "<p class=\"card\">{}.</p>", escaped(&line))?;
    }
    let lists = [
        ("Not scanned", &report.survey.problems, report.survey.unscanned),
        ("Left out", &report.survey.skipped, report.survey.left_out),
    ];
    for (title, all, total) in lists.into_iter().filter(|(_, all, _)| !all.is_empty()) {
        let (state, n) = (if title == "Left out" { "" } else { " open" }, grouped(total));
        writeln!(out, "<details class=\"card\"{state}><summary>{title} ({n})</summary><ul class=\"names\">")?;
        for remark in all.iter().take(MOST_NAMES) {
            writeln!(out, "<li><code>{}</code> {}</li>", escaped(&remark.file), escaped(&remark.why))?;
        }
        if total > MOST_NAMES as u64 {
            writeln!(out, "<li>and {} more</li>", grouped(total - MOST_NAMES as u64))?;
        }
        writeln!(out, "</ul></details>")?;
    }
    if report.survey.listed() == 0 && report.survey.problems.is_empty() {
        writeln!(out, "<p class=\"card\">Nothing was found.</p>")?;
    }
    Ok(())
}

fn badge(severity: Severity) -> String {
    format!("<span class=\"badge {severity}\">{severity}</span>")
}

/// A moment as people read it.
fn time(moment: i64) -> String {
    rfc3339(moment).replace('T', " ").replace('Z', "")
}

/// A length of time in its largest whole unit.
fn span(seconds: i64) -> String {
    let (n, unit) = match seconds {
        s if s >= 2 * 86_400 => (s as f64 / 86_400.0, "day"),
        s if s >= 2 * 3_600 => (s as f64 / 3_600.0, "hour"),
        s => (s as f64 / 60.0, "minute"),
    };
    let n = (n * 10.0).round() / 10.0;
    format!("{n} {unit}{}", if n == 1.0 { "" } else { "s" })
}

fn bytes(n: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let unit = units.iter().find(|(shift, _)| n >> shift > 0);
    unit.map_or_else(|| format!("{n} B"), |(shift, unit)| format!("{:.1} {unit}", n as f64 / (1_u64 << shift) as f64))
}
