//! The `regex` crate with eight rules, in the three ways that programs put it to use.
//!
//! The rules are of the kind that people write for their logs; they are the same text for every peer, so without any
//! syntax that one of them lacks.

use std::hint::black_box;

use regex::bytes::{NoExpand, Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use crate::measure::Way;

/// Extended regular expressions of the C locale.
pub(crate) const RULES: [&str; 8] = [
    r#"([Pp]ass(word|wd)|[Ss]ecret|[Tt]oken|[Aa]pi[_-]?[Kk]ey)["']?[:=] ?["']?[^[:space:]"'&,;]{6,}"#,
    r"[Bb]earer [A-Za-z0-9._~+/=-]{16,}",
    r"\bAKIA[A-Z2-7]{16}\b",
    r"\bgh[pousr]_[A-Za-z0-9]{36}",
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]+",
    r"://[^[:space:]:/@]+:[^[:space:]@/]+@",
    r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    r"\b[456][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}\b",
];

pub(crate) const MARKER: &str = "[REDACTED]";

/// All rules as one.
pub(crate) fn alternation() -> String {
    RULES.join("|")
}

/// One expression over whole blocks: the quickest way.
pub(crate) fn one() -> Result<Way<'static>, regex::Error> {
    let all = compile(&alternation())?;
    Ok(Box::new(move |block| black_box(all.replace_all(block, NoExpand(MARKER.as_bytes()))).len()))
}

/// Eight expressions over whole blocks, one after the other.
pub(crate) fn each() -> Result<Way<'static>, regex::Error> {
    let rules = RULES.iter().map(|rule| compile(rule)).collect::<Result<Vec<_>, _>>()?;
    Ok(Box::new(move |block| replaced(block, rules.iter()).len()))
}

/// A set that says for each line which expressions have something to replace in it.
pub(crate) fn set() -> Result<Way<'static>, regex::Error> {
    let rules = RULES.iter().map(|rule| compile(rule)).collect::<Result<Vec<_>, _>>()?;
    let set: RegexSet = RegexSetBuilder::new(RULES).unicode(false).build()?;
    Ok(Box::new(move |block| {
        let mut out = Vec::with_capacity(block.len());
        for line in block.split_inclusive(|b| *b == b'\n') {
            let which = set.matches(line);
            if which.matched_any() {
                out.extend_from_slice(&replaced(line, which.iter().map(|i| &rules[i])));
            } else {
                out.extend_from_slice(line);
            }
        }
        black_box(out).len()
    }))
}

fn compile(rule: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(rule).unicode(false).build()
}

fn replaced<'r>(text: &[u8], rules: impl Iterator<Item = &'r Regex>) -> Vec<u8> {
    rules.fold(text.to_vec(), |text, rule| rule.replace_all(&text, NoExpand(MARKER.as_bytes())).into_owned())
}
