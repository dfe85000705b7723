//! The adapter for any machine, by tables and words of eight bytes; the twin that the others are tested against.

use crate::sieve::buckets::Buckets;
use crate::sieve::lanes::{AHEAD, Lanes, Planes, STEP};
use crate::sieve::needles::WIDE;
use crate::sieve::scalar::{is_operator, is_sign, is_token, is_word};

/// By place in a window and byte, the buckets that may have it there.
pub(super) struct Portable([[u16; 256]; WIDE]);

impl Portable {
    pub(super) fn new(buckets: &Buckets<WIDE>) -> Self {
        Self(std::array::from_fn(|place| std::array::from_fn(|byte| buckets.with(place, byte as u8))))
    }
}

/// The bits of [`CLASSES`].
const DIGIT: u32 = 0;
const CAPITAL: u32 = 1;
const AT: u32 = 2;
const WORD: u32 = 3;
const TOKEN: u32 = 4;
const ESCAPE: u32 = 5;
const COLOUR: u32 = 6;
const BLANK: u32 = 7;
const SIGN: u32 = 8;
const OPERATOR: u32 = 9;
/// Where a window may begin: not by its byte alone.
const NEEDLE: u32 = 10;

/// By byte, what it is.
static CLASSES: [u16; 256] = {
    let mut classes = [0; 256];
    let mut i = 0;
    while i < classes.len() {
        let byte = i as u8;
        classes[i] = (byte.is_ascii_digit() as u16) << DIGIT
            | (byte.is_ascii_uppercase() as u16) << CAPITAL
            | ((byte == b'@') as u16) << AT
            | (is_word(byte) as u16) << WORD
            | (is_token(byte) as u16) << TOKEN
            | (matches!(byte, b'\\' | b'%' | b'#') as u16) << ESCAPE
            | ((byte == b'm') as u16) << COLOUR
            | ((byte == b' ') as u16) << BLANK
            | (is_sign(byte) as u16) << SIGN
            | (is_operator(byte) as u16) << OPERATOR;
        i += 1;
    }
    classes
};

impl Lanes for Portable {
    fn look(&self, text: &[u8; STEP + AHEAD], planes: &mut Planes, i: usize) {
        let (mut low, mut high) = ([0; STEP], [0; STEP]);
        let [first, second, third, fourth] = &self.0;
        for at in 0..STEP {
            let buckets = |table: &[u16; 256], place: usize| table[usize::from(text[at + place])];
            let all = buckets(first, 0) & buckets(second, 1) & buckets(third, 2) & buckets(fourth, 3);
            let class = CLASSES[usize::from(text[at])] | u16::from(all != 0) << NEEDLE;
            [low[at], high[at]] = class.to_le_bytes();
        }
        planes.digit[i] = plane(&low, DIGIT);
        planes.capital[i] = plane(&low, CAPITAL);
        planes.at[i] = plane(&low, AT);
        planes.word[i] = plane(&low, WORD);
        planes.token[i] = plane(&low, TOKEN);
        planes.escape[i] = plane(&low, ESCAPE);
        planes.colour[i] = plane(&low, COLOUR);
        planes.blank[i] = plane(&low, BLANK);
        planes.sign[i] = plane(&high, SIGN - 8);
        planes.operator[i] = plane(&high, OPERATOR - 8);
        planes.needle[i] = plane(&high, NEEDLE - 8);
    }
}

/// One bit of each byte, the first byte's lowest.
fn plane(bytes: &[u8; STEP], bit: u32) -> u64 {
    /// Brings the lowest bits of eight bytes together in the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let (eights, _) = bytes.as_chunks();
    eights.iter().rev().fold(0, |plane, eight| {
        let bits = u64::from_le_bytes(*eight) >> bit & 0x0101_0101_0101_0101;
        plane << 8 | bits.wrapping_mul(GATHER) >> 56
    })
}
