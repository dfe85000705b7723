//! A scan's report in each of its forms, one a file. None of them has a value to show.

mod github;
mod html;
mod json;
mod junit;
mod markdown;
mod sarif;
mod text;

use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;

use super::finding::Survey;
use super::gate::Verdict;
use super::score::Score;

/// A scan and what was made of it.
pub(crate) struct Report<'r> {
    pub(crate) survey: Survey<'r>,
    pub(crate) score: Score,
    /// What became of each gate that was asked for.
    pub(crate) verdicts: Vec<Verdict>,
}

/// The forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
    Ndjson,
    Sarif,
    Junit,
    Github,
    Markdown,
    Html,
}

impl Format {
    /// Every form, its word, and the ending of its files.
    const ALL: [(Self, &'static str, &'static str); 8] = [
        (Self::Text, "text", "txt"),
        (Self::Json, "json", "json"),
        (Self::Ndjson, "ndjson", "ndjson"),
        (Self::Sarif, "sarif", "sarif"),
        (Self::Junit, "junit", "xml"),
        (Self::Github, "github", "github"),
        (Self::Markdown, "markdown", "md"),
        (Self::Html, "html", "html"),
    ];

    /// The form that a file's ending asks for.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?;
        Self::ALL.iter().find(|(.., end)| ending.eq_ignore_ascii_case(end)).map(|(form, ..)| *form)
    }

    /// Writes a report.
    ///
    /// # Errors
    /// The writer's.
    pub(crate) fn write(self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Text => text::write(report, out),
            Self::Json => json::write(report, out),
            Self::Ndjson => json::write_lines(report, out),
            Self::Sarif => sarif::write(report, out),
            Self::Junit => junit::write(report, out),
            Self::Github => github::write(report, out),
            Self::Markdown => markdown::write(report, out),
            Self::Html => html::write(report, out),
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(_, name, _)| *name == word).map(|(form, ..)| *form);
        found.ok_or_else(|| format!("{word:?} is none of {}", Self::ALL.map(|(_, name, _)| name).join(", ")))
    }
}

impl Report<'_> {
    /// Whether every gate holds.
    pub(crate) fn passes(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.pass)
    }

    /// Everything in one line.
    pub(crate) fn headline(&self) -> String {
        let Survey { looked, lines, .. } = self.survey;
        format!(
            "score {} of 100, grade {}: {} in {}, {}",
            self.score.value,
            self.score.grade(),
            count(self.survey.listed(), "finding"),
            count(looked, "file"),
            count(lines, "line"),
        )
    }

    /// What has to be said of findings that are not listed, if there are any.
    pub(crate) fn unlisted(&self) -> Option<String> {
        let unlisted = self.survey.unlisted();
        (unlisted > 0).then(|| {
            format!(
                "{} more {} counted but not listed, as there are so many",
                grouped(unlisted),
                if unlisted == 1 { "occurrence is" } else { "occurrences are" }
            )
        })
    }
}

/// `1 file`, `12,000 files`.
pub(super) fn count(n: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(n), if n == 1 { "" } else { "s" })
}

/// A number with a comma every three digits.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `CWE-532, CWE-522`.
pub(super) fn cwes(all: &[u32]) -> String {
    all.iter().map(|n| format!("CWE-{n}")).collect::<Vec<_>>().join(", ")
}

/// Text for XML and HTML, in elements and attributes alike. XML has no way to write most control characters.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
