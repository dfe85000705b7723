//! What is asked of hits besides being found: how sure they are, that they are none of our own marks, and which of them
//! went up in another.
//!
//! With the default settings nothing is asked, and none of this runs.

use std::collections::HashSet;

use super::resolve::merge;
use crate::span::{Confidence, Hit, RuleId, Span};

/// What is asked.
#[derive(Debug)]
pub(crate) struct Wishes {
    /// Less sure hits are none.
    pub(crate) least: Confidence,
    /// By rule, whether its hits take the whole line.
    pub(crate) drops: Vec<bool>,
    /// What we have put in the place of secrets before.
    pub(crate) marks: Marks,
}

/// How our own marks look that keep something of the value or stand for it. A secret in such a form would pass, so they
/// are narrow: a few characters around three stars, or eight digits behind the id of a rule and of a key in use.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// The most characters that a mask keeps at the start and at the end.
    pub(crate) mask: Option<(usize, usize)>,
    /// Ids of rules and keys of pseudonyms.
    pub(crate) rules: HashSet<Vec<u8>>,
    pub(crate) keys: HashSet<Vec<u8>>,
    /// How markers begin, and all of them.
    pub(crate) markers: (Vec<u8>, Vec<Box<[u8]>>),
}

/// What stands for the middle of a mask.
pub(crate) const STARS: &[u8] = b"***";
/// Digits of a pseudonym and of a signature.
pub(crate) const DIGITS: usize = 8;
/// The longest pseudonym: a rule's id, and two keys' with their digits.
const LONGEST: usize = 160;

impl Wishes {
    /// Leaves what is asked for of `hits`, with `extra`, and merges it; `mixed` has the numbers of those hits that
    /// others of different extent went up in.
    pub(super) fn apply(&self, block: &[u8], hits: &mut Vec<Hit>, extra: &mut Vec<Hit>, mixed: &mut Vec<usize>) {
        hits.retain(|hit| hit.confidence >= self.least && !self.marks.hold(block, hit.span));
        hits.append(extra);
        mixed.clear();
        merge(hits, |number, last, hit| {
            if self.drops(hit.rule) && !self.drops(last.rule) {
                last.rule = hit.rule;
            }
            if last.span != hit.span && mixed.last() != Some(&number) {
                mixed.push(number);
            }
        });
    }

    fn drops(&self, rule: RuleId) -> bool {
        self.drops.get(rule.index()) == Some(&true)
    }
}

impl Marks {
    /// Whether all of `span` is made of our marks, or begins in one: then what was seen is the name of a rule in it.
    pub(crate) fn hold(&self, block: &[u8], span: Span) -> bool {
        if self.mask.is_none() && self.keys.is_empty() && self.markers.1.is_empty() {
            return false;
        }
        let mut at = span.start;
        let named = |end: Option<usize>, open: &[u8]| end.is_some() && !block[at..].starts_with(open);
        if named(self.pseudonym_over(block, at), b"[") || named(self.marker_over(block, at), &self.markers.0) {
            return true;
        }
        while at < span.end {
            let marks = [Self::mask_over, Self::pseudonym_over, Self::marker_over];
            match marks.iter().find_map(|over| over(self, block, at)) {
                Some(end) => at = end,
                None => return false,
            }
        }
        true
    }

    /// Where the mask ends that has `at` in it.
    fn mask_over(&self, block: &[u8], at: usize) -> Option<usize> {
        let (first, last) = self.mask?;
        let from = at.saturating_sub(last + STARS.len() - 1);
        let to = block.len().min(at + first + STARS.len());
        // Stars that others stand beside are none of ours.
        let alone = |star: usize| {
            (star == 0 || block[star - 1] != b'*') && block.get(star + STARS.len()).is_none_or(|b| *b != b'*')
        };
        let stars = |star: &usize| block[*star..].starts_with(STARS) && alone(*star);
        (from..to).filter(stars).find_map(|star| {
            let kept = |bytes: &mut dyn Iterator<Item = &u8>| bytes.take_while(|b| keeps(**b)).count();
            let start = star - kept(&mut block[star.saturating_sub(first)..star].iter().rev());
            let behind = &block[star + STARS.len()..];
            let end = star + STARS.len() + kept(&mut behind[..last.min(behind.len())].iter());
            (start <= at && at < end).then_some(end)
        })
    }

    /// Where the marker ends that has `at` in it.
    fn marker_over(&self, block: &[u8], at: usize) -> Option<usize> {
        let (open, all) = &self.markers;
        if all.is_empty() {
            return None;
        }
        let from = at.saturating_sub(LONGEST);
        let start = from + memchr::memmem::rfind(&block[from..block.len().min(at + open.len())], open)?;
        let fits = all.iter().filter(|text| block[start..].starts_with(text)).map(|text| start + text.len());
        fits.max().filter(|end| at < *end)
    }

    /// Where the pseudonym ends that has `at` in it.
    fn pseudonym_over(&self, block: &[u8], at: usize) -> Option<usize> {
        if self.keys.is_empty() {
            return None;
        }
        let from = at.saturating_sub(LONGEST);
        let open = from + block[from..=at].iter().rposition(|b| *b == b'[')?;
        let end = open + self.pseudonym(&block[open..])?;
        (at < end).then_some(end)
    }

    /// The length of the pseudonym that `text` begins with.
    fn pseudonym(&self, text: &[u8]) -> Option<usize> {
        let text = &text[..text.len().min(LONGEST)];
        let end = text.iter().position(|b| *b == b']')?;
        let mut parts = text[1..end].split(|b| *b == b':');
        if !self.rules.contains(parts.next()?) {
            return None;
        }
        let mut tags = 0;
        while let Some(key) = parts.next() {
            let digits = parts.next()?;
            let hex = digits.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            if !self.keys.contains(key) || digits.len() != DIGITS || !hex {
                return None;
            }
            tags += 1;
        }
        (1..=2).contains(&tags).then_some(end + 1)
    }
}

/// Whether a mask may keep this character: one that means nothing in any carrier.
pub(crate) const fn keeps(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str) -> bool {
        let (before, rest) = text.split_once('«').unwrap();
        let (inside, after) = rest.split_once('»').unwrap();
        let marks = Marks {
            mask: Some((2, 4)),
            rules: [b"email".to_vec()].into(),
            keys: [b"k1".to_vec(), b"k2".to_vec()].into(),
            markers: (b"[REDACTED".to_vec(), vec![(*b"[REDACTED:jwt:01234567]").into()]),
        };
        let block = [before, inside, after].concat();
        marks.hold(block.as_bytes(), Span::new(before.len(), before.len() + inside.len()))
    }

    #[test]
    fn our_own_marks_are_known() {
        for text in [
            "x=«ab***wxyz»",
            "«***»",
            "«***wxyz» y",
            "a«b***w»xyz",
            "«ab***wxyz[email:k1:0123abcd]»",
            "«[email:k1:0123abcd]»",
            "[REDACTED:«jwt:01234567]»",
            "«[REDACTED:jwt:01234567]***»",
            "[email:«k1:0123»abcd]",
            "[email:«k1:0123abcd]x»",
            "«[email:k2:0123abcd:k1:01234567]»",
        ] {
            assert!(holds(text), "{text}");
        }
        for text in [
            "«abc***wxyz»",
            "«ab***wxyzq»",
            "«ab****wxyz»",
            "«ab**wxyz»",
            "«ab***wxyz »",
            "«[email:k3:0123abcd]»",
            "«[mail:k1:0123abcd]»",
            "«[email:k1:0123abcde]»",
            "«[email:k1:hunter22]»",
            "«[email:k1:0123abcd]x»",
            "«[email]»",
            "«[email:k1]»",
            "«hunter2»",
        ] {
            assert!(!holds(text), "{text}");
        }
    }
}
