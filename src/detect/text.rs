//! Small questions about short texts, answered in one walk over them.

use memchr::memchr;

/// Whether `text` holds `word`. For short texts: nothing is prepared.
pub(super) fn contains(text: &[u8], word: &[u8]) -> bool {
    position(text, word).is_some()
}

/// Where `word` begins in `text`. For short texts: nothing is prepared.
pub(super) fn position(text: &[u8], word: &[u8]) -> Option<usize> {
    let first = *word.first()?;
    let mut from = 0;
    loop {
        let at = from + memchr(first, text.get(from..)?)?;
        if text[at..].starts_with(word) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// A byte in hexadecimal, lower-case.
pub(super) fn hex_digits(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)])
}

/// The kinds of bytes that a text holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds(u32);

impl Kinds {
    pub(super) const DIGIT: Self = Self(1);
    pub(super) const LOWER: Self = Self(1 << 1);
    pub(super) const UPPER: Self = Self(1 << 2);
    /// A letter or a digit.
    pub(super) const ALNUM: Self = Self(0b111);
    /// `-` and `_`.
    pub(super) const JOINT: Self = Self(1 << 3);
    pub(super) const BLANK: Self = Self(1 << 4);
    pub(super) const DOT: Self = Self(1 << 5);
    pub(super) const COLON: Self = Self(1 << 6);
    pub(super) const SLASH: Self = Self(1 << 7);
    /// `(`, `[`.
    pub(super) const OPEN: Self = Self(1 << 8);
    /// `<`, `&`.
    pub(super) const MARKUP: Self = Self(1 << 9);
    pub(super) const BRACE: Self = Self(1 << 10);
    /// `*`, `#`, `x`, `X`, with which values are blacked out.
    pub(super) const INK: Self = Self(1 << 11);
    /// No ASCII.
    pub(super) const WIDE: Self = Self(1 << 12);
    /// Any other.
    const OTHER: Self = Self(1 << 13);

    /// Those of `text`.
    pub(super) fn of(text: &[u8]) -> Self {
        Self(text.iter().fold(0, |kinds, byte| kinds | TABLE[usize::from(*byte)]))
    }

    /// Both.
    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether one of `these` is among them.
    pub(super) const fn any(self, these: Self) -> bool {
        self.0 & these.0 != 0
    }

    const fn of_byte(byte: u8) -> Self {
        match byte {
            b'x' => Self::LOWER.or(Self::INK),
            b'X' => Self::UPPER.or(Self::INK),
            b'0'..=b'9' => Self::DIGIT,
            b'a'..=b'z' => Self::LOWER,
            b'A'..=b'Z' => Self::UPPER,
            b'-' | b'_' => Self::JOINT,
            b' ' => Self::BLANK,
            b'.' => Self::DOT,
            b':' => Self::COLON,
            b'/' => Self::SLASH,
            b'(' | b'[' => Self::OPEN,
            b'<' | b'&' => Self::MARKUP,
            b'{' => Self::BRACE,
            b'*' | b'#' => Self::INK,
            0x80.. => Self::WIDE,
            _ => Self::OTHER,
        }
    }
}

/// The kind of each byte.
static TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = Kinds::of_byte(byte as u8).0;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_where_they_are() {
        for (text, word, at) in [
            ("", "a", None),
            ("a", "a", Some(0)),
            ("aab", "ab", Some(1)),
            ("ababac", "abac", Some(2)),
            ("ab", "abc", None),
        ] {
            assert_eq!(position(text.as_bytes(), word.as_bytes()), at, "{text} {word}");
        }
    }

    #[test]
    fn every_byte_has_a_kind() {
        assert!(TABLE.iter().all(|kinds| *kinds != 0));
        let kinds = Kinds::of(b"a-1");
        assert!(kinds.any(Kinds::DIGIT) && kinds.any(Kinds::JOINT) && !kinds.any(Kinds::UPPER.or(Kinds::WIDE)));
        assert_eq!(Kinds::of(b""), Kinds(0));
    }
}
