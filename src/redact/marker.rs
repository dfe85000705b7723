//! What stands in place of a secret.

use crate::catalogue::Rule;
use crate::catalogue::rule::Held;
use crate::span::{Hit, Quote};

use super::INTERNAL_ERROR;
use super::key::MarkKey;

/// The texts that replace hits, one for all rules or one each.
#[derive(Debug)]
pub(super) struct Marker {
    plain: Box<[u8]>,
    labelled: Vec<Box<[u8]>>,
    failed: Box<[u8]>,
}

impl Marker {
    /// `text`, or where `label` says so `[TEXT:rule-id]`, for `rules` in their order. With a key all of them are
    /// labelled and signed: `[TEXT:rule-id:tag]`.
    pub(super) fn new(text: &str, rules: &[Held], label: impl Fn(&Rule) -> bool, key: Option<&MarkKey>) -> Self {
        let with = |id: &str| {
            let tag = key.map(|key| format!(":{}", key.signature(id))).unwrap_or_default();
            let all = match text.strip_suffix(']') {
                Some(open) => format!("{open}:{id}{tag}]"),
                None => format!("{text}:{id}{tag}"),
            };
            Box::from(all.into_bytes())
        };
        let labels = |rule: &Rule| key.is_some() || label(rule);
        let one = |rule: &Held| if labels(rule) { with(&rule.id) } else { text.as_bytes().into() };
        let labelled = if rules.iter().any(|rule| labels(rule)) { rules.iter().map(one).collect() } else { Vec::new() };
        let (plain, failed) = match key {
            Some(_) => (with("unfinished-line"), with("internal-error")),
            None => (text.as_bytes().into(), Box::from(*b"[REDACTED: internal error]")),
        };
        Self { plain, labelled, failed }
    }

    /// How markers begin that are made of `text`, and all of them.
    pub(super) fn texts(&self, text: &str) -> (Vec<u8>, Vec<Box<[u8]>>) {
        let open = text.strip_suffix(']').unwrap_or(text);
        (open.into(), self.all().chain([self.failed.clone()]).collect())
    }

    /// What is wrong with a marker, if anything is: it must be safe inside every carrier.
    pub(super) fn mistake(text: &str) -> Option<String> {
        let odd = |c: char| {
            !(c.is_ascii_graphic() || c == ' ')
                || matches!(c, '"' | '\'' | '\\' | '`' | '<' | '>' | '&' | '%' | '@' | '=' | ';' | ',')
        };
        if text.trim().is_empty() || text.len() > 64 {
            return Some(format!("marker {text:?}: it has 1 to 64 characters, not only blanks"));
        }
        if let Some(c) = text.chars().find(|c| odd(*c)) {
            return Some(format!(
                "marker {text:?}: {c:?} could break the text around it; use letters, digits and [ ] ( ) * # : _ - ."
            ));
        }
        None
    }

    /// All texts that stand in the place of a hit, but for internal errors.
    pub(super) fn all(&self) -> impl Iterator<Item = Box<[u8]>> {
        std::iter::once(&self.plain).chain(&self.labelled).cloned()
    }

    pub(super) fn text(&self, hit: &Hit) -> &[u8] {
        if hit.rule == INTERNAL_ERROR {
            return &self.failed;
        }
        self.labelled.get(hit.rule.index()).unwrap_or(&self.plain)
    }

    /// The quote before and behind the marker.
    pub(super) fn quote(hit: &Hit) -> &'static [u8] {
        match hit.quote {
            Quote::None => b"",
            Quote::Json(0) => b"\"",
            Quote::Json(1) => b"\\\"",
            Quote::Json(2) => b"\\\\\\\"",
            Quote::Json(_) => b"\\\\\\\\\\\\\\\"",
        }
    }
}
