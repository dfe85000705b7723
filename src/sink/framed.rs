//! Clean text in the words of a protocol: what an agent expects around it, and escaped as it wants it.
//!
//! Words are constants of ours, so nothing that was not cleaned gets in by mistake.

use crate::Clean;

/// Bytes that may leave.
#[derive(Default)]
pub(crate) struct Framed(Vec<u8>);

impl Framed {
    /// Empty again, with its memory.
    pub(crate) fn clear(&mut self) -> &mut Self {
        self.0.clear();
        self
    }

    /// Adds a word of the protocol.
    pub(crate) fn word(&mut self, word: &'static str) -> &mut Self {
        self.0.extend_from_slice(word.as_bytes());
        self
    }

    /// Adds a number.
    pub(crate) fn number(&mut self, number: usize) -> &mut Self {
        self.0.extend_from_slice(number.to_string().as_bytes());
        self
    }

    /// Adds clean text as a part of a JSON string. Bytes that are no UTF-8 stay as they are.
    pub(crate) fn json(&mut self, clean: &Clean<'_>) {
        clean.pieces().for_each(|piece| escape(piece, &mut self.0));
    }

    /// Adds a record that was put together of clean values.
    pub(crate) fn record(&mut self, record: &[u8]) {
        self.0.extend_from_slice(record);
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Puts `text` behind `out` as it stands inside a JSON string.
pub(crate) fn escape(text: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut rest = text;
    while let Some(at) = rest.iter().position(|b| *b < b' ' || matches!(b, b'"' | b'\\')) {
        out.extend_from_slice(&rest[..at]);
        match rest[at] {
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            byte @ (b'"' | b'\\') => out.extend_from_slice(&[b'\\', byte]),
            byte => {
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            }
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}
