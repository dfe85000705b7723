//! Messages of the Fluent Forward protocol, version 1, in all four modes: read, cleaned, and told as one batch.
//!
//! Whatever the mode, what comes out is the entries of a packed message: `[time, record]`, one behind the other, with
//! the types and the order they had. Times are no text and are copied. A length that comes from outside allocates
//! nothing, and what a message unpacks to is bounded.

use std::borrow::Cow;
use std::io::Read;
use std::time::Duration;

use crate::record::{Head, Reader, Record, Stuck};
use crate::{Hit, Redactor};

/// The entries of one message, clean.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Batch {
    /// What the sender says that they are.
    pub(crate) tag: Vec<u8>,
    /// `[time, record]`, one behind the other.
    pub(crate) entries: Vec<u8>,
    /// How many.
    pub(crate) count: usize,
}

impl Batch {
    /// Puts entries behind those that are there, without their secrets; their hits go behind `said`.
    ///
    /// # Errors
    /// [`Stuck::Foreign`]: they are none.
    pub(crate) fn add(&mut self, entries: &[u8], redactor: &Redactor, said: &mut Vec<Hit>) -> Result<(), Stuck> {
        let mut rest = entries;
        while !rest.is_empty() {
            let (record, len, count) = look(rest).map_err(|stuck| match stuck {
                Stuck::Short => Stuck::Foreign("an entry ends inside of a value"),
                foreign => foreign,
            })?;
            record.clean_into(redactor, &rest[..len], &mut self.entries, said);
            self.count += count;
            rest = &rest[len..];
        }
        Ok(())
    }
}

/// Begins an entry behind `out`: the time, in nanoseconds since 1970, before the record.
pub(crate) fn begin(time: Duration, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\x92\xd7\x00");
    out.extend_from_slice(&u32::try_from(time.as_secs()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(&time.subsec_nanos().to_be_bytes());
}

/// A message as it came.
#[derive(Debug)]
pub(crate) struct Message<'b> {
    tag: &'b [u8],
    entries: Entries<'b>,
    /// What the sender wants to be told once the message is safe.
    pub(crate) chunk: Option<&'b [u8]>,
    compressed: Option<&'b [u8]>,
}

#[derive(Debug)]
enum Entries<'b> {
    /// The time and the record of the only one, one behind the other.
    Single(&'b [u8]),
    /// As many entries, one behind the other.
    Listed(&'b [u8], usize),
    Packed(&'b [u8]),
}

/// The longest tag: longer ones are mistakes, or worse.
const LONGEST_TAG: usize = 1024;
/// How much a compressed message may hold: what peers allow.
const UNPACKED: u64 = 100 << 20;
/// The largest window of zstd, as RFC 9659 has it.
const WINDOW_LOG: u32 = 23;

impl<'b> Message<'b> {
    /// Reads one whole message.
    ///
    /// # Errors
    /// [`Stuck::Foreign`]: what follows cannot be told apart.
    pub(crate) fn read(bytes: &'b [u8]) -> Result<Self, Stuck> {
        let mut reader = Reader::new(bytes);
        let Head::Array(fields @ 2..=4) = reader.head()? else {
            return Err(Stuck::Foreign("a message is no list of two to four"));
        };
        let tag = tag(&mut reader)?;
        let (entries, used) = entries(&mut reader, bytes)?;
        let mut message = Self { tag, entries, chunk: None, compressed: None };
        match fields.checked_sub(used) {
            Some(0) => {}
            Some(1) => message.options(&mut reader)?,
            _ => return Err(Stuck::Foreign("a message has too few or too many parts")),
        }
        Ok(message)
    }

    fn options(&mut self, reader: &mut Reader<'b>) -> Result<(), Stuck> {
        let count = match reader.head()? {
            Head::Null => return Ok(()),
            Head::Map(count) => count,
            _ => return Err(Stuck::Foreign("the options of a message are no map")),
        };
        for _ in 0..count {
            let name = text(reader)?;
            match name {
                b"chunk" => self.chunk = Some(text(reader)?),
                b"compressed" => self.compressed = Some(text(reader)?),
                // What Fluent Bit has besides logs: nothing here can carry it on.
                b"fluent_signal" => match reader.head()? {
                    Head::Unsigned(0) => {}
                    _ => return Err(Stuck::Foreign("a message holds metrics or traces, not logs")),
                },
                _ => reader.skip()?,
            }
        }
        Ok(())
    }

    /// The entries without their secrets; their hits go behind `said`.
    ///
    /// # Errors
    /// [`Stuck::Foreign`]: they are none, or unpack to too much.
    pub(crate) fn clean(&self, redactor: &Redactor, said: &mut Vec<Hit>) -> Result<Batch, Stuck> {
        let (bytes, count) = match &self.entries {
            // As a list of two it is an entry like all others.
            Entries::Single(entry) => (Cow::Owned([&b"\x92"[..], entry].concat()), Some(1)),
            Entries::Listed(entries, listed) => (Cow::Borrowed(*entries), Some(*listed)),
            Entries::Packed(packed) => (unpack(packed, self.compressed)?, None),
        };
        let mut batch = Batch { tag: redactor.redact(self.tag).into_owned(), ..Batch::default() };
        batch.add(&bytes, redactor, said)?;
        match count {
            Some(count) if count != batch.count => Err(Stuck::Foreign("a message has too few or too many entries")),
            _ => Ok(batch),
        }
    }
}

/// How much text is looked at in one piece.
const PIECE: usize = 1 << 20;

/// Reads entries up to about a piece of text, and says how many bytes they take and how many they are.
fn look(bytes: &[u8]) -> Result<(Record, usize, usize), Stuck> {
    let (mut reader, mut record, mut count) = (Reader::new(bytes), Record::default(), 0);
    while reader.at() < bytes.len() && record.json().len() < PIECE {
        entry(&mut reader, &mut record)?;
        record.sign(b"\n");
        count += 1;
    }
    Ok((record, reader.at(), count))
}

/// Reads `[time, record]` or, as Fluent Bit has it, `[[time, metadata], record]`.
fn entry(reader: &mut Reader<'_>, record: &mut Record) -> Result<(), Stuck> {
    let Head::Array(2) = reader.head()? else { return Err(Stuck::Foreign("an entry is no list of two")) };
    match reader.head()? {
        Head::Array(2) => {
            let inner = reader.head()?;
            time(reader, inner)?;
            reader.value(record, 0)?;
            record.sign(b" ");
        }
        head => time(reader, head)?,
    }
    reader.value(record, 0)
}

/// Passes by a time: seconds, or seconds and nanoseconds as an extension of type 0.
fn time(reader: &mut Reader<'_>, head: Head) -> Result<(), Stuck> {
    match head {
        Head::Unsigned(_) | Head::Signed(_) | Head::Single(_) | Head::Double(_) => Ok(()),
        Head::Extension(9) if reader.take(9)?[0] == 0 => Ok(()),
        _ => Err(Stuck::Foreign("an entry has no time")),
    }
}

/// A text, of whatever kind.
pub(super) fn text<'b>(reader: &mut Reader<'b>) -> Result<&'b [u8], Stuck> {
    match reader.head()? {
        Head::Text(len) | Head::Binary(len) => reader.take(len),
        _ => Err(Stuck::Foreign("a word of the protocol is no text")),
    }
}

/// A tag. It may become a part of a line, so it has no control characters.
fn tag<'b>(reader: &mut Reader<'b>) -> Result<&'b [u8], Stuck> {
    let tag = text(reader)?;
    if tag.len() > LONGEST_TAG || tag.iter().any(u8::is_ascii_control) {
        return Err(Stuck::Foreign("a tag is too long or has control characters"));
    }
    Ok(tag)
}

/// The entries, and how many fields of the message they and the tag are.
fn entries<'b>(reader: &mut Reader<'b>, bytes: &'b [u8]) -> Result<(Entries<'b>, usize), Stuck> {
    let from = reader.at();
    match reader.head()? {
        Head::Text(len) | Head::Binary(len) => Ok((Entries::Packed(reader.bytes(len)?), 2)),
        Head::Array(count) => {
            let from = reader.at();
            for _ in 0..count {
                reader.skip()?;
            }
            Ok((Entries::Listed(&bytes[from..reader.at()], count), 2))
        }
        head => {
            time(reader, head)?;
            reader.skip()?;
            Ok((Entries::Single(&bytes[from..reader.at()]), 3))
        }
    }
}

/// What was packed, if it was.
fn unpack<'b>(packed: &'b [u8], how: Option<&[u8]>) -> Result<Cow<'b, [u8]>, Stuck> {
    let mut out = Vec::new();
    let read = match how {
        None | Some(b"text") => return Ok(Cow::Borrowed(packed)),
        Some(b"gzip") => flate2::read::MultiGzDecoder::new(packed).take(UNPACKED + 1).read_to_end(&mut out),
        Some(b"zstd") => zstd::Decoder::with_buffer(packed).and_then(|mut decoder| {
            decoder.window_log_max(WINDOW_LOG)?;
            decoder.take(UNPACKED + 1).read_to_end(&mut out)
        }),
        Some(_) => return Err(Stuck::Foreign("a message is compressed in a way that is not known")),
    };
    match read {
        Ok(len) if len as u64 <= UNPACKED => Ok(Cow::Owned(out)),
        Ok(_) => Err(Stuck::Foreign("a message unpacks to more than 100 MiB")),
        Err(_) => Err(Stuck::Foreign("a message does not unpack")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn clean(bytes: &[u8]) -> Result<(Batch, Option<Vec<u8>>), Stuck> {
        let redactor = Redactor::builder().build().unwrap();
        let message = Message::read(bytes)?;
        Ok((message.clean(&redactor, &mut Vec::new())?, message.chunk.map(<[u8]>::to_vec)))
    }

    /// A list with what comes behind its head.
    fn list(parts: &[&[u8]]) -> Vec<u8> {
        [&[0x90 | parts.len() as u8][..], &parts.concat()].concat()
    }

    fn binary(bytes: &[u8]) -> Vec<u8> {
        [&[0xc5][..], &(bytes.len() as u16).to_be_bytes(), bytes].concat()
    }

    const TIME: &[u8] = b"\xd7\x00\x65\x00\x00\x00\x00\x00\x00\x07";
    const RECORD: &[u8] = b"\x82\xa8password\xa7hunter2\xa1n\xce\x00\xbc\x61\x4e";
    const CLEAN: &[u8] = b"\x82\xa8password\xaa[REDACTED]\xa1n\xce\x00\xbc\x61\x4e";
    const OPTION: &[u8] = b"\x82\xa5chunk\xa3abc\xa4size\x02";

    #[test]
    fn every_mode_comes_out_as_entries() {
        let entry = list(&[TIME, RECORD]);
        let with_data = list(&[&list(&[b"\x01", b"\x81\xa5token\xa6abc123"]), RECORD]);
        let packed = [entry.clone(), with_data.clone()].concat();
        let gzip = |bytes: &[u8]| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        let zipped = binary(&[gzip(&entry), gzip(&with_data)].concat());
        let zstd = binary(&zstd::encode_all(&packed[..], 1).unwrap());
        let how = |how: &[u8]| [&b"\x82\xa5chunk\xa3abc\xaacompressed\xa4"[..], how].concat();
        let one = list(&[TIME, CLEAN]);
        let two = list(&[&list(&[b"\x01", b"\x81\xa5token\xaa[REDACTED]"]), CLEAN]);
        let both = [one.clone(), two].concat();
        let cases = [
            (list(&[b"\xa1t", TIME, RECORD]), &one, 1, false),
            (list(&[b"\xa1t", TIME, RECORD, OPTION]), &one, 1, true),
            (list(&[b"\xa1t", &list(&[&entry, &with_data]), OPTION]), &both, 2, true),
            (list(&[b"\xa1t", &list(&[&entry])]), &one, 1, false),
            (list(&[b"\xa1t", &binary(&packed), OPTION]), &both, 2, true),
            (list(&[b"\xa1t", &zipped, &how(b"gzip")]), &both, 2, true),
            (list(&[b"\xa1t", &zstd, &how(b"zstd")]), &both, 2, true),
            (list(&[b"\xa1t", &binary(b""), b"\xc0"]), &Vec::new(), 0, false),
        ];
        for (n, (bytes, want, count, chunk)) in cases.iter().enumerate() {
            let (batch, said) = clean(bytes).unwrap();
            assert_eq!(batch.entries.escape_ascii().to_string(), want.escape_ascii().to_string(), "{n}");
            assert_eq!((batch.count, &batch.tag[..]), (*count, &b"t"[..]), "{n}");
            assert_eq!(said, chunk.then(|| b"abc".to_vec()), "{n}");
        }
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let entry = list(&[TIME, RECORD]);
        let zstd = binary(&zstd::encode_all(&vec![0; 200 << 20][..], 1).unwrap());
        let how = b"\x81\xaacompressed\xa4zstd";
        let cases: Vec<Vec<u8>> = vec![
            b"\x01".to_vec(),
            b"{\"a\"".to_vec(),
            list(&[b"\xa1t"]),
            list(&[b"\xa3t\x0ax", TIME, RECORD]),
            list(&[b"\x01", TIME, RECORD]),
            list(&[b"\xa1t", &list(&[&entry]), RECORD, RECORD]),
            list(&[b"\xa1t", &list(&[TIME])]),
            list(&[b"\xa1t", &binary(&entry[..9])]),
            list(&[b"\xa1t", &binary(b"x"), b"\x81\xaacompressed\xa4gzip"]),
            list(&[b"\xa1t", &binary(b"x"), b"\x81\xaacompressed\xa4what"]),
            list(&[b"\xa1t", &zstd, how]),
            list(&[b"\xa1t", &binary(&entry), b"\x81\xadfluent_signal\x01"]),
            list(&[b"\xa1t", &binary(&[&list(&[TIME])[..0], &[0x92, 0x01], &[0x91; 99]].concat())]),
        ];
        for (n, bytes) in cases.iter().enumerate() {
            assert!(matches!(clean(bytes), Err(Stuck::Foreign(_) | Stuck::Short)), "{n}");
        }
    }
}
