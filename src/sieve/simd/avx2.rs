//! The adapter for x86-64 with AVX2: 64 bytes as two halves of 32.
#![allow(unsafe_code)]

use std::arch::x86_64::{
    __m256i, _mm256_add_epi8, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256,
    _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_setr_epi8, _mm256_setzero_si256,
    _mm256_shuffle_epi8, _mm256_srli_epi16,
};

use super::GROUPS;
use crate::sieve::buckets::{Buckets, SPAN};
use crate::sieve::lanes::{self, AHEAD, Lanes, Planes, STEP};
use crate::sieve::needles::Needles;
use crate::sieve::{Candidate, Shapes};

/// The pass over `block`.
#[target_feature(enable = "avx2,bmi1,lzcnt,popcnt")]
pub(super) fn scan(
    buckets: &Buckets<GROUPS>,
    needles: &Needles,
    shapes: Shapes,
    block: &[u8],
    out: &mut Vec<Candidate>,
) {
    lanes::scan(&Avx2::new(buckets), needles, shapes, block, out);
}

/// The buckets' tables, each twice as a shuffle works on halves of 16 bytes.
struct Avx2 {
    low: [[__m256i; SPAN]; GROUPS],
    high: [[__m256i; SPAN]; GROUPS],
}

impl Avx2 {
    #[target_feature(enable = "avx2")]
    fn new(buckets: &Buckets<GROUPS>) -> Self {
        let mut lanes =
            Self { low: [[_mm256_setzero_si256(); SPAN]; GROUPS], high: [[_mm256_setzero_si256(); SPAN]; GROUPS] };
        for group in 0..GROUPS {
            for place in 0..SPAN {
                lanes.low[group][place] = twice(&buckets.low[group][place]);
                lanes.high[group][place] = twice(&buckets.high[group][place]);
            }
        }
        lanes
    }

    /// The masks of 32 bytes; three more behind them are read.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn half(&self, text: &[u8; 32 + SPAN - 1]) -> [u32; 8] {
        let mut taken = [_mm256_set1_epi8(-1); GROUPS];
        let nibble = _mm256_set1_epi8(15);
        for place in 0..SPAN {
            // SAFETY: `place` is at most 3, so the 32 bytes read end within the 35 of `text`.
            let bytes = unsafe { _mm256_loadu_si256(text.as_ptr().add(place).cast()) };
            let low = _mm256_and_si256(bytes, nibble);
            let high = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), nibble);
            for group in 0..GROUPS {
                let both = _mm256_and_si256(
                    _mm256_shuffle_epi8(self.low[group][place], low),
                    _mm256_shuffle_epi8(self.high[group][place], high),
                );
                taken[group] = _mm256_and_si256(taken[group], both);
            }
        }
        let any = taken.into_iter().fold(_mm256_setzero_si256(), |a, b| _mm256_or_si256(a, b));
        // SAFETY: the first 32 of the 35 bytes of `text`.
        let bytes = unsafe { _mm256_loadu_si256(text.as_ptr().cast()) };
        let is = |byte: u8| _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte.cast_signed()));
        let either = |a, b| _mm256_or_si256(a, b);
        let digit = within(bytes, b'0', b'9');
        let letter = within(_mm256_or_si256(bytes, _mm256_set1_epi8(0x20)), b'a', b'z');
        let word = either(either(digit, letter), is(b'_'));
        [
            !mask(_mm256_cmpeq_epi8(any, _mm256_setzero_si256())),
            mask(digit),
            mask(within(bytes, b'A', b'Z')),
            mask(is(b'@')),
            mask(word),
            mask(either(word, either(is(b'-'), is(b'.')))),
            mask(either(is(b'\\'), either(is(b'%'), is(b'#')))),
            mask(is(b'm')),
        ]
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn both(&self, text: &[u8; STEP + AHEAD], planes: &mut Planes, i: usize) {
        let (Some(first), Some(second)) = (text.first_chunk(), text[32..].first_chunk()) else { return };
        let (a, b) = (self.half(first), self.half(second));
        let wide = |sign: usize| u64::from(a[sign]) | u64::from(b[sign]) << 32;
        planes.needle[i] = wide(0);
        planes.digit[i] = wide(1);
        planes.capital[i] = wide(2);
        planes.at[i] = wide(3);
        planes.word[i] = wide(4);
        planes.token[i] = wide(5);
        planes.escape[i] = wide(6);
        planes.colour[i] = wide(7);
    }
}

impl Lanes for Avx2 {
    #[inline(always)]
    fn look(&self, text: &[u8; STEP + AHEAD], planes: &mut Planes, i: usize) {
        // SAFETY: an `Avx2` is only made by `new`, which needs the feature.
        unsafe { self.both(text, planes, i) }
    }
}

/// One bit for each byte whose highest bit is set.
#[inline]
#[target_feature(enable = "avx2")]
fn mask(bytes: __m256i) -> u32 {
    _mm256_movemask_epi8(bytes).cast_unsigned()
}

/// Bytes from `first` to `last`: moved so that `first` is the least signed number, then compared.
#[inline]
#[target_feature(enable = "avx2")]
fn within(bytes: __m256i, first: u8, last: u8) -> __m256i {
    let moved = _mm256_add_epi8(bytes, _mm256_set1_epi8(0x80u8.wrapping_sub(first).cast_signed()));
    let limit = _mm256_set1_epi8((0x80 + (last - first) + 1).cast_signed());
    _mm256_cmpgt_epi8(limit, moved)
}

#[inline]
#[target_feature(enable = "avx2")]
fn twice(table: &[u8; 16]) -> __m256i {
    let t = |i: usize| table[i].cast_signed();
    _mm256_setr_epi8(
        t(0),
        t(1),
        t(2),
        t(3),
        t(4),
        t(5),
        t(6),
        t(7),
        t(8),
        t(9),
        t(10),
        t(11),
        t(12),
        t(13),
        t(14),
        t(15),
        t(0),
        t(1),
        t(2),
        t(3),
        t(4),
        t(5),
        t(6),
        t(7),
        t(8),
        t(9),
        t(10),
        t(11),
        t(12),
        t(13),
        t(14),
        t(15),
    )
}
