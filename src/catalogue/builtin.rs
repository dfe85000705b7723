//! The rules that are compiled into the library: `patterns/*.toml`, read by `build.rs`.

use std::borrow::Cow;

use super::ident::Ident;
use super::literal::{Anchors, Unit};
use super::names::{Class, Names};
use super::near::Near;
use super::rule::{Boundary, Check, Detector, Kind, Lines, Origin, Profile, Rule, Severity};

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

include!(concat!(env!("OUT_DIR"), "/names.rs"));

impl Names {
    /// The built-in list.
    #[must_use]
    pub fn builtin() -> Self {
        Self::of(NAMES)
    }
}

/// Anchors as constants.
pub(crate) struct Fixed {
    /// One behind the other: how many units it has, then byte and fold of each.
    literals: &'static [u8],
    back: (usize, usize),
    head: usize,
}

/// All built-in rules.
pub fn rules() -> impl ExactSizeIterator<Item = &'static Rule> {
    RULES.iter().map(|(rule, _)| rule)
}

/// All built-in rules with the anchors of their patterns.
pub(crate) fn anchored() -> impl ExactSizeIterator<Item = (&'static Rule, Option<&'static Fixed>)> {
    RULES.iter().map(|(rule, fixed)| (rule, fixed.as_ref()))
}

impl From<&'static Fixed> for Anchors {
    fn from(fixed: &'static Fixed) -> Self {
        let unit = |pair: &[u8; 2]| Unit { byte: pair[0], fold: pair[1] };
        let mut rest = fixed.literals;
        let literal = std::iter::from_fn(|| {
            let (count, units) = rest.split_first()?;
            let (text, behind) = units.split_at(2 * usize::from(*count));
            rest = behind;
            Some(text.as_chunks().0.iter().map(unit).collect())
        });
        Self { literals: literal.collect(), back: fixed.back, head: fixed.head }
    }
}
