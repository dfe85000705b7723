//! What the forms of a report say, each read by its own reader, and that none has the value.

use super::*;
use crate::Confidence;
use crate::catalogue::Severity;
use crate::report::sample;

/// A report with a bit of everything, and names that every form has to escape.
fn written(form: Format, key: bool) -> String {
    let rules = [sample::rule("aws-key", Severity::Critical), sample::rule("mail", Severity::Medium)];
    let mut survey = Survey::new(&rules, key.then(|| "0011aabb".to_owned()));
    survey.add("logs/a, \"<b>\" & %|`c`.log", sample::scanned(0, Confidence::High, 1));
    survey.add("logs/b.log", sample::scanned(1, Confidence::Medium, 2));
    survey.timeline.add(1_795_598_043, Severity::Critical);
    survey.timeline.add(1_795_598_943, Severity::Medium);
    survey.unscanned("logs/x.gz", "is <torn>");
    survey.left_out("logs/y", "is a program");
    let score = Score::of(&survey);
    let verdicts = crate::report::Gates { fail_under: Some(75), ..Default::default() }.judge(&survey, &score);
    let mut out = Vec::new();
    form.write(&Report { survey, score, verdicts }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn json_is_json() {
    let report: serde_json::Value = serde_json::from_str(&written(Format::Json, true)).unwrap();
    assert_eq!((&report["score"], &report["grade"], &report["scoreVersion"]), (&49.into(), &"F".into(), &1.into()));
    assert_eq!(report["pass"], false);
    let first = &report["findings"][0];
    assert_eq!(
        (&first["rule"], &first["severity"], &first["count"]),
        (&"aws-key".into(), &"critical".into(), &2.into())
    );
    assert_eq!((&first["first"], &first["line"]), (&"2026-11-25T09:14:03Z".into(), &4.into()));
    assert_eq!(report["notScanned"][0]["file"], "logs/x.gz");
    let lines = written(Format::Ndjson, true);
    let all: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(all.iter().map(|v| v["type"].as_str().unwrap()).collect::<Vec<_>>(), ["finding", "finding", "summary"]);
}

#[test]
fn sarif_has_what_code_scanning_reads() {
    let log: serde_json::Value = serde_json::from_str(&written(Format::Sarif, true)).unwrap();
    let run = &log["runs"][0];
    let result = &run["results"][0];
    assert_eq!(
        (&log["version"], &result["level"], &result["ruleIndex"]),
        (&"2.1.0".into(), &"error".into(), &0.into())
    );
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "logs/a,%20%22%3Cb%3E%22%20%26%20%25%7C%60c%60.log");
    assert_eq!(place["region"]["endColumn"], 27);
    assert!(result["partialFingerprints"]["inkoutValue/v1"].is_string());
    assert_eq!(run["tool"]["driver"]["rules"][0]["properties"]["security-severity"], "9.5");
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    // A key of the run alone would make every alert a new one.
    assert!(!written(Format::Sarif, false).contains("partialFingerprints"));
}

#[test]
fn commands_and_tables_stay_in_one_piece() {
    let github = written(Format::Github, true);
    assert!(github.contains("::error file=logs/a%2C \"<b>\" & %25|`c`.log,line=4,col=7,title="), "{github}");
    assert!(github.lines().all(|line| line.starts_with("::")));
    let markdown = written(Format::Markdown, true);
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    let rows = markdown.lines().filter(|line| line.starts_with("| critical") || line.starts_with("| medium"));
    assert_eq!(rows.map(cells).collect::<Vec<_>>(), [6, 6]);
}

/// No tag is open where it may not be, and no name is markup.
#[test]
fn markup_is_well_formed() {
    for form in [Format::Junit, Format::Html] {
        let text = written(form, true);
        assert!(!text.contains("<b>") && !text.contains("<title> &") && !text.contains("<torn>"), "{form:?}");
    }
    let xml = written(Format::Junit, true);
    assert_eq!(xml.matches("<testcase").count(), 5);
    assert!(xml.contains("tests=\"5\" failures=\"3\" errors=\"1\""), "{xml}");
}

#[test]
fn text_says_everything() {
    let text = written(Format::Text, true);
    for part in [
        "critical logs/a",
        ":4:7: ",
        "(aws-key) x2  gh_[...]",
        "CWE-532, CWE-522, CWE-312",
        "logged 2026-11-25T09:14:03Z to",
        "not scanned: logs/x.gz: is <torn>",
        "--fail-under: FAILS",
        "grade F",
    ] {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
}

#[test]
fn forms_are_known_by_word_and_ending() {
    for (form, word, ending) in Format::ALL {
        assert_eq!(Format::from_str(word), Ok(form));
        assert_eq!(Format::of(Path::new(&format!("a/report.{ending}"))), Some(form));
    }
    assert!(Format::from_str("pdf").unwrap_err().contains("none of text, json"));
}

#[test]
fn numbers_are_grouped() {
    assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    assert_eq!((count(1, "file"), count(2, "file")), ("1 file".to_owned(), "2 files".to_owned()));
}
