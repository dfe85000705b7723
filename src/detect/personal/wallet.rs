//! Addresses of cryptocurrencies.
//!
//! Base58Check and Bech32 have checksums long enough to decide alone. An Ethereum address is told by its `0x` and its
//! forty digits: the capitals of ERC-55 are a checksum that many programs drop. Monero's checksum wants Keccak; its
//! length of 95 or 106 and its alphabet decide.
//!
//! Sources: Bitcoin developer reference, "Base58Check encoding"; BIP 173 and BIP 350; ERC-55; Monero, "Standard address".

use sha2::{Digest, Sha256};

use crate::detect::boundary::free_before;
use crate::span::Span;

/// The address that begins at `at`, where a word of `len` bytes begins.
pub(super) fn find(line: &[u8], at: usize, len: usize) -> Option<Span> {
    let word = &line[at..at + len];
    if !free_before(line, at)
        || matches!(line[..at].last(), Some(b'+' | b'-' | b'=')) && len < 42 && is_blob(&line[..at])
    {
        return None;
    }
    let counts = match len {
        26..=35 => base58check(word),
        42 if word.starts_with(b"0x") => word[2..].iter().all(u8::is_ascii_hexdigit),
        95 | 106 => matches!(word[0], b'4' | b'8') && word.iter().all(|b| base58(*b).is_some()),
        _ => false,
    } || len <= 90 && bech32(word);
    counts.then(|| Span::new(at, at + len))
}

/// Whether base64 goes on to the left.
fn is_blob(before: &[u8]) -> bool {
    before.iter().rev().take(24).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-')).count()
        > 16
}

fn base58(byte: u8) -> Option<u32> {
    const DIGITS: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    DIGITS.iter().position(|d| *d == byte).map(|place| place as u32)
}

/// Twenty-five bytes, the last four of which are the head of a double SHA-256 of the others.
fn base58check(word: &[u8]) -> bool {
    let mut bytes = [0u8; 25];
    for byte in word {
        let Some(mut carry) = base58(*byte) else { return false };
        for place in bytes.iter_mut().rev() {
            carry += u32::from(*place) * 58;
            *place = carry as u8;
            carry >>= 8;
        }
        if carry > 0 {
            return false;
        }
    }
    let (payload, check) = bytes.split_at(21);
    let hash = Sha256::digest(Sha256::digest(payload));
    hash.starts_with(check) && payload.iter().any(|b| *b != 0)
}

/// A prefix of one to ten letters, `1`, and digits whose checksum is that of Bech32 or Bech32m.
fn bech32(word: &[u8]) -> bool {
    const DIGITS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let Some(cut) = word.iter().take(11).position(|b| *b == b'1') else { return false };
    let (prefix, data) = (&word[..cut], &word[cut + 1..]);
    let mixed = word.iter().any(u8::is_ascii_uppercase) && word.iter().any(u8::is_ascii_lowercase);
    if cut < 2 || data.len() < 11 || mixed || !prefix.iter().all(u8::is_ascii_alphabetic) {
        return false;
    }
    let mut sum = 1u32;
    let mut step = |value: u32| {
        let top = sum >> 25;
        sum = (sum & 0x1ff_ffff) << 5 ^ value;
        for (i, generator) in GENERATOR.iter().enumerate() {
            sum ^= if top >> i & 1 == 1 { *generator } else { 0 };
        }
    };
    let prefix = prefix.iter().map(u8::to_ascii_lowercase);
    prefix.clone().for_each(|b| step(u32::from(b >> 5)));
    step(0);
    prefix.for_each(|b| step(u32::from(b & 31)));
    for byte in data {
        let Some(place) = DIGITS.iter().position(|d| *d == byte.to_ascii_lowercase()) else { return false };
        step(place as u32);
    }
    matches!(sum, 1 | 0x2bc8_30a3)
}
