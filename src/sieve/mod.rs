//! The sieve: one pass over a block that yields every place where a rule could match.
//!
//! The promise is zero false negatives: each hit of `detect` begins at a candidate, so a block without candidates is
//! clean. It may over-report. Candidates are outward signs only:
//!
//! * a needle: a fixed text that a rule's every match holds, a sensitive name's stem, `-----BEGIN` ...
//! * `@`
//! * digits that could be a card or a social security number
//! * two capitals and two digits, which could begin an IBAN
//!
//! It knows nothing of rules, lines or hits.

mod buckets;
mod lanes;
mod needles;
mod scalar;
mod simd;

use crate::catalogue::literal::Literal;
use needles::Needles;
use simd::Filter;

/// What stands at a candidate: a needle by number, or one of the constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct What(pub(crate) u16);

impl What {
    /// `@`.
    pub(crate) const AT: Self = Self(u16::MAX);
    /// The first digit of a run that a card or a social security number could begin with.
    pub(crate) const DIGITS: Self = Self(u16::MAX - 1);
    /// Two capitals and two digits with no letter or digit before them but an escape's last.
    pub(crate) const IBAN: Self = Self(u16::MAX - 2);
    /// More needles than this cannot be told apart.
    pub(crate) const MAX_NEEDLES: usize = (u16::MAX - 3) as usize;
}

/// A place where a rule may match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    /// Byte offset in the block: the first byte of the sign.
    pub(crate) at: u32,
    /// The sign.
    pub(crate) what: What,
}

/// A fixed text to look for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Needle {
    /// At least two bytes.
    pub(crate) text: Literal,
    /// Where it is wanted.
    pub(crate) place: Place,
}

/// Where a needle is wanted. The narrower places cost next to nothing, however many needles there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Place {
    /// Wherever it stands.
    Anywhere,
    /// Where so many bytes into it a word begins: a letter, a digit or `_` that `boundary::free_before` lets begin there.
    WordStart(u8),
    /// Where a token begins: `literal::TOKEN_HEAD` bytes of letters, digits, `_`, `-` and `.` that
    /// `boundary::free_before` lets begin there.
    TokenStart,
    /// Before what may stand between a name and its value: see [`scalar::sign_behind`]. Its last byte is a letter.
    BeforeSign,
}

/// Which signs other than needles are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shapes {
    pub(crate) at: bool,
    pub(crate) digits: bool,
    pub(crate) iban: bool,
}

/// Finds candidates.
#[derive(Debug)]
pub(crate) struct Sieve {
    needles: Needles,
    shapes: Shapes,
    /// `None` compares every needle at every place.
    filter: Option<Filter>,
}

impl Sieve {
    /// Needle `i` of `needles` is reported as `What(i)`. Each has at least two bytes.
    pub(crate) fn new(needles: Vec<Needle>, shapes: Shapes) -> Self {
        let needles = Needles::new(needles);
        let filter = Some(Filter::new(&needles));
        Self { needles, shapes, filter }
    }

    /// Compares every needle at every place instead: slow, and the twin that the fast ways are tested against.
    pub(crate) fn exhaustive(mut self) -> Self {
        self.filter = None;
        self
    }

    /// Puts the candidates of `block` into `out`, sorted by place.
    pub(crate) fn scan(&self, block: &[u8], out: &mut Vec<Candidate>) {
        out.clear();
        match &self.filter {
            Some(filter) => filter.scan(&self.needles, self.shapes, block, out),
            None => scalar::exhaustive(&self.needles, self.shapes, block, out),
        }
        out.sort_unstable();
    }
}
