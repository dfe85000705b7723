//! What every match of a pattern begins with, as far as that is certain: it turns most candidates away before an
//! automaton is fetched.

use regex_syntax::hir::{Hir, HirKind};

use super::shape::ByteSet;

/// So many bytes at the most.
const LONGEST: usize = 24;

/// The bytes that may stand at each of a match's first places.
#[derive(Clone, Debug, Default)]
pub(super) struct Head(Box<[ByteSet]>);

impl Head {
    pub(super) fn new(hir: &Hir) -> Self {
        let mut places = Vec::new();
        let _ = extend(&mut places, hir);
        places.truncate(LONGEST);
        Self(places.into())
    }

    /// Whether a match may begin where `text` does, if it is as long as a match is.
    pub(super) fn begins(&self, text: &[u8]) -> bool {
        text.len() >= self.0.len() && self.0.iter().zip(text).all(|(set, byte)| set.has(*byte))
    }
}

/// Adds the places that every match of `hir` has; whether all its matches end behind them.
fn extend(places: &mut Vec<ByteSet>, hir: &Hir) -> bool {
    if places.len() >= LONGEST {
        return false;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => {
            places.extend(literal.0.iter().map(|byte| ByteSet::of(*byte)));
            true
        }
        HirKind::Class(class) => ByteSet::from_class(class).map(|set| places.push(set)).is_some(),
        HirKind::Repetition(times) => {
            let fixed = (0..times.min).all(|_| extend(places, &times.sub));
            fixed && times.max == Some(times.min)
        }
        HirKind::Capture(group) => extend(places, &group.sub),
        HirKind::Concat(parts) => parts.iter().all(|part| extend(places, part)),
        HirKind::Alternation(ways) => either(places, ways),
    }
}

/// The places of all `ways`, as far as the shortest of them goes.
fn either(places: &mut Vec<ByteSet>, ways: &[Hir]) -> bool {
    let mut common: Option<(Vec<ByteSet>, bool)> = None;
    for way in ways {
        let mut own = Vec::new();
        let ends = extend(&mut own, way);
        common = Some(match common {
            None => (own, ends),
            Some((before, ended)) => {
                let together = before.iter().zip(&own).map(|(a, b)| a.or(b)).collect();
                (together, ends && ended && before.len() == own.len())
            }
        });
    }
    let (common, ends) = common.unwrap_or_default();
    places.extend(common);
    ends
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::literal;

    fn case(pattern: &str, len: usize, yes: &[&str], no: &[&str]) {
        let head = Head::new(&literal::parse(pattern).unwrap());
        assert_eq!(head.0.len(), len, "{pattern}");
        yes.iter().for_each(|text| assert!(head.begins(text.as_bytes()), "{pattern} {text}"));
        no.iter().for_each(|text| assert!(!head.begins(text.as_bytes()), "{pattern} {text}"));
    }

    #[test]
    fn what_is_certain_is_wanted_and_no_more() {
        case("ab[0-9]{3}x", 6, &["ab123x", "ab000xy"], &["ab12ax", "ab123", "xb123x"]);
        case("ab[0-9]{3,}x", 5, &["ab123", "ab1234x"], &["ab12", "ab12x"]);
        case("ab(?:cd|ef)g", 5, &["abcdg", "abcfg"], &["abgg", "abcdh"]);
        case("ab(?:cd|e)g", 3, &["abc", "abe"], &["abg"]);
        case("ab(?:[0-9]{2})?c", 2, &["abc", "abx"], &["ac"]);
        case("(?i:ab)[ ]{1,4}'", 3, &["aB ", "Ab '"], &["ab'"]);
        case("a{40}", LONGEST, &["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"], &["aaa"]);
    }
}
