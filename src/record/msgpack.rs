//! Records in MessagePack, read into a [`Record`]. Lengths that come from outside are believed up to a limit only.

use super::head::{Head, Stuck, Walk, head};
use super::{Kind, Record};

/// How deep values may stand in each other.
const DEEPEST: usize = 64;
/// Longer values are not held: agents cut messages long before.
const LONGEST: usize = 16 << 20;

/// Reads values one behind the other.
pub(crate) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    /// From the start of `bytes`.
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes are read.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Reads a head alone.
    pub(crate) fn head(&mut self) -> Result<Head, Stuck> {
        let (head, len) = head(self.bytes.get(self.at..).unwrap_or_default())?;
        self.at += len;
        Ok(head)
    }

    /// Reads one value and everything in it.
    pub(crate) fn value(&mut self, record: &mut Record, depth: usize) -> Result<(), Stuck> {
        if depth > DEEPEST {
            return Err(Stuck::Foreign("values stand deeper than 64 in each other"));
        }
        let from = self.at;
        let word = match self.head()? {
            Head::Text(len) => return self.text(record, from, len, Kind::Text),
            Head::Binary(len) => return self.text(record, from, len, Kind::Binary),
            // A type of its own: its bytes are the business of who made it, and of the rules as bytes.
            Head::Extension(len) => return self.text(record, from, len, Kind::Extension),
            Head::Array(count) => return self.array(record, count, depth),
            Head::Map(count) => return self.map(record, count, depth),
            Head::Null => "null".to_owned(),
            Head::Bool(is) => is.to_string(),
            Head::Unsigned(n) => n.to_string(),
            Head::Signed(n) => n.to_string(),
            Head::Single(n) => n.to_string(),
            Head::Double(n) => n.to_string(),
        };
        record.word(from..self.at, word.as_bytes());
        Ok(())
    }

    /// Passes one value by.
    pub(crate) fn skip(&mut self) -> Result<(), Stuck> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += Walk::new().on(rest, rest.len())?;
        Ok(())
    }

    /// Takes the next bytes as they are, however many.
    pub(crate) fn bytes(&mut self, len: usize) -> Result<&'b [u8], Stuck> {
        let bytes = self.bytes.get(self.at..).and_then(|rest| rest.get(..len)).ok_or(Stuck::Short)?;
        self.at += len;
        Ok(bytes)
    }

    /// Takes the next bytes as they are, within reason.
    pub(crate) fn take(&mut self, len: usize) -> Result<&'b [u8], Stuck> {
        if len > LONGEST {
            return Err(Stuck::Foreign("a value is longer than 16 MiB"));
        }
        self.bytes(len)
    }

    fn text(&mut self, record: &mut Record, from: usize, len: usize, kind: Kind) -> Result<(), Stuck> {
        let text = self.take(len)?;
        record.text(from..self.at, if kind == Kind::Extension { &text[1..] } else { text }, kind);
        Ok(())
    }

    fn array(&mut self, record: &mut Record, count: usize, depth: usize) -> Result<(), Stuck> {
        record.sign(b"[");
        for n in 0..count {
            if n > 0 {
                record.sign(b",");
            }
            self.value(record, depth + 1)?;
        }
        record.sign(b"]");
        Ok(())
    }

    fn map(&mut self, record: &mut Record, count: usize, depth: usize) -> Result<(), Stuck> {
        record.sign(b"{");
        for n in 0..count {
            if n > 0 {
                record.sign(b",");
            }
            self.value(record, depth + 1)?;
            record.sign(b":");
            self.value(record, depth + 1)?;
        }
        record.sign(b"}");
        Ok(())
    }
}

/// Puts a text behind `out`, or bytes.
pub(crate) fn put(text: &[u8], binary: bool, out: &mut Vec<u8>) {
    let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
    // Writing into memory does not fail.
    if binary {
        drop(rmp::encode::write_bin_len(out, len));
    } else {
        drop(rmp::encode::write_str_len(out, len));
    }
    out.extend_from_slice(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Redactor;

    fn clean(bytes: &[u8]) -> Result<Vec<u8>, Stuck> {
        let redactor = Redactor::builder().build().unwrap();
        let mut record = Record::default();
        let mut reader = Reader::new(bytes);
        reader.value(&mut record, 0)?;
        Ok(record.clean(&redactor, &bytes[..reader.at]))
    }

    #[test]
    fn values_are_judged_with_their_names_and_keep_their_types() {
        let cases: &[(&[u8], &[u8])] = &[
            (b"\x81\xa4user\xa3ada", b"\x81\xa4user\xa3ada"),
            (b"\x81\xa8password\xa7hunter2", b"\x81\xa8password\xaa[REDACTED]"),
            // Texts in the long form, binary ones, and a number.
            (b"\x81\xd9\x08password\xd9\x07hunter2", b"\x81\xd9\x08password\xaa[REDACTED]"),
            (b"\x81\xa8password\xc4\x07hunter2", b"\x81\xa8password\xc4\x0a[REDACTED]"),
            (b"\x81\xa8password\xce\x00\xbc\x61\x4e", b"\x81\xa8password\xaa[REDACTED]"),
            // Inside of a text, with what has to be escaped around it.
            (b"\x81\xa3log\xb4a\"b\n password=abc\\d ", b"\x81\xa3log\xb9a\"b\n password=[REDACTED] "),
            (b"\x92\x01\x81\xa1a\x91\x81\xa5token\xa6abc123", b"\x92\x01\x81\xa1a\x91\x81\xa5token\xaa[REDACTED]"),
            // No UTF-8, a time of Fluentd's, and what is no number in JSON.
            (
                b"\x93\xa2\xff\xfe\xd7\x00\x01\x02\x03\x04\x05\x06\x07\x08\xca\x7f\xc0\x00\x00",
                b"\x93\xa2\xff\xfe\xd7\x00\x01\x02\x03\x04\x05\x06\x07\x08\xca\x7f\xc0\x00\x00",
            ),
        ];
        for (bytes, want) in cases {
            let got = clean(bytes).unwrap();
            assert_eq!(got.escape_ascii().to_string(), want.escape_ascii().to_string());
        }
    }

    #[test]
    fn what_is_short_waits_and_what_is_foreign_ends() {
        let whole = b"\x81\xa8password\xda\x00\x07hunter2";
        for end in 0..whole.len() {
            assert_eq!(clean(&whole[..end]), Err(Stuck::Short), "{end}");
        }
        assert!(matches!(clean(b"\xc1"), Err(Stuck::Foreign(_))));
        assert!(matches!(clean(b"\xc6\xff\xff\xff\xff"), Err(Stuck::Foreign(_))));
        assert!(matches!(clean(&[0x91; 1000]), Err(Stuck::Foreign(_))));
        // An array that says it is long costs nothing before its values come.
        assert_eq!(clean(b"\xdd\xff\xff\xff\xff\x01"), Err(Stuck::Short));
    }
}
