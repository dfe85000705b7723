//! Keys of pseudonyms and signed markers: from one secret of the user, a key for each use.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

/// A key with the name that marks show. What it is made of is wiped in the end.
#[derive(Clone)]
pub struct MarkKey {
    id: String,
    pseudonym: Zeroizing<[u8; 32]>,
    sign: Zeroizing<[u8; 32]>,
}

/// Fewer bytes could be guessed.
const SHORTEST: usize = 32;
const LONGEST_ID: usize = 16;

impl MarkKey {
    /// A key called `id`, 1 to 16 lower-case letters and digits, out of at least 32 bytes that nobody can guess. A line's
    /// end behind them is no part of them where enough is left.
    ///
    /// # Errors
    /// What is wrong with either, without the key.
    pub fn new(id: impl Into<String>, material: &[u8]) -> Result<Self, String> {
        let id = id.into();
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        if id.is_empty() || id.len() > LONGEST_ID || !id.bytes().all(fits) {
            return Err(format!("key {id:?}: its id is 1 to {LONGEST_ID} lower-case letters and digits, such as k1"));
        }
        let end = material.iter().rposition(|b| !matches!(b, b'\n' | b'\r')).map_or(0, |last| last + 1);
        let material = if end >= SHORTEST { &material[..end] } else { material };
        if material.len() < SHORTEST {
            return Err(format!(
                "key {id}: it has {} bytes, and {SHORTEST} are the least; make one: openssl rand -hex 32",
                material.len()
            ));
        }
        if material.iter().all(|b| *b == material[0]) {
            return Err(format!("key {id}: it is one byte over and over; make one: openssl rand -hex 32"));
        }
        let pseudonym = derived("inkout 2026-11-25 pseudonyms", material);
        let sign = derived("inkout 2026-11-25 signed markers", material);
        Ok(Self { id, pseudonym, sign })
    }

    /// What marks call it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The digits that stand for `value`, whose kind is `class`.
    pub(super) fn pseudonym(&self, class: &str, value: &[u8]) -> String {
        tag(&self.pseudonym, class, value)
    }

    /// The digits that prove that a marker which names `rule` is ours.
    pub(crate) fn signature(&self, rule: &str) -> String {
        tag(&self.sign, "rule", rule.as_bytes())
    }
}

impl fmt::Debug for MarkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MarkKey").field("id", &self.id).finish_non_exhaustive()
    }
}

fn derived(context: &str, material: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut hasher = blake3::Hasher::new_derive_key(context);
    hasher.update(material);
    let mut key = Zeroizing::new([0; 32]);
    hasher.finalize_xof().fill(&mut *key);
    hasher.zeroize();
    key
}

/// The first 32 bits of the keyed BLAKE3 of both.
fn tag(key: &[u8; 32], class: &str, value: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(class.as_bytes()).update(&[0]).update(value);
    let mut tag = [0; 4];
    hasher.finalize_xof().fill(&mut tag);
    hasher.zeroize();
    format!("{:08x}", u32::from_be_bytes(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_and_long() {
        let material = [b"0123456789abcdef".as_slice(), b"0123456789abcdef\n"].concat();
        let key = MarkKey::new("k1", &material).unwrap();
        assert_eq!(
            key.pseudonym("email", b"a@b.c"),
            MarkKey::new("k2", &material[..32]).unwrap().pseudonym("email", b"a@b.c")
        );
        assert_ne!(key.pseudonym("email", b"a@b.c"), key.pseudonym("email", b"a@b.d"));
        assert_ne!(key.signature("email"), key.pseudonym("rule", b"email"));
        assert_eq!(format!("{key:?}"), "MarkKey { id: \"k1\", .. }");
        for (id, material) in
            [("", &material[..]), ("K1", &material), ("k:1", &material), ("k1", b"short"), ("k1", &[b'a'; 64])]
        {
            assert!(MarkKey::new(id, material).is_err(), "{id}");
        }
    }
}
