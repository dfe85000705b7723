//! Whether a value looks issued: long, mixed, and not made of words.

use crate::detect::check::{entropy, words};

/// How much of a value is looked at: a token shows itself early.
const LOOK: usize = 96;

/// A token's shape, as a weak name wants it: at least 16 characters without blanks, letters and digits mixed within
/// one run, and no UUID, path, URL or fingerprint.
pub(in crate::detect) fn token(value: &[u8]) -> bool {
    let value = &value[..value.len().min(LOOK)];
    value.len() >= 16
        && value.iter().all(|b| is_token(*b))
        && !known(value)
        && (mixed_run(value, 10) || dense(value))
        && entropy(value) >= 3.0
}

/// A token's shape where no sign joins name and value: stricter, since prose and ids stand there too.
pub(in crate::detect) fn free_token(value: &[u8]) -> bool {
    token(value)
        && value.iter().filter(|b| b.is_ascii_digit()).count() > 1
        && value.iter().all(|b| b.is_ascii_alphanumeric() || b"_-.+/=~".contains(b))
}

/// A made-up password where no sign joins it to its name: letters of both cases and digits, in one word.
pub(in crate::detect) fn password(value: &[u8]) -> bool {
    let has = |class: fn(&u8) -> bool| value.iter().any(class);
    value.len() >= 8
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && value.iter().all(|b| b.is_ascii_graphic() && !b"/\\.:()[]{}<>=\"'`,".contains(b))
}

/// A digit with a letter behind it, and letters that make no words.
pub(super) fn mixes(value: &[u8]) -> bool {
    let mut runs = value.split(|b| !b.is_ascii_alphabetic());
    value.windows(2).any(|w| w[0].is_ascii_digit() && w[1].is_ascii_alphabetic())
        && (runs.clone().all(|run| run.len() < 5) || runs.any(|run| run.len() > 4 && !words::plain(run)))
}

/// A password that someone thought hard about: letters with three signs or more among them.
pub(in crate::detect) fn contrived(value: &[u8]) -> bool {
    let value = &value[..value.len().min(LOOK)];
    let mut signs: Vec<u8> = value.iter().copied().filter(u8::is_ascii_punctuation).collect();
    signs.sort_unstable();
    signs.dedup();
    value.len() >= 8
        && signs.len() >= 3
        && value.iter().filter(|b| b.is_ascii_alphabetic()).count() >= 3
        && value.iter().all(u8::is_ascii_graphic)
}

/// `8-4-4-4-12` hexadecimal digits.
pub(in crate::detect) fn uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(
            |(i, b)| {
                if matches!(i, 8 | 13 | 18 | 23) { *b == b'-' } else { b.is_ascii_hexdigit() }
            },
        )
}

const fn is_token(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'(' | b')' | b'{' | b'}' | b'[' | b']')
}

/// What is as random as a token, and public.
fn known(value: &[u8]) -> bool {
    uuid(value)
        || value.starts_with(b"/")
        || value.windows(3).any(|w| w == b"://")
        || [&b"SHA256:"[..], b"MD5:", b"sha256:", b"sha512-", b"ssh-", b"arn:", b"urn:", b"spki:"]
            .iter()
            .any(|p| value.starts_with(p))
}

/// A run of letters and digits of at least `least` characters that holds both and reads like no words.
fn mixed_run(value: &[u8], least: usize) -> bool {
    value.split(|b| !b.is_ascii_alphanumeric()).any(|run| {
        let digits = run.iter().filter(|b| b.is_ascii_digit()).count();
        run.len() >= least && digits > 0 && digits < run.len() && !wordy(run, digits)
    }) || random_letters(value)
}

/// Letters and digits all through it, though signs cut it into short runs.
fn dense(value: &[u8]) -> bool {
    let count = |class: fn(&u8) -> bool| value.iter().filter(|b| class(b)).count();
    let runs = || value.split(|b| !b.is_ascii_alphanumeric());
    let mixed =
        |run: &&[u8]| run.len() > 5 && run.iter().any(u8::is_ascii_digit) && run.iter().any(u8::is_ascii_alphabetic);
    let cased = value.len() >= 18
        && count(u8::is_ascii_digit) >= 3
        && count(u8::is_ascii_lowercase) >= 4
        && count(u8::is_ascii_uppercase) >= 4
        && entropy(value) >= 3.6
        && runs().filter(|run| run.len() > 3 && !words::plain(run)).count() >= 2;
    cased || runs().filter(mixed).count() >= 3
}

/// Words with a number behind: `customer12345678`.
fn wordy(run: &[u8], digits: usize) -> bool {
    let letters = &run[..run.len() - run.iter().rev().take_while(|b| b.is_ascii_digit()).count()];
    run.len() - letters.len() == digits && words::plain(letters) && letters.len() > 3
}

/// A long run of letters in both cases that no words make.
fn random_letters(value: &[u8]) -> bool {
    value.split(|b| !b.is_ascii_alphanumeric()).any(|run| {
        run.len() >= 20
            && run.iter().any(u8::is_ascii_lowercase)
            && run.iter().any(u8::is_ascii_uppercase)
            && !words::plain(run)
            && entropy(run) >= 3.5
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_a_shape_and_ids_do_not() {
        for text in ["yhTFulkELh3-jC6oudRXz9", "0123456789abcdef0123456789abcdef", "abc123DEF456ghi789JKL012"] {
            assert!(token(text.as_bytes()), "{text}");
        }
        for text in [
            "short1",
            "user:12345:profile",
            "f6ccdca3-d524-6545-4555-f55e2633ad4c",
            "some_long_identifier_name",
            "/a/b1c2d3e4f5a6b7c8d9",
            "https://x.example/a1b2c3d4e5f6a7",
            "SHA256:abcdef0123456789abcdef",
            "customer1234567890123",
            "1234567890123456",
        ] {
            assert!(!token(text.as_bytes()), "{text}");
        }
    }
}
