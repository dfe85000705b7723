//! The rules that are compiled into the library: `patterns/*.toml`, read by `build.rs`.

use std::borrow::Cow;

use super::ident::Ident;
use super::literal::{Anchors, Unit};
use super::names::{Class, Names};
use super::near::Near;
use super::rule::{Boundary, Check, Detector, Kind, Origin, Profile, Rule, Severity};

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
struct Fixed {
    literals: &'static [&'static [(u8, u8)]],
    back: (usize, usize),
    head: usize,
}

/// All built-in rules.
pub fn rules() -> impl ExactSizeIterator<Item = &'static Rule> {
    RULES.iter().map(|(rule, _)| rule)
}

/// All built-in rules with the anchors of their patterns.
pub(crate) fn anchored() -> impl Iterator<Item = (Rule, Option<Anchors>)> {
    let unit = |(byte, fold): &(u8, u8)| Unit { byte: *byte, fold: *fold };
    let anchors = move |fixed: &Fixed| Anchors {
        literals: fixed.literals.iter().map(|text| text.iter().map(unit).collect()).collect(),
        back: fixed.back,
        head: fixed.head,
    };
    RULES.iter().map(move |(rule, fixed)| (rule.clone(), fixed.as_ref().map(anchors)))
}
