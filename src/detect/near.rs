//! Whether the words that a rule wants near a match stand there, and none of those that let it pass.
//!
//! What is asked for must stand before the match, so that nothing that follows can make a hit of what is given out
//! already. What lets a match pass may stand behind it, too.

use super::pattern::Pattern;
use super::{Engine, Found, Learnt};
use crate::catalogue::near::Near;
use crate::span::Span;

/// The words of one rule, in small letters.
#[derive(Debug)]
pub(super) struct Words {
    near: Box<[Box<[u8]>]>,
    not: Box<[Box<[u8]>]>,
    distance: usize,
}

impl Words {
    /// `None` where the rule asks for nothing.
    pub(super) fn new(near: &Near) -> Option<Box<Self>> {
        let list = |words: &[crate::catalogue::rule::Text]| {
            words.iter().map(|word| word.to_ascii_lowercase().into_bytes().into()).collect()
        };
        let distance = usize::from(near.distance);
        (!near.is_none()).then(|| Box::new(Self { near: list(&near.words), not: list(&near.not), distance }))
    }

    /// Whether a match at `span` of `line` may be a hit.
    pub(super) fn hold(&self, line: &[u8], span: Span) -> bool {
        let before = |word: &[u8]| &line[span.start.saturating_sub(self.distance + word.len())..span.start];
        let behind = |word: &[u8]| &line[span.end..line.len().min(span.end + self.distance + word.len())];
        (self.near.is_empty() || self.near.iter().any(|word| holds(before(word), word)))
            && !self.not.iter().any(|word| holds(before(word), word) || holds(behind(word), word))
    }
}

fn holds(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}

impl Engine {
    /// A pattern that has nothing fixed in it, behind a word at `word` of `text` that it is to be near to.
    pub(super) fn near(&self, index: u16, text: &[u8], word: Span, learnt: &mut Learnt, found: &mut Found<'_>) {
        let pattern = &self.patterns[usize::from(index)];
        let effort = learnt.efforts.of(usize::from(index));
        for start in behind(pattern, text, word) {
            if let Some(hit) = pattern.find(text, start, effort) {
                found.push(hit);
            }
        }
    }
}

/// The places at which a match may begin that is near enough to `word`.
pub(super) fn behind(pattern: &Pattern, text: &[u8], word: Span) -> std::ops::Range<usize> {
    let distance = pattern.near().map_or(0, |words| words.distance);
    word.end.min(text.len())..text.len().min(word.end + distance + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_counted_between_word_and_match() {
        let near = Near::new(vec!["Acme".into()], vec!["build".into()], Some(4)).unwrap();
        let words = Words::new(&near).unwrap();
        for (text, want) in [
            ("acme «V»", true),
            ("xACMEx123«V»", true),
            ("acme 1234«V»", false),
            ("«V» acme", false),
            ("«V»", false),
            ("acme«V»", true),
            ("acme build «V»", false),
            ("acme «V» build", false),
            ("acme «V»    build", false),
            ("acme «V»     build", true),
            ("build acme «V»", true),
        ] {
            let start = text.find('«').unwrap();
            let line = text.replace(['«', '»'], "");
            assert_eq!(words.hold(line.as_bytes(), Span::new(start, start + 1)), want, "{text}");
        }
        assert!(Words::new(&Near::new(Vec::new(), Vec::new(), None).unwrap()).is_none());
    }
}
