//! What stands in place of a secret.

use crate::catalogue::Rule;
use crate::span::{Hit, Quote};

use super::INTERNAL_ERROR;

/// The texts that replace hits, one for all rules or one each.
#[derive(Debug)]
pub(super) struct Marker {
    plain: Box<[u8]>,
    labelled: Vec<Box<[u8]>>,
}

impl Marker {
    /// `text`, or with `label` `[TEXT:rule-id]`, for `rules` in their order.
    pub(super) fn new(text: &str, label: bool, rules: &[Rule]) -> Self {
        let with = |id: &str| match text.strip_suffix(']') {
            Some(open) => format!("{open}:{id}]"),
            None => format!("{text}:{id}"),
        };
        let labelled = if label { rules.iter().map(|r| with(&r.id).into_bytes().into()).collect() } else { Vec::new() };
        Self { plain: text.as_bytes().into(), labelled }
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
            return b"[REDACTED: internal error]";
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
