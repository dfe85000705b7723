//! The words of the Forward protocol around its messages: who shares a key, and what is safe.

use std::io;

use sha2::{Digest, Sha512};

use super::message::text;
use crate::record::{Head, Reader, Stuck, put};
use crate::serve::fields::Fields;

/// A key that both sides know.
#[derive(Clone)]
pub(crate) struct SharedKey(Vec<u8>);

impl SharedKey {
    /// Reads the first line of the file that `shared-key-file` names.
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let path = fields.path("shared-key-file")?;
        let key = match std::fs::read(&path) {
            Ok(text) => text.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii().to_vec(),
            Err(error) => {
                fields.refuse("shared-key-file", &error.to_string());
                return None;
            }
        };
        if key.is_empty() {
            fields.refuse("shared-key-file", "the file's first line is the key, and it is empty");
        }
        Some(Self(key))
    }

    /// What proves the key: a hash with what both sides threw in, in hexadecimal digits.
    fn proof(&self, salt: &[u8], host: &[u8], nonce: &[u8]) -> Vec<u8> {
        let mut hash = Sha512::new();
        [salt, host, nonce, &self.0].iter().for_each(|part| hash.update(part));
        hash.finalize().iter().flat_map(|byte| [hex(byte >> 4), hex(byte & 15)]).collect()
    }
}

impl std::fmt::Debug for SharedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedKey")
    }
}

/// What is no message, in words; an end in the middle of one that was said to be whole is none either.
pub(super) fn foreign(stuck: Stuck) -> io::Error {
    let why = match stuck {
        Stuck::Short => "a message ends inside of a value",
        Stuck::Foreign(why) => why,
    };
    io::Error::new(io::ErrorKind::InvalidData, why)
}

pub(super) fn hex(digit: u8) -> u8 {
    b"0123456789abcdef"[usize::from(digit)]
}

/// Equal, in a time that does not say where they differ.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

/// The first word of a server that has a shared key.
pub(crate) fn helo(nonce: &[u8]) -> Vec<u8> {
    let mut out = b"\x92\xa4HELO\x83\xa5nonce".to_vec();
    put(nonce, true, &mut out);
    out.extend_from_slice(b"\xa4auth\xa0\xa9keepalive\xc3");
    out
}

/// What a server made of a client's `PING`: its answer, and whether the key was right.
///
/// # Errors
/// [`Stuck`]: it is no `PING`.
pub(crate) fn pong(ping: &[u8], key: &SharedKey, nonce: &[u8], host: &[u8]) -> Result<(Vec<u8>, bool), Stuck> {
    let mut reader = Reader::new(ping);
    let (Head::Array(6), b"PING") = (reader.head()?, text(&mut reader)?) else {
        return Err(Stuck::Foreign("a client does not say PING"));
    };
    let (peer, salt, proof) = (text(&mut reader)?, text(&mut reader)?, text(&mut reader)?);
    let right = same(proof, &key.proof(salt, peer, nonce));
    let mut out = b"\x95\xa4PONG".to_vec();
    out.push(if right { 0xc3 } else { 0xc2 });
    put(if right { b"" } else { b"shared_key mismatch" }, false, &mut out);
    put(host, false, &mut out);
    // Whoever does not know the key gets nothing to try keys on.
    put(&if right { key.proof(salt, host, nonce) } else { Vec::new() }, false, &mut out);
    Ok((out, right))
}

/// A client's answer to `HELO`.
///
/// # Errors
/// [`Stuck`]: it is no `HELO`, or wants a user's name.
pub(crate) fn ping(helo: &[u8], key: &SharedKey, salt: &[u8], host: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Stuck> {
    let mut reader = Reader::new(helo);
    let (Head::Array(2), b"HELO", Head::Map(options)) = (reader.head()?, text(&mut reader)?, reader.head()?) else {
        return Err(Stuck::Foreign("the server does not say HELO"));
    };
    let (mut nonce, mut auth) = (&b""[..], &b""[..]);
    for _ in 0..options {
        match text(&mut reader)? {
            b"nonce" => nonce = text(&mut reader)?,
            b"auth" => auth = text(&mut reader)?,
            _ => reader.skip()?,
        }
    }
    if !auth.is_empty() {
        return Err(Stuck::Foreign("the server wants a user and a password, which this sink has not"));
    }
    let mut out = b"\x96\xa4PING".to_vec();
    put(host, false, &mut out);
    put(salt, true, &mut out);
    put(&key.proof(salt, host, nonce), false, &mut out);
    put(b"", false, &mut out);
    put(b"", false, &mut out);
    Ok((out, nonce.to_vec()))
}

/// Whether a server's `PONG` shows that it took us, and that it knows the key itself.
///
/// # Errors
/// [`Stuck`]: it is no `PONG`.
pub(crate) fn is_welcome(pong: &[u8], key: &SharedKey, salt: &[u8], nonce: &[u8]) -> Result<bool, Stuck> {
    let mut reader = Reader::new(pong);
    let (Head::Array(5), b"PONG", Head::Bool(taken)) = (reader.head()?, text(&mut reader)?, reader.head()?) else {
        return Err(Stuck::Foreign("the server does not say PONG"));
    };
    let (_reason, host, proof) = (text(&mut reader)?, text(&mut reader)?, text(&mut reader)?);
    Ok(taken && same(proof, &key.proof(salt, host, nonce)))
}

/// What tells a client that a chunk is safe.
pub(crate) fn ack(chunk: &[u8]) -> Vec<u8> {
    let mut out = b"\x81\xa3ack".to_vec();
    put(chunk, false, &mut out);
    out
}

/// The chunk that a server says is safe.
///
/// # Errors
/// [`Stuck`]: it says something else.
pub(crate) fn acked(answer: &[u8]) -> Result<&[u8], Stuck> {
    let mut reader = Reader::new(answer);
    match (reader.head()?, text(&mut reader)?) {
        (Head::Map(1), b"ack") => text(&mut reader),
        _ => Err(Stuck::Foreign("the server does not acknowledge")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_prove_the_key() {
        let (key, other) = (SharedKey(b"otter".to_vec()), SharedKey(b"weasel".to_vec()));
        let (say, nonce) = ping(&helo(b"NONCE"), &key, b"SALT", b"client").unwrap();
        assert_eq!(nonce, b"NONCE");
        let (answer, right) = pong(&say, &key, b"NONCE", b"server").unwrap();
        assert!(right && is_welcome(&answer, &key, b"SALT", b"NONCE").unwrap());
        // A server that does not know the key, a client that does not, a proof from another connection.
        assert!(!is_welcome(&answer, &other, b"SALT", b"NONCE").unwrap());
        let (answer, right) = pong(&say, &other, b"NONCE", b"server").unwrap();
        assert!(!right && !is_welcome(&answer, &key, b"SALT", b"NONCE").unwrap());
        assert!(!pong(&say, &key, b"OTHER", b"server").unwrap().1);
        assert!(pong(b"\x93\xa1t\x01\x80", &key, b"NONCE", b"server").is_err());
    }

    #[test]
    fn acks_name_their_chunk() {
        assert_eq!(acked(&ack(b"abc")), Ok(&b"abc"[..]));
        assert!(acked(b"\x81\xa3nak\xa3abc").is_err() && acked(b"\x01").is_err());
        assert_eq!(acked(b"\x81\xa3ack"), Err(Stuck::Short));
    }
}
