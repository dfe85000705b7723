//! MessagePack on both sides, as Fluentd's `exec_filter` has it with `@type msgpack`: one record in, one record out.
//!
//! A record is copied byte for byte but for the values that hold a hit. What is looked at is the record as JSON, so that
//! a value is judged with its name. Lengths that come from outside are believed up to a limit only.

use rmp::Marker;

use super::Broken;
use super::lines::{LONGEST, Lines};
use super::record::{Kind, Record};
use crate::Redactor;
use crate::sink::{Framed, Sink};

/// How deep values may stand in each other.
const DEEPEST: usize = 64;

/// Passes records on until the end.
///
/// # Errors
/// [`Broken`]: also where the text ends inside of a record.
pub(crate) fn records(redactor: &Redactor, lines: &mut Lines, sink: &mut Sink) -> Result<(), Broken> {
    let mut out = Framed::default();
    loop {
        out.clear();
        loop {
            let mut record = Record::default();
            let mut bytes = Reader { bytes: lines.pending(), at: 0 };
            match bytes.value(&mut record, 0) {
                Ok(()) => {
                    let len = bytes.at;
                    out.record(&record.clean(redactor, &lines.pending()[..len]));
                    lines.taken(len);
                }
                Err(Stuck::Short) => break,
                Err(Stuck::Foreign(why)) => {
                    sink.put_framed(&out)?;
                    return Err(Broken::Foreign(why));
                }
            }
        }
        sink.put_framed(&out)?;
        if lines.pending().len() > LONGEST {
            return Err(Broken::Foreign("a record is longer than 16 MiB"));
        }
        if lines.more()? == 0 {
            return if lines.pending().is_empty() {
                Ok(())
            } else {
                Err(Broken::Foreign("it ends inside of a record"))
            };
        }
    }
}

/// Why a value cannot be read.
#[derive(Debug, PartialEq, Eq)]
enum Stuck {
    /// More has to come.
    Short,
    /// It is none.
    Foreign(&'static str),
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Reader<'_> {
    /// Reads one value and everything in it.
    fn value(&mut self, record: &mut Record, depth: usize) -> Result<(), Stuck> {
        if depth > DEEPEST {
            return Err(Stuck::Foreign("values stand deeper than 64 in each other"));
        }
        let from = self.at;
        let marker = Marker::from_u8(self.take(1)?[0]);
        match marker {
            Marker::Null => record.word(from..self.at, b"null"),
            Marker::True => record.word(from..self.at, b"true"),
            Marker::False => record.word(from..self.at, b"false"),
            Marker::FixPos(n) => record.word(from..self.at, n.to_string().as_bytes()),
            Marker::FixNeg(n) => record.word(from..self.at, n.to_string().as_bytes()),
            Marker::U8 => self.number(record, from, 1, |n| n.to_string())?,
            Marker::U16 => self.number(record, from, 2, |n| n.to_string())?,
            Marker::U32 => self.number(record, from, 4, |n| n.to_string())?,
            Marker::U64 => self.number(record, from, 8, |n| n.to_string())?,
            Marker::I8 => self.number(record, from, 1, |n| (n as u8).cast_signed().to_string())?,
            Marker::I16 => self.number(record, from, 2, |n| (n as u16).cast_signed().to_string())?,
            Marker::I32 => self.number(record, from, 4, |n| (n as u32).cast_signed().to_string())?,
            Marker::I64 => self.number(record, from, 8, |n| n.cast_signed().to_string())?,
            Marker::F32 => self.number(record, from, 4, |n| f32::from_bits(n as u32).to_string())?,
            Marker::F64 => self.number(record, from, 8, |n| f64::from_bits(n).to_string())?,
            Marker::FixStr(n) => self.text(record, from, usize::from(n), Kind::Text)?,
            Marker::Str8 => self.sized(record, from, 1, Kind::Text)?,
            Marker::Str16 => self.sized(record, from, 2, Kind::Text)?,
            Marker::Str32 => self.sized(record, from, 4, Kind::Text)?,
            Marker::Bin8 => self.sized(record, from, 1, Kind::Binary)?,
            Marker::Bin16 => self.sized(record, from, 2, Kind::Binary)?,
            Marker::Bin32 => self.sized(record, from, 4, Kind::Binary)?,
            Marker::FixArray(n) => self.array(record, usize::from(n), depth)?,
            Marker::Array16 => self.array_of(record, 2, depth)?,
            Marker::Array32 => self.array_of(record, 4, depth)?,
            Marker::FixMap(n) => self.map(record, usize::from(n), depth)?,
            Marker::Map16 => self.map_of(record, 2, depth)?,
            Marker::Map32 => self.map_of(record, 4, depth)?,
            Marker::FixExt1 => self.extension(record, from, 1)?,
            Marker::FixExt2 => self.extension(record, from, 2)?,
            Marker::FixExt4 => self.extension(record, from, 4)?,
            Marker::FixExt8 => self.extension(record, from, 8)?,
            Marker::FixExt16 => self.extension(record, from, 16)?,
            Marker::Ext8 => self.extension_of(record, from, 1)?,
            Marker::Ext16 => self.extension_of(record, from, 2)?,
            Marker::Ext32 => self.extension_of(record, from, 4)?,
            Marker::Reserved => return Err(Stuck::Foreign("a byte is no MessagePack")),
        }
        Ok(())
    }

    fn take(&mut self, len: usize) -> Result<&[u8], Stuck> {
        if len > LONGEST {
            return Err(Stuck::Foreign("a value is longer than 16 MiB"));
        }
        let to = self.at + len;
        let bytes = self.bytes.get(self.at..to).ok_or(Stuck::Short)?;
        self.at = to;
        Ok(bytes)
    }

    /// A whole number of `len` bytes, the highest first.
    fn unsigned(&mut self, len: usize) -> Result<u64, Stuck> {
        Ok(self.take(len)?.iter().fold(0, |n, byte| n << 8 | u64::from(*byte)))
    }

    fn length(&mut self, len: usize) -> Result<usize, Stuck> {
        usize::try_from(self.unsigned(len)?).map_err(|_| Stuck::Foreign("a value is longer than 16 MiB"))
    }

    fn number(&mut self, record: &mut Record, from: usize, len: usize, say: fn(u64) -> String) -> Result<(), Stuck> {
        let said = say(self.unsigned(len)?);
        record.word(from..self.at, said.as_bytes());
        Ok(())
    }

    fn sized(&mut self, record: &mut Record, from: usize, len: usize, kind: Kind) -> Result<(), Stuck> {
        let len = self.length(len)?;
        self.text(record, from, len, kind)
    }

    fn text(&mut self, record: &mut Record, from: usize, len: usize, kind: Kind) -> Result<(), Stuck> {
        let text = self.take(len)?.to_vec();
        record.text(from..self.at, &text, kind);
        Ok(())
    }

    fn extension_of(&mut self, record: &mut Record, from: usize, len: usize) -> Result<(), Stuck> {
        let len = self.length(len)?;
        self.extension(record, from, len)
    }

    /// A type of its own: its bytes are the business of who made it, and of the rules as bytes.
    fn extension(&mut self, record: &mut Record, from: usize, len: usize) -> Result<(), Stuck> {
        self.take(1)?;
        self.text(record, from, len, Kind::Extension)
    }

    fn array_of(&mut self, record: &mut Record, len: usize, depth: usize) -> Result<(), Stuck> {
        let count = self.length(len)?;
        self.array(record, count, depth)
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

    fn map_of(&mut self, record: &mut Record, len: usize, depth: usize) -> Result<(), Stuck> {
        let count = self.length(len)?;
        self.map(record, count, depth)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(bytes: &[u8]) -> Result<Vec<u8>, Stuck> {
        let redactor = Redactor::builder().build().unwrap();
        let mut record = Record::default();
        let mut reader = Reader { bytes, at: 0 };
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
