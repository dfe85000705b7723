//! Gates: what a scan has to hold for the build to go on.

use std::collections::HashSet;

use serde::Deserialize;

use super::finding::Survey;
use super::fingerprint::Fingerprint;
use super::score::Score;
use crate::catalogue::Severity;

/// What is asked of a scan; nothing by default.
#[derive(Debug, Default)]
pub(crate) struct Gates {
    /// The score is at least this.
    pub(crate) fail_under: Option<u8>,
    /// No finding is of this severity or above.
    pub(crate) fail_on: Option<Severity>,
    /// At most so many values are not in the baseline.
    pub(crate) max_new: Option<(Baseline, u64)>,
}

/// Whether a gate holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The option that asked for it.
    pub(crate) gate: &'static str,
    pub(crate) pass: bool,
    /// In words.
    pub(crate) why: String,
}

impl Gates {
    /// What becomes of each gate that is asked for.
    pub(crate) fn judge(&self, survey: &Survey<'_>, score: &Score) -> Vec<Verdict> {
        let mut all = Vec::new();
        if let Some(least) = self.fail_under {
            let pass = score.value >= least;
            let why = format!("the score is {}, {} is asked for", score.value, least);
            all.push(Verdict { gate: "--fail-under", pass, why });
        }
        if let Some(severity) = self.fail_on {
            let grave = survey.findings().filter(|(_, finding)| survey.rule(finding).severity >= severity).count();
            let why = format!("{grave} findings are of severity {severity} or above");
            all.push(Verdict { gate: "--fail-on", pass: grave == 0, why });
        }
        if let Some((baseline, most)) = &self.max_new {
            let new = baseline.unknown(survey);
            let why = format!("{new} values are not in the baseline, at most {most} may be");
            all.push(Verdict { gate: "--max-new", pass: new <= *most, why });
        }
        all
    }
}

/// The values that are known already: an earlier report, by fingerprints. Files do not matter, as logs move on.
#[derive(Debug)]
pub(crate) struct Baseline(HashSet<Fingerprint>);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Earlier {
    fingerprint_key: Option<String>,
    findings: Vec<Known>,
}

#[derive(Deserialize)]
struct Known {
    fingerprint: String,
}

impl Baseline {
    /// Reads a report in JSON, made with the key that `key` names.
    ///
    /// # Errors
    /// That it is none, or of another key.
    pub(crate) fn read(report: &[u8], key: Option<&str>) -> Result<Self, String> {
        let wrong = |error: serde_json::Error| {
            format!("is no report of `inkout scan --format json` (line {}, column {})", error.line(), error.column())
        };
        let earlier: Earlier = serde_json::from_slice(report).map_err(wrong)?;
        if earlier.fingerprint_key.is_none() {
            return Err("was made without a key, so its fingerprints say nothing; make it with --key-file".to_owned());
        }
        if earlier.fingerprint_key.as_deref() != key {
            return Err("was made with another key".to_owned());
        }
        let known = earlier.findings.iter().map(|known| parse(&known.fingerprint));
        known.collect::<Option<_>>().map(Self).ok_or_else(|| "has a fingerprint that is none".to_owned())
    }

    /// How many values are new. Those that are not listed cannot be known and count as new.
    fn unknown(&self, survey: &Survey<'_>) -> u64 {
        let values: HashSet<Fingerprint> = survey.findings().map(|(_, finding)| finding.fingerprint).collect();
        values.difference(&self.0).count() as u64 + survey.unlisted()
    }
}

fn parse(hex: &str) -> Option<Fingerprint> {
    let mut bytes = [0; 16];
    let all = hex.is_ascii() && hex.len() == 32;
    for (byte, digits) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)).take_while(|_| all) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    all.then_some(Fingerprint(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Confidence;
    use crate::report::sample;

    #[test]
    fn gates_hold_or_not() {
        let rules = [sample::rule("it", Severity::High)];
        let mut survey = Survey::new(&rules, Some("k".to_owned()));
        (0..3).for_each(|n| survey.add("f", sample::scanned(0, Confidence::High, n)));
        let score = Score::of(&survey);
        let known = |n: &[u64]| {
            let prints: Vec<_> =
                n.iter().map(|n| serde_json::json!({"fingerprint": format!("{n:016x}{}", "0".repeat(16))})).collect();
            let report = serde_json::json!({"fingerprintKey": "k", "findings": prints}).to_string();
            Baseline::read(report.as_bytes(), Some("k")).unwrap()
        };
        let cases = [
            (Gates { fail_under: Some(score.value), ..Gates::default() }, true),
            (Gates { fail_under: Some(score.value + 1), ..Gates::default() }, false),
            (Gates { fail_on: Some(Severity::Critical), ..Gates::default() }, true),
            (Gates { fail_on: Some(Severity::Medium), ..Gates::default() }, false),
            (Gates { max_new: Some((known(&[0, 1, 2, 3]), 0)), ..Gates::default() }, true),
            (Gates { max_new: Some((known(&[0, 1]), 0)), ..Gates::default() }, false),
            (Gates { max_new: Some((known(&[0, 1]), 1)), ..Gates::default() }, true),
        ];
        for (gates, pass) in cases {
            let verdicts = gates.judge(&survey, &score);
            assert_eq!(verdicts.iter().map(|v| v.pass).collect::<Vec<_>>(), [pass], "{verdicts:?}");
        }
        assert!(Gates::default().judge(&survey, &score).is_empty());
    }

    #[test]
    fn a_baseline_needs_the_key() {
        let cases = [
            ("{}", "is no report"),
            (r#"{"fingerprintKey":null,"findings":[]}"#, "without a key"),
            (r#"{"fingerprintKey":"x","findings":[]}"#, "another key"),
            (r#"{"fingerprintKey":"k","findings":[{"fingerprint":"zz"}]}"#, "is none"),
        ];
        for (report, want) in cases {
            let why = Baseline::read(report.as_bytes(), Some("k")).unwrap_err();
            assert!(why.contains(want), "{report}: {why}");
        }
    }
}
