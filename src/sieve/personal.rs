//! Where personal data of the strict profile could begin: words with many digits, addresses, long tokens.

/// Digits that a number has at least among the first bytes that are looked at.
const DIGITS: usize = 5;
/// Bytes that are looked at.
const REACH: usize = 16;
/// Letters and digits without a stop that may be a token or a wallet.
const LONG: usize = 26;

/// Whether the word that begins at `at` could: a number behind up to six letters, groups of an address, a long run.
pub(super) fn begins(block: &[u8], at: usize) -> bool {
    let rest = &block[at..];
    let head = &rest[..rest.len().min(REACH)];
    let letters = head.iter().take(7).take_while(|b| b.is_ascii_alphabetic()).count();
    let blanks = usize::from(letters > 0 && matches!(head.get(letters), Some(b' ' | b'-')));
    let number = letters <= 6 && head.get(letters + blanks).is_some_and(u8::is_ascii_digit);
    // Five letters and four digits are an Indian tax number.
    let least = if letters == 5 { DIGITS - 1 } else { DIGITS };
    let digits = || head.iter().filter(|b| b.is_ascii_digit()).count() >= least;
    (number && digits()) || is_quad(head) || is_hex_group(block, at, head) || is_long(rest)
}

/// Up to three digits, a dot and a digit, twice.
fn is_quad(head: &[u8]) -> bool {
    let run = |from: usize| head.iter().skip(from).take(4).take_while(|b| b.is_ascii_digit()).count();
    let first = run(0);
    let second = run(first + 1);
    (1..=3).contains(&first)
        && (1..=3).contains(&second)
        && head.get(first) == Some(&b'.')
        && head.get(first + 1 + second) == Some(&b'.')
}

/// Up to four hex digits before or behind a colon, or two before a dash and two more.
fn is_hex_group(block: &[u8], at: usize, head: &[u8]) -> bool {
    let run = |from: usize| head.iter().skip(from).take(5).take_while(|b| b.is_ascii_hexdigit()).count();
    let first = run(0);
    match head.get(first) {
        _ if !(1..=4).contains(&first) => false,
        Some(b':') => head.get(first + 1) == Some(&b':') || (1..=4).contains(&run(first + 1)),
        Some(b'-') => first == 2 && run(3) == 2 && head.get(5) == Some(&b'-'),
        Some(b'.') => first == 4 && run(5) == 4 || block[..at].ends_with(b"::"),
        _ => block[..at].ends_with(b"::"),
    }
}

fn is_long(rest: &[u8]) -> bool {
    rest.len() >= LONG && rest[..LONG].iter().all(u8::is_ascii_alphanumeric)
}
