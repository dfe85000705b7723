//! Whether a value is made of plain words, as a name or a message is, and not of a generator's characters.

use crate::detect::text::contains;

/// Whether `value` is letters in runs that read like words, with single separators between them.
pub(crate) fn plain(value: &[u8]) -> bool {
    !value.is_empty()
        && value.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'.' | b' '))
        && value.split(|b| !b.is_ascii_alphabetic()).all(reads_like_words)
}

/// Whether a token says what it is: by `example` at its end, or by a sentence, `this-is-not-the-token-that-you-want`,
/// six words of lower-case letters in a row that single signs part. A generator's characters make no such run.
pub(crate) fn says(value: &[u8]) -> bool {
    let mut words = 0;
    let example = value.len() >= 24 && (value.ends_with(b"example") || value.ends_with(b"EXAMPLE"));
    example
        || vector(value)
        || masked(value)
        || value.split(|b| matches!(b, b'-' | b'_')).any(|part| {
            let word = (2..=12).contains(&part.len()) && part.iter().all(u8::is_ascii_lowercase);
            words = if word { words + 1 } else { 0 };
            words >= 6
        })
}

/// Bytes that count from zero, in base64 or hexadecimal: the key of published test vectors.
fn vector(value: &[u8]) -> bool {
    [&b"AAECAwQFBgcICQoL"[..], b"000102030405060708090a0b", b"000102030405060708090A0B"]
        .iter()
        .any(|count| contains(value, count))
}

/// A row of `x`, as people put it in place of what they do not show.
fn masked(value: &[u8]) -> bool {
    value.windows(10).any(|w| w.iter().all(|b| *b == w[0]) && matches!(w[0], b'x' | b'X' | b'*'))
}

/// The alphabet, as people type it in place of something random, also from its end.
fn alphabet(run: &[u8]) -> bool {
    let by = |step: u8| run.windows(10).any(|w| w.windows(2).all(|pair| pair[0].wrapping_add(step) == pair[1]));
    by(1) || by(u8::MAX)
}

fn reads_like_words(run: &[u8]) -> bool {
    let vowels = run.iter().filter(|b| is_vowel(**b)).count();
    let turns = run.windows(2).filter(|w| w[0].is_ascii_uppercase() && w[1].is_ascii_lowercase()).count();
    let capitals = run.iter().filter(|b| b.is_ascii_uppercase()).count();
    // The longest words there are have about twenty letters; longer runs must have humps.
    run.len() < 4
        || !alphabet(run)
            && (run.len() < 8 || changes_case_as_words_do(run))
            && (run.len() <= 20 * (turns + 1))
            && (vowels * 5 >= run.len()
                && vowels * 4 <= run.len() * 3
                && (capitals == run.len() || capitals <= turns + 1))
}

fn is_vowel(byte: u8) -> bool {
    matches!(byte.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// Whether the words of a run in camelCase are as long as words are: a generator's characters change case after two
/// letters or so. Shorter ones will do where each can be spoken.
pub(crate) fn changes_case_as_words_do(run: &[u8]) -> bool {
    let mut words = run.chunk_by(|a, b| !(a.is_ascii_lowercase() && b.is_ascii_uppercase()));
    let count = words.clone().count();
    let spoken = words.all(|word| word.iter().any(|b| is_vowel(*b)));
    count == 1 || run.len() >= if spoken { 3 } else { 4 } * count
}

#[cfg(test)]
mod tests {
    use super::{plain, says};

    #[test]
    fn a_token_may_say_what_it_is() {
        assert!(says(b"8h2Kd0_this-is-not-the-token-that-you-want_Zq9"));
        assert!(says(b"0a1B2c3D4e5F6g7H8i9J0kexample"));
        assert!(says(b"x-AAECAwQFBgcICQoLDA0ODw=="));
        assert!(!says(b"AKIAZ0Z0Z0Z0ZEXAMPLE"));
        assert!(says(b"tgp_v1_LRvIfXDN2VjuqCi5zcGzrMx3oIwIOxxxxxxxxxx"));
        assert!(!says(b"aB3-xk_pq-Zt9-ab_cd-EF-gh"));
    }

    #[test]
    fn words_are_words_and_tokens_are_not() {
        for word in ["password", "my-secret-name", "RefreshTokenService", "CONSTANT_NAME", "userId", "getUserId"] {
            assert!(plain(word.as_bytes()), "{word}");
        }
        for token in [
            "hunter2",
            "xkcdqwrtzp",
            "aGVsbG8gd29ybGQ",
            "JTkBroCvwo",
            "woelJhLqvCKaXj",
            "RlSeSocnzIty",
            "abcdefghijklmnopqrst",
            "zyxwvutsrqponmlkjihg",
            "",
        ] {
            assert!(!plain(token.as_bytes()), "{token}");
        }
    }
}
