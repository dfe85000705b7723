//! The adapter for any machine, and the twin that the others are tested against.

use super::GROUPS;
use crate::sieve::buckets::{Buckets, SPAN};
use crate::sieve::lanes::{AHEAD, Lanes, Planes, STEP};
use crate::sieve::scalar::{is_operator, is_sign};

pub(super) struct Portable<'a>(pub(super) &'a Buckets<GROUPS>);

impl Lanes for Portable<'_> {
    fn look(&self, text: &[u8; STEP + AHEAD], planes: &mut Planes, i: usize) {
        let plane = |is: &dyn Fn([u8; SPAN]) -> bool| {
            let bits = text.array_windows().take(STEP).enumerate().map(|(at, four)| u64::from(is(*four)) << at);
            bits.fold(0, |all, bit| all | bit)
        };
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        planes.needle[i] = plane(&|four| self.0.may_begin(four));
        planes.digit[i] = plane(&|four| four[0].is_ascii_digit());
        planes.capital[i] = plane(&|four| four[0].is_ascii_uppercase());
        planes.at[i] = plane(&|four| four[0] == b'@');
        planes.word[i] = plane(&|four| word(four[0]));
        planes.token[i] = plane(&|four| word(four[0]) || matches!(four[0], b'-' | b'.'));
        planes.escape[i] = plane(&|four| matches!(four[0], b'\\' | b'%' | b'#'));
        planes.colour[i] = plane(&|four| four[0] == b'm');
        planes.blank[i] = plane(&|four| four[0] == b' ');
        planes.sign[i] = plane(&|four| is_sign(four[0]));
        planes.operator[i] = plane(&|four| is_operator(four[0]));
    }
}
