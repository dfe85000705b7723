//! Whether a value is made of plain words, as a name or a message is, and not of a generator's characters.

/// Whether `value` is letters in runs that read like words, with single separators between them.
pub(crate) fn plain(value: &[u8]) -> bool {
    !value.is_empty()
        && value.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'.' | b' '))
        && value.split(|b| !b.is_ascii_alphabetic()).all(reads_like_words)
}

fn reads_like_words(run: &[u8]) -> bool {
    let vowels =
        run.iter().filter(|b| matches!(b.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y')).count();
    let turns = run.windows(2).filter(|w| w[0].is_ascii_uppercase() && w[1].is_ascii_lowercase()).count();
    let capitals = run.iter().filter(|b| b.is_ascii_uppercase()).count();
    // The longest words there are have about twenty letters; longer runs must have humps.
    run.len() < 4
        || (run.len() < 8 || run.len() >= 3 * humps(run))
            && (run.len() <= 20 * (turns + 1))
            && (vowels * 5 >= run.len()
                && vowels * 4 <= run.len() * 3
                && (capitals == run.len() || capitals <= turns + 1))
}

/// How many words a run in camelCase is made of, capitals in a row being one: a generator's characters change case
/// after two letters or so.
fn humps(run: &[u8]) -> usize {
    let rises = |w: &&[u8]| w[0].is_ascii_lowercase() && w[1].is_ascii_uppercase();
    let falls = |w: &&[u8]| w[0].is_ascii_uppercase() && w[1].is_ascii_uppercase() && w[2].is_ascii_lowercase();
    1 + run.windows(2).filter(rises).count() + run.windows(3).filter(falls).count()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn words_are_words_and_tokens_are_not() {
        for word in ["password", "my-secret-name", "RefreshTokenService", "CONSTANT_NAME", "userId"] {
            assert!(plain(word.as_bytes()), "{word}");
        }
        for token in ["hunter2", "xkcdqwrtzp", "aGVsbG8gd29ybGQ", "JTkBroCvwo", "woelJhLqvCKaXj", ""] {
            assert!(!plain(token.as_bytes()), "{token}");
        }
    }
}
