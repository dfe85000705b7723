//! Long tokens of no known issuer that look random.
//!
//! The least certain of all rules, so what is known to be innocent is turned away: hashes and ids in hex, UUIDs, words
//! of programs in camel case, paths, base64 that goes on, and what is called a checksum, a fingerprint or a public key.

use super::near::{self, Near};
use crate::detect::boundary::free_before;
use crate::detect::check;
use crate::span::Span;

/// Shorter ones are names and ids more often than not.
pub(super) const SHORTEST: usize = 32;
/// Longer ones are data.
const LONGEST: usize = 88;
/// Bits a byte: random letters and digits of this length hardly ever have fewer.
const ENTROPY: f32 = 4.2;

/// The token that begins at `at`, where a word of `len` bytes begins.
pub(super) fn find(line: &[u8], at: usize, len: usize) -> Option<Span> {
    let word = &line[at..at + len];
    let span = Span::new(at, at + len);
    let beside =
        |b: Option<&u8>| matches!(b, Some(b'-' | b'_' | b'+' | b'/' | b'.' | b'=' | b':' | b'$' | b'@' | b'\\' | b'%'));
    let before = line[..at].last();
    let assigned = matches!(before, Some(b'=' | b':'));
    let free = free_before(line, at)
        && (assigned || !beside(before))
        && !beside(line.get(span.end))
        && near::ends(&line[span.end..])
        && !matches!(before, Some(b']' | b'*' | b'#'));
    // A line of nothing else is a line of a larger piece of data; `eyJ` begins JSON.
    let data = near::is_line(line, span) || word.starts_with(b"eyJ") || word.contains(&b'_');
    let fits = (SHORTEST..=LONGEST).contains(&len) && free && !data && looks_random(word);
    (fits && !near::is_behind_marker(line, at) && !Near::new(line, at).named(INNOCENT)).then_some(span)
}

const INNOCENT: &[&str] = &[
    "sha*",
    "md5",
    "hash*",
    "checksum*",
    "digest*",
    "fingerprint*",
    "integrity",
    "public",
    "pub",
    "commit",
    "etag",
    "id",
    "ids",
    "uuid",
    "guid",
    "trace*",
    "span*",
    "request*",
    "nonce",
    "revision",
    "cid",
    "path",
    "file*",
    "url",
    "example*",
    "signature",
    "cert*",
    "publishable",
    "site key",
    "image",
    "layer",
    "blob",
    "gclid",
    "fbclid",
    "msclkid",
];

/// Capitals, small letters and digits without order: a digit in every stretch, cases that change, no plain words.
fn looks_random(word: &[u8]) -> bool {
    let count = |is: fn(&u8) -> bool| word.iter().filter(|b| is(b)).count();
    let (digits, capitals, small) =
        (count(u8::is_ascii_digit), count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    let turns = word.windows(2).filter(|w| class(w[0]) != class(w[1])).count();
    let most = word.chunk_by(|a, b| class(*a) == class(*b)).map(<[u8]>::len).max().unwrap_or(0);
    let ordered = word.windows(4).filter(|w| w.windows(2).all(|p| p[1] == p[0].wrapping_add(1))).count();
    let eighth = word.len() / 8;
    digits >= 3.max(word.len() / 16)
        && capitals >= eighth
        && small >= eighth
        && turns * 5 >= word.len() * 2
        && most <= 7
        && ordered == 0
        && check::entropy(word) >= ENTROPY
}

const fn class(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        _ => 2,
    }
}
