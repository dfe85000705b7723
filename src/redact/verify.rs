//! Markers in a text that has been written, and whether they are signed with our keys.

use memchr::memmem::Finder;

use super::key::MarkKey;
use crate::detect::wishes::DIGITS;

/// What is to be said of a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signed {
    /// By the key of this number.
    Ours(usize),
    /// It has no signature.
    Not,
    /// It has one that no key gives.
    Forged,
}

/// Finds the markers of a text.
#[derive(Debug)]
pub(crate) struct Verifier<'k> {
    finder: Finder<'k>,
    closed: bool,
    keys: &'k [MarkKey],
}

/// A marker in front of a label.
const LABEL: usize = 96;

impl<'k> Verifier<'k> {
    /// The longest part of a text that a marker can be behind its begin, in bytes.
    pub(crate) const LONGEST: usize = 64 + LABEL;

    /// For markers that begin as `marker` does.
    pub(crate) fn new(marker: &'k str, keys: &'k [MarkKey]) -> Self {
        let open = marker.strip_suffix(']');
        Self { finder: Finder::new(open.unwrap_or(marker)), closed: open.is_some(), keys }
    }

    /// Each marker of `text`: where it begins and how it is signed.
    pub(crate) fn marks<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = (usize, Signed)> + 't {
        let len = self.finder.needle().len();
        self.finder.find_iter(text).map(move |at| (at, self.one(&text[at + len..])))
    }

    /// How the marker is signed that goes on with `rest`.
    fn one(&self, rest: &[u8]) -> Signed {
        let rest = &rest[..rest.len().min(LABEL)];
        let labelled = rest.strip_prefix(b":").and_then(|rest| {
            let id = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')).count();
            let tag = rest.get(id + 1..id + 1 + DIGITS)?;
            let ends = !self.closed || rest.get(id + 1 + DIGITS) == Some(&b']');
            (ends && id > 0 && rest[id] == b':').then(|| (std::str::from_utf8(&rest[..id]), tag))
        });
        let Some((Ok(id), tag)) = labelled else { return Signed::Not };
        match self.keys.iter().position(|key| key.signature(id).as_bytes() == tag) {
            Some(number) => Signed::Ours(number),
            None => Signed::Forged,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_signature_holds() {
        let keys =
            [MarkKey::new("k1", &[b'a'; 31].map(|b| b).iter().copied().chain([1]).collect::<Vec<u8>>()).unwrap()];
        let tag = keys[0].signature("github-pat");
        for (text, want) in [
            (format!("[REDACTED:github-pat:{tag}]"), Signed::Ours(0)),
            (format!("[REDACTED:gitlab-pat:{tag}]"), Signed::Forged),
            (format!("[REDACTED:github-pat:{tag}0]"), Signed::Not),
            ("[REDACTED:github-pat:00000000]".to_owned(), Signed::Forged),
            ("[REDACTED:github-pat]".to_owned(), Signed::Not),
            ("[REDACTED]".to_owned(), Signed::Not),
            ("[REDACTED".to_owned(), Signed::Not),
        ] {
            let text = format!("x {text} y");
            let found: Vec<_> = Verifier::new("[REDACTED]", &keys).marks(text.as_bytes()).collect();
            assert_eq!(found, [(2, want)], "{text}");
        }
        let open = format!("***:github-pat:{tag}");
        assert_eq!(Verifier::new("***", &keys).marks(open.as_bytes()).next(), Some((0, Signed::Ours(0))));
    }
}
