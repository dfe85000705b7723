//! The pass over a block, written once over whatever looks at 64 bytes at a time.
//!
//! An adapter ([`Lanes`]) turns 64 bytes into masks of one bit a byte. Everything else is arithmetic on those: runs,
//! run starts and neighbours are shifts. A tile of some kilobytes is looked at first and judged after, sign by sign,
//! as doing both in one loop costs half of the speed.

use super::needles::Needles;
use super::{Candidate, Shapes, What, personal, scalar};
use crate::catalogue::literal::TOKEN_HEAD;

/// Bytes that one look covers.
pub(super) const STEP: usize = 64;
/// Bytes behind them that a look may read.
pub(super) const AHEAD: usize = 8;
/// Looks in a tile: its bytes and masks stay in the first-level cache.
const TILE: usize = 64;

/// What stands at each byte of a tile, one bit each, a word a look, the first byte lowest; each with the look before
/// the tile at index 0 and the one behind it last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Planes {
    /// The window of a needle that may stand anywhere may begin here.
    pub(super) needle: Plane,
    /// `0` to `9`.
    pub(super) digit: Plane,
    /// `A` to `Z`.
    pub(super) capital: Plane,
    /// `@`.
    pub(super) at: Plane,
    /// A letter, a digit or `_`.
    pub(super) word: Plane,
    /// [`scalar::is_token`].
    pub(super) token: Plane,
    /// A backslash, `%` or `#`: an escape may begin here.
    pub(super) escape: Plane,
    /// `m`: a colour may end here.
    pub(super) colour: Plane,
    /// A blank.
    pub(super) blank: Plane,
    /// [`scalar::is_sign`].
    pub(super) sign: Plane,
    /// [`scalar::is_operator`].
    pub(super) operator: Plane,
}

pub(super) type Plane = [u64; TILE + 2];

/// Looks at 64 bytes.
pub(super) trait Lanes {
    /// Puts what the first [`STEP`] bytes of `text` are at `i` of the planes; [`AHEAD`] more bytes may be read.
    fn look(&self, text: &[u8; STEP + AHEAD], planes: &mut Planes, i: usize);
}

/// Puts the candidates of `block` into `out`, in order unless a needle is longer than a tile.
#[inline(always)]
pub(super) fn scan(lanes: &impl Lanes, needles: &Needles, shapes: Shapes, block: &[u8], out: &mut Vec<Candidate>) {
    let mut tile = Tile { planes: Planes::EMPTY, len: 0, base: 0, places: [0; TILE * STEP + MOST] };
    let mut kept = [0; TILE * STEP];
    let mut before = 0;
    while tile.base < block.len() {
        let first = out.len();
        tile.look(lanes, block);
        needles.check::<false>(&needles.anywhere, block, tile.collect::<8>(block, |p, i| p.needle[i]), &mut kept, out);
        needles.check::<false>(&needles.words, block, tile.collect::<8>(block, free_words), &mut kept, out);
        needles.check::<false>(&needles.tokens, block, tile.collect::<4>(block, token_starts), &mut kept, out);
        needles.check::<true>(&needles.ends, block, tile.collect::<8>(block, name_ends), &mut kept, out);
        let shaped = tile.collect::<2>(block, |p, i| p.at[i] | digit_starts(p, i) | iban_starts(p, i));
        out.extend(shaped.iter().filter_map(|at| scalar::shape(shapes, block, *at as usize)));
        if shapes.personal {
            let places = tile.collect::<8>(block, personal_starts).iter();
            let places = places.filter(|at| scalar::personal(block, **at as usize));
            out.extend(places.map(|at| Candidate { at: *at, what: What::PERSONAL }));
        }
        // A needle's place may lie before its window, in the tile before.
        out[before..].sort();
        before = first;
        tile.next();
    }
}

/// A stretch of the block.
struct Tile {
    planes: Planes,
    /// Looks of its own.
    len: usize,
    /// Where it begins in the block.
    base: usize,
    places: Places,
}

impl Tile {
    /// Looks at what the tile has of `block`, and one step further.
    #[inline(always)]
    fn look(&mut self, lanes: &impl Lanes, block: &[u8]) {
        let rest = &block[self.base..];
        self.len = rest.len().div_ceil(STEP).min(TILE);
        for i in 0..=self.len {
            let padded;
            let text = match rest.get(i * STEP..).and_then(|text| text.first_chunk()) {
                Some(text) => text,
                None => {
                    padded = pad(rest.get(i * STEP..).unwrap_or_default());
                    &padded
                }
            };
            lanes.look(text, &mut self.planes, i + 1);
        }
    }

    /// The places of `block` whose bit is set in the words that `starts` makes, in order, `FLAT` written at once.
    #[inline(always)]
    fn collect<const FLAT: usize>(&mut self, block: &[u8], starts: impl Fn(&Planes, usize) -> u64) -> &[u32] {
        // No branch and no store but this one: the compiler makes vector code of it.
        let mut words = [0; TILE];
        for (i, word) in words.iter_mut().enumerate() {
            *word = starts(&self.planes, i + 1);
        }
        let mut n = 0;
        for (i, word) in words[..self.len.min(TILE)].iter().enumerate() {
            n = flatten::<FLAT>(*word, (self.base + i * STEP) as u32, &mut self.places, n);
        }
        let places = &self.places[..n];
        if self.base + TILE * STEP <= block.len() {
            return places;
        }
        // Zeros that stand for what is behind the block may look like something.
        &places[..places.partition_point(|at| (*at as usize) < block.len())]
    }

    #[inline(always)]
    fn next(&mut self) {
        self.planes.keep_last(self.len);
        self.base += self.len * STEP;
    }
}

impl Planes {
    const EMPTY: Self = {
        let none = [0; TILE + 2];
        Self {
            needle: none,
            digit: none,
            capital: none,
            at: none,
            word: none,
            token: none,
            escape: none,
            colour: none,
            blank: none,
            sign: none,
            operator: none,
        }
    };

    /// The look at `last` is the one before the next tile.
    fn keep_last(&mut self, last: usize) {
        for plane in [&mut self.digit, &mut self.word, &mut self.escape, &mut self.colour, &mut self.sign] {
            plane[0] = plane[last];
        }
    }
}

/// Appends the places of the bits of `word`, whose first stands for `base`, a multiple of 64, behind the first `n` of
/// `places`; says how many there are now.
///
/// As many as mostly are there are written whatever their number, as a loop that ends after an unknown few mostly
/// waits for its branch.
#[inline(always)]
fn flatten<const FLAT: usize>(word: u64, base: u32, places: &mut Places, n: usize) -> usize {
    const { assert!(FLAT <= MOST) };
    let count = word.count_ones() as usize;
    let mut bits = word;
    let mut written = 0;
    while let Some(some) = places.get_mut(n + written..n + written + FLAT) {
        for place in some {
            *place = base | bits.trailing_zeros();
            bits &= bits.wrapping_sub(1);
        }
        written += FLAT;
        if written >= count {
            break;
        }
    }
    n + count
}

/// Most places that are written at once.
const MOST: usize = 8;
/// Room for every place of a tile and as many more.
type Places = [u32; TILE * STEP + MOST];

/// The block's last bytes with zeros behind them.
#[inline(never)]
fn pad(rest: &[u8]) -> [u8; STEP + AHEAD] {
    let mut text = [0; STEP + AHEAD];
    text[..rest.len()].copy_from_slice(rest);
    text
}

/// Where a run of digits begins that `scalar::digits` may take: twelve, or four and more digits close behind, or
/// three-two-four.
#[inline(always)]
fn digit_starts(p: &Planes, i: usize) -> u64 {
    let digit = Wide::at(&p.digit, i);
    let start = digit.now & !after(&p.digit, i, 1);
    let four = digit.and(1).and(2);
    let long = four.now & four.back(4) & four.back(8);
    let grouped = four.now & !digit.back(4) & four.back(5);
    let social = digit.now & !digit.back(3) & digit.back(4) & !digit.back(6) & four.back(7);
    start & (long | grouped | social)
}

/// Where a letter or `_` stands that `boundary::free_before` lets begin a word, and a few places more.
#[inline(always)]
fn free_words(p: &Planes, i: usize) -> u64 {
    free_starts(p, i) & !p.digit[i]
}

/// As [`free_words`], where a token goes on for `TOKEN_HEAD` bytes.
#[inline(always)]
fn token_starts(p: &Planes, i: usize) -> u64 {
    const { assert!(TOKEN_HEAD == 16) };
    free_words(p, i) & Wide::at(&p.token, i).and(1).and(2).and(4).and(8).now
}

/// As [`free_words`], with digits.
#[inline(always)]
fn free_starts(p: &Planes, i: usize) -> u64 {
    let escape = |by: u32| after(&p.escape, i, by);
    // A colour ends in `m` behind a digit or no word at all; that it began as one is seen later.
    let coloured = p.colour[i] & (after(&p.digit, i, 1) | !after(&p.word, i, 1));
    let before = p.colour[i - 1] & (p.digit[i - 1] << 1 | !(p.word[i - 1] << 1));
    let ends = coloured << 1 | before >> 63;
    p.word[i] & (!after(&p.word, i, 1) | escape(2) | escape(3) | escape(4) | escape(6) | ends)
}

/// Where a letter stands before what `scalar::sign_behind` takes.
#[inline(always)]
fn name_ends(p: &Planes, i: usize) -> u64 {
    let (digit, blank) = (Wide::at(&p.digit, i), Wide::at(&p.blank, i));
    let (sign, operator) = (Wide::at(&p.sign, i), Wide::at(&p.operator, i));
    let signs = sign.back(1) | (digit.back(1) & sign.back(2)) | (blank.back(1) & operator.back(2));
    p.word[i] & !p.digit[i] & signs
}

/// Where two capitals and two digits begin.
#[inline(always)]
fn iban_starts(p: &Planes, i: usize) -> u64 {
    let (capital, digit) = (Wide::at(&p.capital, i), Wide::at(&p.digit, i));
    capital.now & capital.back(1) & digit.back(2) & digit.back(3)
}

/// Where a word begins that `personal::begins` may take: digits or a colon stand close behind, a colon before, or no
/// stop for long.
#[inline(always)]
fn personal_starts(p: &Planes, i: usize) -> u64 {
    const { assert!(personal::CLOSE == 8 && personal::LONG > 24) };
    let (digit, sign) = (Wide::at(&p.digit, i), Wide::at(&p.sign, i));
    let next = digit.back(1) | digit.back(2) | digit.back(3);
    let pair = Wide { now: digit.now & next, next: digit.next };
    let close = pair.or(1).or(2).or(4).now | sign.and_any().or(1).or(2).back(1);
    let long = Wide::at(&p.word, i).and(1).and(2).and(4).and(8).and(8).now;
    free_starts(p, i) & (close | long | (after(&p.sign, i, 1) & after(&p.sign, i, 2)))
}

/// The bit `by` places before, brought on to here; `by` is 1 to 63.
#[inline(always)]
const fn after(plane: &Plane, i: usize, by: u32) -> u64 {
    plane[i] << by | plane[i - 1] >> (64 - by)
}

/// Two neighbouring words of a plane.
#[derive(Clone, Copy)]
struct Wide {
    now: u64,
    next: u64,
}

impl Wide {
    #[inline(always)]
    const fn at(plane: &Plane, i: usize) -> Self {
        Self { now: plane[i], next: plane[i + 1] }
    }

    /// The bit `by` places further on, brought back to here; `by` is 1 to 63.
    #[inline(always)]
    const fn back(self, by: u32) -> u64 {
        self.now >> by | self.next << (64 - by)
    }

    /// Set where this is and one of the next five places is; the last places of `next` are as they were.
    #[inline(always)]
    const fn and_any(self) -> Self {
        let next = self.back(1) | self.back(2) | self.back(3) | self.back(4) | self.back(5);
        Self { now: self.now & next, next: self.next }
    }

    /// Set where this is or `by` places on; the last places of `next` see only themselves.
    #[inline(always)]
    const fn or(self, by: u32) -> Self {
        Self { now: self.now | self.back(by), next: self.next | self.next >> by }
    }

    /// Set where this is and `by` places on; the last places of `next` see only themselves.
    #[inline(always)]
    const fn and(self, by: u32) -> Self {
        Self { now: self.now & self.back(by), next: self.next & self.next >> by }
    }
}
