//! Every rule of the catalogue against a slow oracle: the plain `regex` crate, tried at every place of every line.
//!
//! The oracle shares nothing with the product but the rule's own data: boundaries and checks are written a second
//! time here, from `patterns/README.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod common;

use std::sync::LazyLock;

use common::{Random, splice, streamed};
use inkout::catalogue::{Boundary, Check, Kind, Profile, Rule, builtin, placeholder};
use inkout::{Hit, Redactor, Span};
use regex::bytes::{Regex, RegexBuilder};

/// One pattern rule by itself.
struct Oracle {
    regex: Regex,
    boundary: Boundary,
    checks: Vec<Check>,
}

impl Oracle {
    fn new(rule: &Rule) -> Option<Self> {
        let Kind::Pattern(pattern) = &rule.kind else { return None };
        let regex = RegexBuilder::new(&format!(r"\A(?:{pattern})")).unicode(false).build().unwrap();
        Some(Self { regex, boundary: rule.boundary, checks: rule.checks.to_vec() })
    }

    /// Sorted, and merged where they overlap.
    fn spans(&self, text: &[u8]) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut base = 0;
        for line in text.split(|b| *b == b'\n') {
            let ends = line.iter().rposition(|b| *b != b'\r').map_or(0, |last| last + 1);
            let found = (0..ends).filter_map(|start| self.at(&line[..ends], start));
            spans.extend(found.map(|span| span.shifted(base)));
            base += line.len() + 1;
        }
        spans.sort();
        let mut merged: Vec<Span> = Vec::new();
        for span in spans {
            match merged.last_mut() {
                Some(last) if span.start < last.end => last.end = last.end.max(span.end),
                _ => merged.push(span),
            }
        }
        merged
    }

    fn at(&self, line: &[u8], start: usize) -> Option<Span> {
        let found = self.regex.captures(&line[start..])?;
        let end = start + found.get(0)?.end();
        let secret = found.name("secret").or(found.get(0))?;
        let span = Span::new(start + secret.start(), start + secret.end());
        let word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
        let before = self.boundary == Boundary::None
            || !line[..start].last().is_some_and(word)
            || ESCAPE.is_match(&line[..start]);
        let behind = self.boundary != Boundary::Token || !line.get(end).is_some_and(word);
        let value = &line[span.range()];
        (before && behind && !span.is_empty() && self.checks.iter().all(|check| holds(*check, value))).then_some(span)
    }
}

/// An escape whose last byte is a letter or digit, at the end.
static ESCAPE: LazyLock<Regex> = LazyLock::new(|| {
    let colour = r"(?:\x1b|\\u001[bB]|\\x1[bB]|\\033|\\e|#033|\^\[)\[[0-9;]{0,16}m";
    let plain = r"\\[abefnrtv0]|%[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|#[0-7]{3}";
    RegexBuilder::new(&format!(r"(?:{plain}|{colour})\z")).unicode(false).build().unwrap()
});

fn holds(check: Check, value: &[u8]) -> bool {
    match check {
        Check::Entropy(least) => shannon(value) >= f64::from(least) - 1e-4,
        Check::Mixed => value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic),
        Check::Jwt => {
            let json = base64(value.split(|b| *b == b'.').next().unwrap());
            json.is_some_and(|j| Regex::new(r#"\A\s*\{\s*["}]"#).unwrap().is_match(&j))
        }
        Check::Basic => base64(value).is_some_and(|t| t.contains(&b':') && t.iter().all(|b| *b >= 0x20)),
        Check::Luhn => luhn(value),
        Check::NoWords => !words(value),
        Check::GithubCrc32 => true,
    }
}

fn shannon(value: &[u8]) -> f64 {
    let share = |b: u8| value.iter().filter(|v| **v == b).count() as f64 / value.len() as f64;
    -(0..=u8::MAX).map(share).filter(|p| *p > 0.0).map(|p| p * p.log2()).sum::<f64>()
}

fn base64(text: &[u8]) -> Option<Vec<u8>> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let body = text.split(|b| *b == b'=').next().unwrap();
    let digit = |b: &u8| {
        let b = match b {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        };
        DIGITS.iter().position(|d| *d == b)
    };
    let bits: String = body.iter().map(|b| digit(b).map(|d| format!("{d:06b}"))).collect::<Option<String>>()?;
    Some(bits.as_bytes().chunks_exact(8).map(|c| c.iter().fold(0, |n, b| n << 1 | (b - b'0'))).collect())
}

fn luhn(value: &[u8]) -> bool {
    let digits: Vec<u32> = value.iter().filter(|b| b.is_ascii_digit()).map(|b| u32::from(b - b'0')).collect();
    let doubled = |(i, d): (usize, &u32)| if i % 2 == 1 { d * 2 / 10 + d * 2 % 10 } else { *d };
    digits.len() >= 2 && digits.iter().rev().enumerate().map(doubled).sum::<u32>() % 10 == 0
}

/// Letters with single separators, where each run of four and more has vowels as words do and capitals as names do.
fn words(value: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(value) else { return false };
    if text.is_empty() || !text.chars().all(|c| c.is_ascii_alphabetic() || "_-. ".contains(c)) {
        return false;
    }
    text.split(['_', '-', '.', ' ']).all(|run| {
        let share = run.chars().filter(|c| "aeiouyAEIOUY".contains(*c)).count() as f64 / run.len().max(1) as f64;
        let capitals = run.chars().filter(char::is_ascii_uppercase).count();
        let turns =
            run.as_bytes().windows(2).filter(|w| w[0].is_ascii_uppercase() && w[1].is_ascii_lowercase()).count();
        run.len() < 4 || ((0.2..=0.75).contains(&share) && (capitals == run.len() || capitals <= turns + 1))
    })
}

fn spans(hits: &[Hit]) -> Vec<Span> {
    hits.iter().map(|hit| hit.span).collect()
}

/// A redactor with `rule` and no other.
fn alone(rule: &Rule) -> Redactor {
    let others = builtin::rules().filter(|other| other.id != rule.id);
    others.fold(Redactor::builder().enable(&*rule.id), |builder, other| builder.disable(&*other.id)).build().unwrap()
}

/// `example` bent, cut, doubled and set among other things.
fn surroundings(example: &str, random: &mut Random) -> Vec<u8> {
    const JOINTS: &[&[u8]] = &[
        b"",
        b" ",
        b"x",
        b"_",
        b"9",
        b"-",
        b"=",
        b"\"",
        b"\\n",
        b"\\u003d",
        b"%3D",
        b"%3",
        b"#012",
        b"\x1b[32m",
        b"m",
        b"\n",
        b"\r\n",
        b"\r",
        b"\0",
        b"\xff",
        b"\xc3\xa9",
        b"/",
        b".",
        b"@",
        b"::",
        b"'",
        b"\\",
        b"n",
        b"\\t",
        b"{",
        b"}",
    ];
    let mut text = Vec::new();
    for _ in 0..1 + random.below(3) {
        let bytes = example.as_bytes();
        let mut piece = match random.below(4) {
            0 => bytes[random.below(bytes.len())..].to_vec(),
            1 => bytes[..1 + random.below(bytes.len())].to_vec(),
            _ => bytes.to_vec(),
        };
        match random.below(6) {
            0 => {
                let at = random.below(piece.len());
                piece[at] = random.pick(JOINTS).first().copied().unwrap_or(b'Z');
            }
            1 => {
                let at = random.below(piece.len());
                piece.splice(at..at, random.pick(JOINTS).iter().copied());
            }
            2 => {
                let (a, b) = (random.below(piece.len()), random.below(piece.len()));
                piece.swap(a, b);
            }
            _ => {}
        }
        text.extend_from_slice(random.pick(JOINTS));
        text.extend(piece);
    }
    text.extend_from_slice(random.pick(JOINTS));
    text
}

#[test]
fn each_rule_alone_finds_what_the_oracle_finds() {
    let mut wrong = Vec::new();
    let mut random = Random(7);
    for rule in builtin::rules() {
        let Some(oracle) = Oracle::new(rule) else { continue };
        let redactor = alone(rule);
        for example in placeholder::examples(rule).unwrap() {
            // The token by itself, where every cut and bend meets it, and its line.
            let secrets = example.secrets.iter().map(|s| &example.text[s.range()]);
            for text in secrets.chain([example.text.as_str()]) {
                for _ in 0..40 {
                    let text = surroundings(text, &mut random);
                    let (got, want) = (spans(&redactor.find(&text)), oracle.spans(&text));
                    if got != want {
                        wrong.push(format!("{}: {:?}, want {want:?} in {}", rule.id, got, text.escape_ascii()));
                    }
                }
            }
        }
    }
    wrong.truncate(40);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The examples and near misses of every rule, among all rules: exact spans, by every path.
#[test]
fn every_example_is_marked_exactly_and_every_near_miss_stays() {
    let build = |extra: Option<&str>, sieve| {
        let builder = Redactor::builder().sieve(sieve);
        extra.into_iter().fold(builder, |b, id| b.enable(id)).build().unwrap()
    };
    let standard = [build(None, true), build(None, false)];
    let mut wrong = Vec::new();
    for rule in builtin::rules() {
        let own;
        let redactors = if rule.profile <= Profile::Standard {
            &standard
        } else {
            own = [build(Some(&rule.id), true), build(Some(&rule.id), false)];
            &own
        };
        let examples = placeholder::examples(rule).unwrap();
        let misses = placeholder::near_misses(rule).unwrap();
        let cases =
            examples.into_iter().map(|e| (e.text, e.secrets)).chain(misses.into_iter().map(|m| (m, Vec::new())));
        for (text, secrets) in cases {
            let found = redactors[0].find(text.as_bytes());
            if spans(&found) != secrets {
                wrong.push(format!("{}: {:?}, want {secrets:?} in {text:?}", rule.id, spans(&found)));
            }
            let clean = splice(text.as_bytes(), &found);
            let bytewise = streamed(&redactors[0], text.as_bytes(), || 1);
            if clean != *redactors[0].redact(text.as_bytes())
                || clean != *redactors[1].redact(text.as_bytes())
                || clean != bytewise
            {
                wrong.push(format!("{}: the paths part over {text:?}", rule.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

/// A rule file that is not compiled in finds nothing.
#[test]
fn no_rule_file_is_left_out() {
    for path in common::files(&common::root().join("patterns"), ".toml") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let rules = text.matches("[[rule]]").count();
        let known = builtin::rules().filter(|rule| rule.origin.file.ends_with(name)).count();
        assert_eq!(known, rules, "rules of patterns/{name} that are compiled in");
    }
}
