//! Fingerprints: the same value has the same one, and without the key nobody can try values against them.
//!
//! HMAC-SHA-256 (RFC 2104) over rule and value, cut to 128 bits. A plain hash of an e-mail address or a short password
//! would give it away to whoever tries a list. Without a key from the user one is drawn for the run: then fingerprints
//! tell values apart within a report, and nothing across reports.

use std::fmt;
use std::io;

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The fingerprint of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Fingerprint(pub(crate) [u8; 16]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What fingerprints are made with.
pub(crate) struct Key {
    mac: Hmac<Sha256>,
    /// Tells keys apart; `None` for the key of one run.
    id: Option<String>,
}

/// Fewer bytes could be tried out.
const SHORTEST: usize = 16;

impl Key {
    /// The user's key: its bytes without blanks around them.
    ///
    /// # Errors
    /// That it is too short.
    pub(crate) fn given(bytes: &[u8]) -> Result<Self, String> {
        let bytes = bytes.trim_ascii();
        if bytes.len() < SHORTEST {
            return Err(format!("the key has {} bytes; {SHORTEST} are needed (openssl rand -hex 32)", bytes.len()));
        }
        let mut key = Self::of(bytes)?;
        let id = key.mac(&[b"inkout fingerprint key"]);
        key.id = Some(id.to_string()[..8].to_owned());
        Ok(key)
    }

    /// A key for this run alone.
    ///
    /// # Errors
    /// The system's, where it has no randomness.
    pub(crate) fn drawn() -> io::Result<Self> {
        let mut bytes = [0_u8; 32];
        let mut filled = 0;
        while filled < bytes.len() {
            filled += rustix::rand::getrandom(&mut bytes[filled..], rustix::rand::GetRandomFlags::empty())?;
        }
        Self::of(&bytes).map_err(io::Error::other)
    }

    /// What tells the key from others; `None` where fingerprints mean nothing beyond this run.
    pub(crate) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The fingerprint of a value that the rule of this id found.
    pub(crate) fn fingerprint(&self, rule: &str, value: &[u8]) -> Fingerprint {
        self.mac(&[rule.as_bytes(), b"\0", value])
    }

    fn of(bytes: &[u8]) -> Result<Self, String> {
        let mac = Hmac::<Sha256>::new_from_slice(bytes).map_err(|error| error.to_string())?;
        Ok(Self { mac, id: None })
    }

    fn mac(&self, parts: &[&[u8]]) -> Fingerprint {
        let mut mac = self.mac.clone();
        parts.iter().for_each(|part| mac.update(part));
        let all = mac.finalize().into_bytes();
        let mut cut = [0; 16];
        cut.copy_from_slice(&all[..16]);
        Fingerprint(cut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_makes_the_fingerprint() {
        let (one, two) = (Key::given(b"0123456789abcdef\n").unwrap(), Key::given(b"fedcba9876543210").unwrap());
        let print = one.fingerprint("r", b"v");
        assert_eq!(print, Key::given(b"0123456789abcdef").unwrap().fingerprint("r", b"v"));
        assert_ne!(print, two.fingerprint("r", b"v"));
        assert_ne!(print, one.fingerprint("r2", b"v"));
        assert_ne!(one.id(), two.id());
        let drawn = (Key::drawn().unwrap(), Key::drawn().unwrap());
        assert_ne!(drawn.0.fingerprint("r", b"v"), drawn.1.fingerprint("r", b"v"));
        assert_eq!(drawn.0.id(), None);
        assert!(Key::given(b"short").is_err());
    }

    /// RFC 4231, test case 2, with an empty rule name split off.
    #[test]
    fn it_is_hmac_sha_256() {
        let key = Key::of(b"Jefe").unwrap();
        assert_eq!(key.mac(&[b"what do ya want ", b"for nothing?"]).to_string(), "5bdcc146bf60754e6a042426089575c7");
    }
}
