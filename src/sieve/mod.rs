//! The sieve: one pass over a block that yields every place where a rule could match.
//!
//! The promise is zero false negatives: each hit of `detect` begins at a candidate, so a block without candidates is
//! clean. It may over-report. Candidates are outward signs only:
//!
//! * a needle: a fixed text that a rule's every match holds, a sensitive name's stem, `-----BEGIN` ...
//! * `@`
//! * digits that could be a card or a social security number
//! * two capitals and two digits, which could begin an IBAN
//! * a word that could begin personal data, where a rule of the strict profile wants it
//!
//! It knows nothing of rules, lines or hits.

mod buckets;
mod index;
mod lanes;
mod needles;
mod personal;
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
    /// A word that begins as personal data of the strict profile may: see [`personal::begins`].
    pub(crate) const PERSONAL: Self = Self(u16::MAX - 3);
    /// More needles than this cannot be told apart.
    pub(crate) const MAX_NEEDLES: usize = (u16::MAX - 4) as usize;
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
    /// Where so many bytes into it a word begins: a letter or `_` that `boundary::free_before` lets begin there.
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
    pub(crate) personal: bool,
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
        if !out.is_sorted() {
            out.sort_unstable();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::simd::Kind;
    use super::*;
    use crate::catalogue::literal::Unit;

    const ALL: Shapes = Shapes { at: true, digits: true, iban: true, personal: true };

    fn needle(text: &str, place: Place) -> Needle {
        Needle { text: text.bytes().map(Unit::caseless).collect(), place }
    }

    fn needles() -> Vec<Needle> {
        vec![
            needle("ab", Place::Anywhere),
            needle("passw", Place::Anywhere),
            needle("$ab$", Place::WordStart(1)),
            needle("hook", Place::WordStart(0)),
            needle("gh_", Place::TokenStart),
            needle("key", Place::BeforeSign),
            needle("pw", Place::BeforeSign),
        ]
    }

    /// Text in which every sign is common, of a small alphabet, from a seed.
    fn text(seed: u64, len: usize) -> Vec<u8> {
        const PIECES: &[&[u8]] = &[
            b"ab",
            b"Passw",
            b"$ab$",
            b"hook",
            b"gh_abcdefgh.ijkl-mnop",
            b"key",
            b"pw",
            b"=",
            b" ",
            b"1",
            b"23",
            b"4567",
            b"4111111111111111",
            b"078-05-1120",
            b"10.20.30.40",
            b"fe80::",
            b"AB12CD34",
            b"0f:1e:",
            b"DE89",
            b"@",
            b"\\n",
            b"%3D",
            b"\\u003d",
            b"\x1b[32m",
            b"m",
            b"\n",
            b"\"",
            b"\xff",
            b"\0",
        ];
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut out = Vec::new();
        while out.len() < len {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            out.extend_from_slice(PIECES[(state >> 33) as usize % PIECES.len()]);
        }
        out.truncate(len);
        out
    }

    #[test]
    fn all_instructions_find_the_same() {
        for seed in 0..400 {
            let text = text(seed, (seed as usize * 37) % 9000);
            // Every alignment, and every distance of the end from a step's.
            for skip in 0..text.len().min(if seed < 20 { 70 } else { 2 }) {
                let found: Vec<Vec<Candidate>> = Kind::available()
                    .into_iter()
                    .map(|kind| {
                        let mut sieve = Sieve::new(needles(), ALL);
                        sieve.filter = sieve.filter.map(|filter| filter.with(kind));
                        let mut out = Vec::new();
                        sieve.scan(&text[skip..], &mut out);
                        out
                    })
                    .collect();
                assert!(found.windows(2).all(|w| w[0] == w[1]), "seed {seed}, skip {skip}");
            }
        }
    }

    #[test]
    fn nothing_that_the_slow_way_finds_is_missed() {
        let (fast, slow) = (Sieve::new(needles(), ALL), Sieve::new(needles(), ALL).exhaustive());
        let (mut some, mut all) = (Vec::new(), Vec::new());
        for seed in 0..2000 {
            let text = text(seed, 300);
            fast.scan(&text, &mut some);
            slow.scan(&text, &mut all);
            // Where a word or a token must begin, the slow way does not look whether one does.
            let certain = |c: &&Candidate| !matches!(c.what.0, 2..=4) || c.at == 0 || text[c.at as usize - 1] == b' ';
            let token = |c: &&Candidate| c.what.0 != 4 || text[c.at as usize..].starts_with(b"gh_abcdefgh.ijkl");
            let missed = all.iter().filter(certain).filter(token).find(|c| !some.contains(c));
            assert_eq!(missed, None, "seed {seed}: {}", text.escape_ascii());
            assert!(some.iter().all(|c| all.contains(c)), "seed {seed}");
        }
    }
}
