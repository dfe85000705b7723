//! The rules that are compiled into the library: `patterns/*.toml`, read by `build.rs`.

use std::borrow::Cow;

use super::ident::Ident;
use super::literal::{Anchors, Unit};
use super::names::{Class, Names};
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
pub(crate) struct Fixed {
    literals: &'static [&'static [(u8, u8)]],
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
        let unit = |(byte, fold): &(u8, u8)| Unit { byte: *byte, fold: *fold };
        Self {
            literals: fixed.literals.iter().map(|text| text.iter().map(unit).collect()).collect(),
            back: fixed.back,
            head: fixed.head,
        }
    }
}
