//! Whether a text begins as UTF-16 or UTF-32: no rule would match in it, so it must never pass as clean.

/// What the first bytes of a text say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// One byte a character, as far as letters and digits go.
    Text,
    /// An encoding of wider units, by the name that iconv has for it.
    Wide(&'static str),
    /// Too few bytes to say.
    Undecided,
}

/// How far into a text is looked.
const REACH: usize = 4096;
/// NULs in fewer bytes than this could be anything, such as the output of `find -print0`.
const ENOUGH: usize = 16;

/// Looks at the beginning of a text; `end` when there is no more of it.
pub(crate) fn verdict(head: &[u8], end: bool) -> Verdict {
    match head {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => return Verdict::Wide("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Verdict::Wide("UTF-16"),
        // A lone newline goes out at once; any other lone byte is part of a line that waits for its end anyway.
        [] => return if end { Verdict::Text } else { Verdict::Undecided },
        [first] if !end && *first != b'\n' => return Verdict::Undecided,
        _ => {}
    }
    let head = &head[..head.len().min(REACH)];
    if memchr::memchr(0, head).is_none() {
        return Verdict::Text;
    }
    if head.len() < ENOUGH && !end {
        return Verdict::Undecided;
    }
    let nuls = |from: usize| head.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
    match (nuls(0), nuls(1), head.len() / 2) {
        (0, odd, pairs) if pairs >= 2 && odd * 4 >= pairs * 3 => Verdict::Wide("UTF-16LE"),
        (even, 0, pairs) if pairs >= 2 && even * 4 >= pairs * 3 => Verdict::Wide("UTF-16BE"),
        _ => Verdict::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings() {
        let cases: &[(&[u8], bool, Verdict)] = &[
            (b"", false, Verdict::Undecided),
            (b"", true, Verdict::Text),
            (b"a", false, Verdict::Undecided),
            (b"\n", false, Verdict::Text),
            (b"a", true, Verdict::Text),
            (b"plain text", false, Verdict::Text),
            (b"\xef\xbb\xbfutf-8 with a mark", false, Verdict::Text),
            (b"\xff\xfea\0", false, Verdict::Wide("UTF-16")),
            (b"\xfe\xff\0a", false, Verdict::Wide("UTF-16")),
            (b"\xff\xfe\0\0a\0\0\0", false, Verdict::Wide("UTF-32")),
            (b"a\0", false, Verdict::Undecided),
            (b"t\0o\0k\0e\0n\0=\0a\0b\0", false, Verdict::Wide("UTF-16LE")),
            (b"\0t\0o\0k\0e\0n\0=\0a\0b", false, Verdict::Wide("UTF-16BE")),
            (b"t\0o\0", true, Verdict::Wide("UTF-16LE")),
            (b"file-1\0file-2\0file-3\0", false, Verdict::Text),
            (b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", false, Verdict::Text),
        ];
        for (head, end, want) in cases {
            assert_eq!(verdict(head, *end), *want, "{head:?} {end}");
        }
    }
}
