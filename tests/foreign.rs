//! Rules of other programs against a slow reading of the same rules: each pattern by itself over each line, leftmost
//! match first, in the words of the `regex` crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

use std::collections::BTreeMap;
use std::path::Path;

use inkout::Redactor;
use inkout::catalogue::foreign::gitleaks::{File, load};
use inkout::catalogue::foreign::{Foreign, Let, Target};
use inkout::catalogue::{Kind, Profile};
use regex::bytes::{Captures, Regex, RegexBuilder};

/// What a rule finds, the slow way.
struct Slow {
    id: String,
    regex: Regex,
    foreign: Foreign,
    lets: BTreeMap<String, Regex>,
}

fn compiled(pattern: &str, unicode: bool) -> Regex {
    RegexBuilder::new(pattern).unicode(unicode).size_limit(1 << 26).build().unwrap()
}

impl Slow {
    fn spans(&self, line: &[u8]) -> Vec<(usize, usize)> {
        let lower = line.to_ascii_lowercase();
        let stands = |word: &String| lower.windows(word.len()).any(|w| w == word.as_bytes());
        if !self.foreign.keywords.is_empty() && !self.foreign.keywords.iter().any(stands) {
            return Vec::new();
        }
        self.regex.captures_iter(line).filter_map(|caps| self.secret(&caps, line)).collect()
    }

    fn secret(&self, caps: &Captures<'_>, line: &[u8]) -> Option<(usize, usize)> {
        let first = (1..caps.len()).filter_map(|i| caps.get(i)).find(|m| !m.is_empty()).or(caps.get(0));
        let secret = self.foreign.secret.map_or(first, |n| caps.get(n as usize))?;
        let text = |of: Target| match of {
            Target::Secret => secret.as_bytes(),
            Target::Match => caps.get(0).unwrap().as_bytes(),
            Target::Line => line,
        };
        let pass = secret.is_empty() || self.foreign.lets.iter().any(|one| self.holds(one, &text));
        (!pass).then(|| (secret.start(), secret.end()))
    }

    fn holds<'t>(&self, one: &Let, text: &impl Fn(Target) -> &'t [u8]) -> bool {
        match one {
            Let::Entropy { of, bits, equal } => {
                let found = entropy(text(*of));
                found < *bits || (*equal && found <= *bits)
            }
            Let::Matches { of, patterns } => patterns.iter().any(|(p, _)| self.lets[p].is_match(text(*of))),
            Let::Holds { of, words } => {
                let lower = text(*of).to_ascii_lowercase();
                words.iter().any(|word| lower.windows(word.len().max(1)).any(|w| w == word.as_bytes()))
            }
            Let::Not(inner) => !self.holds(inner, text),
            Let::All(parts) => parts.iter().all(|part| self.holds(part, text)),
            Let::Any(parts) => parts.iter().any(|part| self.holds(part, text)),
        }
    }
}

fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0.0f64; 256];
    text.iter().for_each(|b| counts[usize::from(*b)] += 1.0);
    let n = text.len() as f64;
    -counts.iter().filter(|c| **c > 0.0).map(|c| c / n * (c / n).log2()).sum::<f64>()
}

fn patterns(one: &Let, into: &mut BTreeMap<String, Regex>) {
    match one {
        Let::Matches { patterns, .. } => {
            into.extend(patterns.iter().map(|(pattern, unicode)| (pattern.clone(), compiled(pattern, *unicode))));
        }
        Let::Not(inner) => patterns(inner, into),
        Let::All(parts) | Let::Any(parts) => parts.iter().for_each(|part| patterns(part, into)),
        Let::Entropy { .. } | Let::Holds { .. } => {}
    }
}

fn slow(file: &File) -> Vec<Slow> {
    let loaded = load(std::slice::from_ref(file)).unwrap();
    let one = |rule: inkout::catalogue::Rule| {
        let Kind::Foreign(foreign) = &rule.kind else { panic!() };
        let mut lets = BTreeMap::new();
        foreign.lets.iter().for_each(|one| patterns(one, &mut lets));
        let regex = compiled(&foreign.pattern, foreign.unicode);
        Slow { id: rule.id.to_string(), regex, foreign: Foreign::clone(foreign), lets }
    };
    loaded.rules.into_iter().filter(|rule| rule.profile != Profile::Off).map(one).collect()
}

/// Overlapping spans as one.
fn merged(mut spans: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    spans.sort_unstable();
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (start, end) in spans {
        match out.last_mut() {
            Some(last) if start < last.1 => last.1 = last.1.max(end),
            _ => out.push((start, end)),
        }
    }
    out
}

/// How many spans there were, and every line where the two differ, by number, with what each found.
fn compare<'l>(file: &File, lines: impl Iterator<Item = &'l [u8]>) -> (usize, Vec<String>) {
    let slow = slow(file);
    let fast = Redactor::builder().builtin(false).gitleaks(vec![file.clone()]).build().unwrap();
    let (mut count, mut differ) = (0, Vec::new());
    for (number, line) in lines.enumerate() {
        let all: Vec<_> = slow.iter().map(|one| (&one.id, one.spans(line))).filter(|(_, s)| !s.is_empty()).collect();
        let want = merged(all.iter().flat_map(|(_, spans)| spans.clone()).collect());
        let got: Vec<_> = fast.find(line).iter().map(|hit| (hit.span.start, hit.span.end)).collect();
        count += want.len();
        if want != got {
            differ.push(format!("line {number}: wanted {want:?} by {all:?}, found {got:?}"));
        }
    }
    (count, differ)
}

const RULES: &str = r#"
title = "made for this test"
[allowlist]
regexes = ['^none$', '''^\${[A-Z]+}$''']
stopwords = ["dummy"]
[[rules]]
id = "prefix"
regex = '''\bzq1_[a-z0-9]{12}\b'''
keywords = ["zq1_"]
[[rules]]
id = "assigned"
regex = '''(?i)[\w.-]{0,50}?(?:frob|knack)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|:)[\s'"]{0,3}([a-z0-9=_-]{8,40})(?:['"\s;]|\\[nr]|$)'''
keywords = ["frob", "knack"]
entropy = 2.5
[[rules.allowlists]]
regexTarget = "line"
regexes = ['^ok ']
[[rules]]
id = "far"
regex = '''(?:^|[^0-9a-f])([0-9a-f]{24})(?:$|[^0-9a-f])'''
keywords = ["blorb.example"]
[[rules]]
id = "second"
regex = '''(wib|wob)-([A-Z]{6})'''
secretGroup = 2
[[rules]]
id = "long"
regex = '''grow:(\S+)!'''
keywords = ["grow:"]
[[rules]]
id = "awake"
regex = '''[0-9]{3}~[0-9]{3}'''
"#;

fn file(text: &str) -> File {
    File { name: "leaks.toml".to_owned(), text: text.to_owned() }
}

#[test]
fn what_is_found_is_what_a_slow_reading_finds() {
    let pieces = [
        "zq1_",
        "abcdef012345",
        "frob",
        "knack_key",
        "=",
        ": ",
        "\"",
        "'",
        " ",
        "blorb.example",
        "0123456789abcdef01234567",
        "wib-",
        "wob-",
        "ABCDEF",
        "grow:",
        "!",
        "123~456",
        "dummy",
        "ok ",
        "-",
        ".",
        "\\n",
        "é",
        "\u{0}",
        "none",
        "x7x8y9z0w1",
        "${ABC}",
        "_",
    ];
    let mut state = 88172645463325252u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let lines: Vec<Vec<u8>> = (0..6000)
        .map(|_| (0..2 + next() % 12).map(|_| pieces[next() as usize % pieces.len()]).collect::<String>().into_bytes())
        .collect();
    let (count, differ) = compare(&file(RULES), lines.iter().map(Vec::as_slice));
    assert!(differ.is_empty(), "{:#?}", &differ[..differ.len().min(5)]);
    assert!(count > 1000, "only {count}");
}

#[test]
fn long_lines_are_searched_in_windows() {
    let redactor = Redactor::builder().builtin(false).gitleaks(vec![file(RULES)]).build().unwrap();
    let filler = "key frob nothing of it, ".repeat(4000);
    let text = format!("{filler}frob_id = a1b2c3d4e5f6 {filler}knack: q9w8e7r6t5y4\n");
    let clean = redactor.redact(text.as_bytes());
    let clean = std::str::from_utf8(&clean).unwrap();
    assert_eq!(clean.matches("[REDACTED]").count(), 2);
    // A match as long as a window is surely found, and one that is walked from its start at any length.
    for len in [6_000, 60_000] {
        let long = format!("grow:{}! rest\n", "x".repeat(len));
        assert_eq!(&redactor.redact(long.as_bytes())[..], b"grow:[REDACTED]! rest\n");
    }
}

/// `INKOUT_GITLEAKS=FILE INKOUT_ROWS=FOLDER cargo test --release --test foreign -- --ignored --nocapture`: the rules of
/// a file over the `text` of each row of a folder of JSON lines.
#[test]
#[ignore = "campaign: a rule file and rows of your own"]
fn campaign_rows() {
    let var = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let path = var("INKOUT_GITLEAKS");
    let file = File { name: path.clone(), text: std::fs::read_to_string(&path).unwrap() };
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for entry in std::fs::read_dir(Path::new(&var("INKOUT_ROWS"))).unwrap().flatten() {
        for row in std::fs::read_to_string(entry.path()).unwrap().lines() {
            let row: serde_json::Value = serde_json::from_str(row).unwrap();
            lines.extend(row["text"].as_str().unwrap().split('\n').map(|l| l.trim_end_matches('\r').into()));
        }
    }
    let (count, differ) = compare(&file, lines.iter().map(Vec::as_slice));
    println!("{} lines, {count} spans, {} lines differ", lines.len(), differ.len());
    differ.iter().for_each(|line| println!("{line}"));
    assert!(differ.is_empty());
}
