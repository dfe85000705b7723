//! Values that say of themselves that they are examples: what stands in tests and manuals in place of something issued.
//!
//! Only for what machines issue (tokens, keys): a password may be any of these words.

use crate::detect::check::words;

/// Whether no issuer makes such a value: `foo`, `acme_short`, a sentence of another script, the name
/// of a thing.
pub(super) fn issued_by_no_one(text: &[u8]) -> bool {
    text.len() <= LONGEST && says(text)
}

/// Longer than this is no example, in bytes.
const LONGEST: usize = 64;

fn says(text: &[u8]) -> bool {
    stands_for_any(text) || says_so(text) || names_a_thing(text) || foreign_words(text) || groups_of_letters(text)
}

/// The words that programmers say for "anything".
fn stands_for_any(text: &[u8]) -> bool {
    ["foo", "bar", "baz", "qux", "foobar", "foobaz", "barfoo"]
        .iter()
        .any(|word| word.as_bytes().eq_ignore_ascii_case(text))
}

/// `acme_short`, `Acme:invalid`, `ABCshort`: no digit, and one of these words at the end, or at the start before more
/// words.
fn says_so(text: &[u8]) -> bool {
    const WORDS: [&[u8]; 7] = [b"short", b"invalid", b"example", b"placeholder", b"fake", b"dummy", b"bogus"];
    let letters =
        text.len() <= 40 && text.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b':' | b'.'));
    if !letters {
        return false;
    }
    let border = |at: usize| at == 0 || !text[at - 1].is_ascii_lowercase();
    WORDS.iter().any(|word| {
        let ends = text.len().checked_sub(word.len()).is_some_and(|at| &text[at..] == *word && border(at));
        let begins = text.starts_with(word) && matches!(text.get(word.len()), Some(b'_' | b'-')) && words::plain(text);
        ends || begins
    })
}

/// `orders_db_encryption_secret_uuid`: five words or more, joined as a name is.
fn names_a_thing(text: &[u8]) -> bool {
    text.iter().filter(|b| **b == b'_').count() >= 4
        && text.iter().all(|b| b.is_ascii_lowercase() || *b == b'_')
        && words::plain(text)
}

/// `QWERT-ASDFG-ZXCVB-TREWQ`: a generator would have put a digit into one of them.
fn groups_of_letters(text: &[u8]) -> bool {
    let mut groups = text.split(|b| *b == b'-');
    let width = groups.next().map_or(0, <[u8]>::len);
    width >= 4
        && groups.clone().count() >= 3
        && groups.all(|group| group.len() == width)
        && text.iter().all(|b| b.is_ascii_uppercase() || *b == b'-')
}

/// `0123456789012345`: digits in their order, as code has them.
pub(super) fn counts(text: &[u8]) -> bool {
    let next = |pair: &[u8]| pair[1].is_ascii_digit() && pair[1] == b'0' + (pair[0] - b'0' + 1) % 10;
    text.len() >= 8 && text[0].is_ascii_digit() && text.windows(2).all(next)
}

/// No letter or digit of ASCII: tokens are made of these.
fn foreign_words(text: &[u8]) -> bool {
    !text.iter().any(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::{counts, issued_by_no_one};

    #[test]
    fn examples_say_what_they_are() {
        for text in ["foo", "Bar", "acme_short", "Acme:invalid", "ABCshort", "invalid-secret-format"] {
            assert!(issued_by_no_one(text.as_bytes()), "{text}");
        }
        assert!(issued_by_no_one(b"QWERT-ASDFG-ZXCVB-TREWQ") && !issued_by_no_one(b"QWERT-ASDFG-ZX3VB-TREWQ"));
        assert!(counts(b"1234567890123") && !counts(b"1234567890124") && !counts(b"1234567"));
        assert!(issued_by_no_one("請填寫".as_bytes()));
        assert!(issued_by_no_one(b"orders_db_encryption_secret_uuid"));
    }

    #[test]
    fn what_may_be_issued_is_none() {
        for text in ["fool", "acme_k3y_short", "qkshort", "correct_horse_battery_staple"] {
            assert!(!issued_by_no_one(text.as_bytes()), "{text}");
        }
        assert!(!issued_by_no_one(&b"abc_".repeat(17)));
    }
}
