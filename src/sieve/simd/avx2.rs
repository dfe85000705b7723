//! The adapter for x86-64 with AVX2: 64 bytes as two halves of 32.
#![allow(unsafe_code)]

use std::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_and_si256, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256,
    _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8,
    _mm256_slli_epi16, _mm256_srli_epi16,
};

use crate::sieve::buckets::{Buckets, SETS};
use crate::sieve::lanes::{self, AHEAD, Lanes, Planes, STEP};
use crate::sieve::needles::{Needles, WIDE};
use crate::sieve::{Candidate, Shapes};

/// The pass over `block`.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn scan(buckets: &Buckets<WIDE>, needles: &Needles, shapes: Shapes, block: &[u8], out: &mut Vec<Candidate>) {
    lanes::scan(&Avx2::new(buckets), needles, shapes, block, out);
}

/// The tables, each twice as a shuffle works on halves of 16 bytes.
struct Avx2 {
    /// By place and set, by low and by high half.
    wide: [[[__m256i; 2]; SETS]; WIDE],
    signs: [__m256i; 2],
    words: [__m256i; 2],
}

/// Classes of bytes, as one bit each in two tables by the byte's halves: a byte is in the class where both tables have
/// its bit. `SIGNS` has `scalar::is_sign` in its lower six, digits, and the blank at the top.
const SIGNS: &[(u16, u16)] = &[
    (1 << 0x0, 1 << 0x9),
    (1 << 0x1, 1 << 0xb),
    (1 << 0x2, 0x1ffe),
    (1 << 0x3, 0xfc00),
    (1 << 0x5 | 1 << 0x7, 0x7800),
    (1 << 0x4 | 1 << 0x6, 0x0001),
    (1 << 0x3, 0x03ff),
    (1 << 0x2, 0x0001),
];
/// `scalar::is_operator` in the lower three, letters in two, `_`, `-` with `.`, and `m` at the top.
const WORDS: &[(u16, u16)] = &[
    (1 << 0x3, 0xf400),
    (1 << 0x7, 1 << 0xc),
    (1 << 0x2, 0x6c02),
    (1 << 0x4 | 1 << 0x6, 0xfffe),
    (1 << 0x5 | 1 << 0x7, 0x07ff),
    (1 << 0x5, 1 << 0xf),
    (1 << 0x2, 0x6000),
    (1 << 0x6, 1 << 0xd),
];

impl Avx2 {
    #[target_feature(enable = "avx2")]
    fn new(buckets: &Buckets<WIDE>) -> Self {
        let none = [[[_mm256_setzero_si256(); 2]; SETS]; WIDE];
        let mut lanes = Self { wide: none, signs: halves(SIGNS), words: halves(WORDS) };
        for (place, sets) in lanes.wide.iter_mut().enumerate() {
            for (set, to) in sets.iter_mut().enumerate() {
                *to = [twice(&buckets.low[place][set]), twice(&buckets.high[place][set])];
            }
        }
        lanes
    }

    /// The filter over 64 bytes; the [`AHEAD`] bytes behind them are read. Both halves at once, as a table read
    /// serves both.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn needle(&self, text: &[u8; STEP + AHEAD]) -> u64 {
        let mut taken = [[_mm256_set1_epi8(-1); SETS]; 2];
        for (place, sets) in self.wide.iter().enumerate() {
            const { assert!(WIDE <= AHEAD) };
            // SAFETY: `place` is less than `AHEAD`, so the 32 bytes read end within `text`.
            let first = nibbles(unsafe { _mm256_loadu_si256(text.as_ptr().add(place).cast()) });
            // SAFETY: as before, 32 bytes on.
            let second = nibbles(unsafe { _mm256_loadu_si256(text.as_ptr().add(32 + place).cast()) });
            for (set, [by_low, by_high]) in sets.iter().enumerate() {
                for (taken, (low, high)) in taken.iter_mut().zip([first, second]) {
                    taken[set] = _mm256_and_si256(taken[set], look_up(*by_low, *by_high, low, high));
                }
            }
        }
        let [first, second] =
            taken.map(|sets| sets.into_iter().fold(_mm256_setzero_si256(), |a, b| _mm256_or_si256(a, b)));
        wide(some(first), some(second))
    }

    /// What 32 bytes are.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn classes(&self, text: &[u8; 32]) -> Classes {
        // SAFETY: all of `text`.
        let bytes = unsafe { _mm256_loadu_si256(text.as_ptr().cast()) };
        let is = |byte: u8| _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte.cast_signed()));
        let within = |classes, bits: i8| some(_mm256_and_si256(classes, _mm256_set1_epi8(bits)));
        let (low, high) = nibbles(bytes);
        let signs = look_up(self.signs[0], self.signs[1], low, high);
        let words = look_up(self.words[0], self.words[1], low, high);
        let digit = mask(_mm256_slli_epi16::<1>(signs));
        let letter = within(words, 0b1_1000);
        let word = digit | letter | mask(_mm256_slli_epi16::<2>(words));
        Classes {
            digit,
            capital: letter & !mask(_mm256_slli_epi16::<2>(bytes)),
            at: mask(is(b'@')),
            word,
            token: word | mask(_mm256_slli_epi16::<1>(words)),
            escape: mask(_mm256_or_si256(is(b'\\'), _mm256_or_si256(is(b'%'), is(b'#')))),
            colour: mask(words),
            blank: mask(signs),
            sign: within(signs, 0b11_1111),
            operator: within(words, 0b111),
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn both(&self, text: &[u8; STEP + AHEAD], planes: &mut Planes, i: usize) {
        let (Some(first), Some(second)) = (text.first_chunk(), text[32..].first_chunk()) else { return };
        planes.needle[i] = self.needle(text);
        let (a, b) = (self.classes(first), self.classes(second));
        planes.digit[i] = wide(a.digit, b.digit);
        planes.capital[i] = wide(a.capital, b.capital);
        planes.at[i] = wide(a.at, b.at);
        planes.word[i] = wide(a.word, b.word);
        planes.token[i] = wide(a.token, b.token);
        planes.escape[i] = wide(a.escape, b.escape);
        planes.colour[i] = wide(a.colour, b.colour);
        planes.blank[i] = wide(a.blank, b.blank);
        planes.sign[i] = wide(a.sign, b.sign);
        planes.operator[i] = wide(a.operator, b.operator);
    }
}

/// One bit for each of 32 bytes; see `Planes`.
struct Classes {
    digit: u32,
    capital: u32,
    at: u32,
    word: u32,
    token: u32,
    escape: u32,
    colour: u32,
    blank: u32,
    sign: u32,
    operator: u32,
}

impl Lanes for Avx2 {
    #[inline(always)]
    fn look(&self, text: &[u8; STEP + AHEAD], planes: &mut Planes, i: usize) {
        // SAFETY: an `Avx2` is only made by `new`, which needs the feature.
        unsafe { self.both(text, planes, i) }
    }
}

/// One bit for each of two times 32 bytes.
const fn wide(first: u32, second: u32) -> u64 {
    first as u64 | (second as u64) << 32
}

/// One bit for each byte whose highest bit is set.
#[inline]
#[target_feature(enable = "avx2")]
fn mask(bytes: __m256i) -> u32 {
    _mm256_movemask_epi8(bytes).cast_unsigned()
}

/// One bit for each byte that is not zero.
#[inline]
#[target_feature(enable = "avx2")]
fn some(bytes: __m256i) -> u32 {
    !mask(_mm256_cmpeq_epi8(bytes, _mm256_setzero_si256()))
}

/// The low and the high half of each byte.
#[inline]
#[target_feature(enable = "avx2")]
fn nibbles(bytes: __m256i) -> (__m256i, __m256i) {
    let nibble = _mm256_set1_epi8(15);
    (_mm256_and_si256(bytes, nibble), _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), nibble))
}

/// For each byte, what the tables by its low and by its high half have in common.
#[inline]
#[target_feature(enable = "avx2")]
fn look_up(by_low: __m256i, by_high: __m256i, low: __m256i, high: __m256i) -> __m256i {
    _mm256_and_si256(_mm256_shuffle_epi8(by_low, low), _mm256_shuffle_epi8(by_high, high))
}

/// The tables of up to eight classes, by low and by high half.
#[inline]
#[target_feature(enable = "avx2")]
fn halves(classes: &[(u16, u16)]) -> [__m256i; 2] {
    let table = |half: fn(&(u16, u16)) -> u16| {
        let bits = |nibble: usize| {
            let set = classes.iter().enumerate().filter(|(_, class)| half(class) >> nibble & 1 == 1);
            set.fold(0, |bits, (i, _)| bits | 1 << i)
        };
        std::array::from_fn(bits)
    };
    [twice(&table(|class| class.1)), twice(&table(|class| class.0))]
}

#[inline]
#[target_feature(enable = "avx2")]
fn twice(table: &[u8; 16]) -> __m256i {
    // SAFETY: all of `table`.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) })
}
