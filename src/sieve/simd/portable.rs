//! The adapter for any machine, and the twin that the others are tested against.

use crate::sieve::buckets::Buckets;
use crate::sieve::lanes::{AHEAD, Lanes, Planes, STEP};
use crate::sieve::needles::WIDE;
use crate::sieve::scalar::{is_operator, is_sign, is_token};

pub(super) struct Portable<'a>(pub(super) &'a Buckets<WIDE>);

impl Lanes for Portable<'_> {
    fn look(&self, text: &[u8; STEP + AHEAD], planes: &mut Planes, i: usize) {
        let plane = |is: &dyn Fn(&[u8]) -> bool| {
            let bits = text.windows(WIDE).take(STEP).enumerate().map(|(at, some)| u64::from(is(some)) << at);
            bits.fold(0, |all, bit| all | bit)
        };
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        planes.needle[i] = plane(&|bytes| self.0.may_begin(bytes));
        planes.digit[i] = plane(&|bytes| bytes[0].is_ascii_digit());
        planes.capital[i] = plane(&|bytes| bytes[0].is_ascii_uppercase());
        planes.at[i] = plane(&|bytes| bytes[0] == b'@');
        planes.word[i] = plane(&|bytes| word(bytes[0]));
        planes.token[i] = plane(&|bytes| is_token(bytes[0]));
        planes.escape[i] = plane(&|bytes| matches!(bytes[0], b'\\' | b'%' | b'#'));
        planes.colour[i] = plane(&|bytes| bytes[0] == b'm');
        planes.blank[i] = plane(&|bytes| bytes[0] == b' ');
        planes.sign[i] = plane(&|bytes| is_sign(bytes[0]));
        planes.operator[i] = plane(&|bytes| is_operator(bytes[0]));
    }
}
