//! Where personal data of the strict profile could begin: words with many digits, addresses, long tokens.
//!
//! It may say yes too often and never no where a detector would find something; it is narrow where logs are full of
//! what looks alike: dates and times of the day.

/// Digits that a number has at least, one with letters, and one of five letters first, among the bytes looked at.
const DIGITS: [usize; 3] = [7, 5, 4];
/// Bytes that are looked at.
const REACH: usize = 16;
/// Letters and digits without a stop that may be a token or a wallet.
pub(super) const LONG: usize = 26;
/// The first digit of a number stands this close, and so does a colon.
pub(super) const CLOSE: usize = 8;

/// Whether the word that begins at `at` could.
#[inline]
pub(super) fn begins(block: &[u8], at: usize) -> bool {
    let rest = &block[at..];
    let mut whole = [0; REACH];
    let head = rest.first_chunk::<REACH>().unwrap_or_else(|| {
        whole[..rest.len()].copy_from_slice(rest);
        &whole
    });
    let number = || {
        let bound = is_bound(at.checked_sub(1).map(|i| &block[i]));
        (!bound && !is_longer(rest) && is_number(head)) || is_quad(head) || is_pairs(head)
    };
    (has_digits(head) && number())
        || (head[1..5].contains(&b':') && is_hex_group(head))
        || (at >= 2 && block[at - 1] == b':' && block[at - 2] == b':')
        || is_long(rest)
}

/// Three digits, and two of them close to each other within the first eight bytes.
#[inline]
fn has_digits(head: &[u8; REACH]) -> bool {
    const HIGH: u128 = u128::from_le_bytes([0x80; REACH]);
    let bytes = u128::from_le_bytes(*head) ^ u128::from_le_bytes([b'0'; REACH]);
    // What is below ten does not reach the highest bit; no sum goes over into the next byte.
    let digits = !((bytes & !HIGH).wrapping_add(u128::from_le_bytes([0x76; REACH])) | bytes) & HIGH;
    let pairs = digits & (digits >> 8 | digits >> 16 | digits >> 24);
    pairs as u64 != 0 && digits.count_ones() >= 3
}

/// What each byte of `head` is.
fn classes(head: &[u8; REACH]) -> u64 {
    let mut all = 0;
    for (i, byte) in head.iter().enumerate() {
        all |= CLASSES[usize::from(*byte)] << i;
    }
    all
}

/// Sixteen bits each for digits, letters, separators and brackets, the first set where a byte is one.
const CLASSES: [u64; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'0'..=b'9' => 1,
            b'A'..=b'Z' | b'a'..=b'z' => 1 << 16,
            b' ' | b'-' | b'.' | b'/' | b'+' => 1 << 32,
            b'(' | b')' => 1 << 48,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

/// Digits and letters with single separators, at most six letters first: enough digits before anything else comes.
fn is_number(head: &[u8; REACH]) -> bool {
    // Five digits in a row of separators and letters: what has another byte among the first is none, such as a time.
    if head[1..5].iter().any(|b| CLASSES[usize::from(*b)] == 0) || is_date(head) {
        return false;
    }
    let classes = classes(head);
    let [digits, letters, joints, brackets] = [0, 16, 32, 48].map(|lane| (classes >> lane) as u16);
    let first = letters.trailing_ones();
    // `AB 12 34 56 C`, `X-2482300-W`
    let skip = first + u32::from((1..=2).contains(&first) && matches!(head.get(first as usize), Some(b' ' | b'-')));
    if first > 6 || digits >> skip & 1 == 0 || is_decimal(digits, head) {
        return false;
    }
    // Up to what is none of them, the second separator in a row, or a word.
    let words = joints & letters >> 1 & letters >> 2 & letters >> 3;
    let row = (digits | letters | joints | brackets) & !(joints & joints << 1) & !words;
    let reach = ((1u32 << row.trailing_ones()) - 1) as u16;
    let mixed = usize::from(letters & reach != 0) + usize::from(first == 5);
    (digits & reach).count_ones() as usize >= DIGITS[mixed]
}

/// `163.8560 `: digits, a dot and digits, and no other separator behind them.
fn is_decimal(digits: u16, head: &[u8; REACH]) -> bool {
    let first = digits.trailing_ones();
    let second = (digits >> (first + 1).min(15)).trailing_ones();
    let behind = head.get((first + 1 + second) as usize);
    first < 15 && head.get(first as usize) == Some(&b'.') && !matches!(behind, None | Some(b'.' | b'-' | b'/'))
}

/// Whether what stands before a word makes it a part of something, for numbers without a letter first.
fn is_bound(before: Option<&u8>) -> bool {
    matches!(before, Some(b'-' | b'/' | b'.' | b'@' | b'$' | b'#' | b'*' | b'~' | b'^' | b']'))
}

/// `2024-05-06` and `06/May/2024`, with anything behind.
fn is_date(head: &[u8; REACH]) -> bool {
    match head {
        [b'1' | b'2', b'0' | b'9', _, _, first @ (b'-' | b'/' | b'.'), a, b, second, ..] => {
            first == second && a.is_ascii_digit() && b.is_ascii_digit()
        }
        [_, _, b'/', letter, ..] => letter.is_ascii_alphabetic(),
        _ => false,
    }
}

/// Up to three digits, a dot and a digit, twice.
fn is_quad(head: &[u8; REACH]) -> bool {
    let run = |from: usize| head.iter().skip(from).take(4).take_while(|b| b.is_ascii_digit()).count();
    let first = run(0);
    if !(1..=3).contains(&first) || head.get(first) != Some(&b'.') {
        return false;
    }
    let second = run(first + 1);
    (1..=3).contains(&second) && head.get(first + 1 + second) == Some(&b'.')
}

/// Pairs of hex digits before dashes, or four around a dot.
fn is_pairs(head: &[u8; REACH]) -> bool {
    match head {
        [_, _, b'-', _, _, b'-', ..] => [0, 1, 3, 4].iter().all(|i| head[*i].is_ascii_hexdigit()),
        [_, _, _, _, b'.', ..] => [0, 1, 2, 3, 5, 6, 7, 8].iter().all(|i| head[*i].is_ascii_hexdigit()),
        _ => false,
    }
}

/// Up to four hex digits before a colon and more of them, three times or to a second colon.
fn is_hex_group(head: &[u8; REACH]) -> bool {
    let run = |from: usize| head.iter().skip(from).take(5).take_while(|b| b.is_ascii_hexdigit()).count();
    let first = run(0);
    if !(1..=4).contains(&first) || head.get(first) != Some(&b':') {
        return false;
    }
    let mut next = first + 1;
    for _ in 0..2 {
        let len = run(next);
        match (len, head.get(next + len)) {
            (0, Some(b':')) => return true,
            (1..=4, Some(b':')) => next += len + 1,
            // What is not seen may go on.
            (_, None) => return true,
            _ => return false,
        }
    }
    true
}

/// Sixteen digits and more, but for the eighteen of a Chinese number.
fn is_longer(rest: &[u8]) -> bool {
    let alnum = |at: usize| rest.get(at).is_some_and(u8::is_ascii_alphanumeric);
    rest.len() >= REACH && rest[..REACH].iter().all(u8::is_ascii_digit) && (!alnum(17) || alnum(18))
}

fn is_long(rest: &[u8]) -> bool {
    rest.get(LONG - 1).is_some_and(u8::is_ascii_alphanumeric) && rest[..LONG].iter().all(u8::is_ascii_alphanumeric)
}
