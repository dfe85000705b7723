//! The sieve without SIMD: the definition of every sign, byte by byte.

use super::needles::Needles;
use super::{Candidate, Shapes, What, personal};

pub(super) fn exhaustive(needles: &Needles, shapes: Shapes, block: &[u8], out: &mut Vec<Candidate>) {
    for at in 0..block.len() {
        needles.check_all(block, at, out);
    }
    signs(shapes, block, out);
}

fn signs(shapes: Shapes, block: &[u8], out: &mut Vec<Candidate>) {
    for at in 0..block.len() {
        out.extend(shape(shapes, block, at));
        if shapes.personal && personal(block, at) {
            out.push(Candidate { at: at as u32, what: What::PERSONAL });
        }
    }
}

/// The sign other than a needle that stands at `at`, if it is wanted: no two stand at one place.
#[inline(always)]
pub(super) fn shape(shapes: Shapes, block: &[u8], at: usize) -> Option<Candidate> {
    let what = match block[at] {
        b'@' if shapes.at => What::AT,
        b'0'..=b'9' if shapes.digits && digits(block, at) => What::DIGITS,
        b'A'..=b'Z' if shapes.iban && iban(block, at) => What::IBAN,
        _ => return None,
    };
    Some(Candidate { at: at as u32, what })
}

/// A maximal run of digits begins at `at`, and it is
/// twelve or more digits, or four before a separator and four more, or three-two-four with separators.
pub(super) fn digits(block: &[u8], at: usize) -> bool {
    let digit = |i: usize| block.get(i).is_some_and(u8::is_ascii_digit);
    let run = |from: usize, len: usize| (from..from + len).all(digit);
    let separator = |i: usize| matches!(block.get(i), Some(b' ' | b'-' | b'.'));
    if !digit(at) || (at > 0 && digit(at - 1)) {
        return false;
    }
    run(at, 12)
        || (run(at, 4) && separator(at + 4) && run(at + 5, 4))
        || (run(at, 3) && separator(at + 3) && run(at + 4, 2) && separator(at + 6) && run(at + 7, 4))
}

/// Two capitals and two digits, and no letter or digit before them but the last of an escape: `\n`, `%3D`, `#012`,
/// `\u003d`, or of a colour, `32m`.
pub(super) fn iban(block: &[u8], at: usize) -> bool {
    let is = |i: usize, class: fn(&u8) -> bool| block.get(i).is_some_and(class);
    is(at, u8::is_ascii_uppercase)
        && is(at + 1, u8::is_ascii_uppercase)
        && is(at + 2, u8::is_ascii_digit)
        && is(at + 3, u8::is_ascii_digit)
        && (!(at > 0 && is(at - 1, u8::is_ascii_alphanumeric)) || escape(block, at))
}

/// A letter or a digit, no letter, digit or `_` before it but the last of an escape, and [`personal::begins`].
pub(super) fn personal(block: &[u8], at: usize) -> bool {
    block[at].is_ascii_alphanumeric() && may_begin(block, at) && personal::begins(block, at)
}

/// Whether `boundary::free_before` may let a word begin at `at`.
pub(super) fn may_begin(block: &[u8], at: usize) -> bool {
    let bound = at.checked_sub(1).and_then(|i| block.get(i)).is_some_and(|b| is_word(*b));
    !bound || escape(block, at)
}

/// Whether the byte before `at` could be the last of an escape.
fn escape(block: &[u8], at: usize) -> bool {
    let back = |n: usize| at.checked_sub(n).map(|i| block[i]);
    back(2) == Some(b'\\')
        || back(3) == Some(b'%')
        || matches!(back(4), Some(b'\\' | b'#'))
        || back(6) == Some(b'\\')
        || (back(1) == Some(b'm') && back(2).is_some_and(|b| b.is_ascii_digit() || matches!(b, b'[' | b';')))
}

/// Whether `rest`, which follows a letter, begins as what stands between a name and its value does: a sign, a digit and
/// a sign, or a blank and an operator.
pub(super) fn sign_behind(rest: &[u8]) -> bool {
    match rest {
        [b' ', next, ..] => is_operator(*next),
        [digit, next, ..] if digit.is_ascii_digit() => is_sign(*next),
        [next, ..] => is_sign(*next),
        [] => false,
    }
}

/// What may stand between a name and its value.
pub(super) const fn is_sign(byte: u8) -> bool {
    matches!(
        byte,
        b'=' | b':'
            | b'"'
            | b'\''
            | b'\\'
            | b'['
            | b']'
            | b'('
            | b')'
            | b'{'
            | b'}'
            | b'<'
            | b'>'
            | b'&'
            | b'%'
            | b';'
            | b'?'
            | b'!'
            | b'#'
            | b'^'
            | b'|'
            | b'`'
            | b','
            | b'*'
            | b'+'
            | b'$'
            | b'~'
            | b'@'
            | b'\t'
            | 0x1b
    )
}

/// What may stand there behind a blank.
pub(super) const fn is_operator(byte: u8) -> bool {
    matches!(byte, b'=' | b':' | b'?' | b'<' | b'>' | b'|' | b'!' | b'+' | b'-' | b'.' | b'*')
}

/// What a word is made of: letters, digits and `_`.
pub(super) const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What the head of a token is made of: letters, digits, `_`, `-` and `.`.
pub(super) const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}
