//! The journal's export format, read as it comes: <https://systemd.io/JOURNAL_EXPORT_FORMATS/>.
//!
//! An entry is its fields and an empty line. A field is `NAME=value` in a line or, where the value has other bytes than text
//! of one line, `NAME`, a newline, the length as 64 bits with the lowest first, the value, a newline. What an entry has
//! above a limit is left out, and a marker stands in its place.

use std::io;

/// The most that is held of an entry: journald takes much longer ones.
const LONGEST: usize = 8 << 20;
/// What stands for a field that is left out.
const TOO_LONG: &[u8] = b"[REDACTED: too long]";

/// An entry of the journal.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// Names and values, in order. A name can be there more than once.
    pub(super) fields: Vec<(Vec<u8>, Vec<u8>)>,
    len: usize,
}

impl Entry {
    /// The first value of a name.
    pub(super) fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    fn put(&mut self, name: &[u8], value: &[u8]) {
        let value = if self.len + value.len() > LONGEST { TOO_LONG } else { value };
        self.len += name.len() + value.len();
        self.fields.push((name.to_vec(), value.to_vec()));
    }
}

/// What has come and is not an entry yet.
#[derive(Default)]
pub(super) struct Export {
    buffer: Vec<u8>,
    /// Everything before is taken.
    at: usize,
    entry: Entry,
    /// So many bytes of a value are to be passed by.
    skip: u64,
    /// The rest of a line is to be passed by.
    skip_line: bool,
}

/// A step through the text.
enum Step {
    Entry(Entry),
    Field,
    /// There is not enough of it.
    Short,
}

impl Export {
    /// More has come.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.at);
        self.at = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next entry that is whole.
    ///
    /// # Errors
    /// What came is not in the format.
    pub(super) fn next(&mut self) -> io::Result<Option<Entry>> {
        loop {
            match self.step()? {
                Step::Entry(entry) => return Ok(Some(entry)),
                Step::Field => {}
                Step::Short => return Ok(None),
            }
        }
    }

    fn step(&mut self) -> io::Result<Step> {
        let rest = &self.buffer[self.at..];
        if self.skip > 0 {
            let gone = usize::try_from(self.skip).unwrap_or(usize::MAX).min(rest.len());
            self.at += gone;
            self.skip -= gone as u64;
            return Ok(if self.skip > 0 { Step::Short } else { Step::Field });
        }
        let newline = memchr::memchr(b'\n', rest);
        if self.skip_line {
            self.at += newline.map_or(rest.len(), |at| at + 1);
            self.skip_line = newline.is_none();
            return Ok(if newline.is_some() { Step::Field } else { Step::Short });
        }
        match newline {
            Some(0) => {
                self.at += 1;
                let entry = std::mem::take(&mut self.entry);
                Ok(if entry.fields.is_empty() { Step::Field } else { Step::Entry(entry) })
            }
            Some(end) => self.field(end),
            None if rest.len() > LONGEST => {
                let name = memchr::memchr(b'=', rest).map(|at| rest[..at].to_vec()).ok_or_else(foreign)?;
                self.entry.put(named(&name)?, TOO_LONG);
                self.skip_line = true;
                Ok(Step::Field)
            }
            None => Ok(Step::Short),
        }
    }

    /// A field whose first line is `end` bytes long.
    fn field(&mut self, end: usize) -> io::Result<Step> {
        let rest = &self.buffer[self.at..];
        let line = &rest[..end];
        if let Some(sign) = memchr::memchr(b'=', line) {
            self.entry.put(named(&line[..sign])?, &line[sign + 1..]);
            self.at += end + 1;
            return Ok(Step::Field);
        }
        let name = named(line)?;
        let Some((len, value)) = rest[end + 1..].split_first_chunk::<8>() else { return Ok(Step::Short) };
        let len = u64::from_le_bytes(*len);
        if len > LONGEST as u64 {
            self.entry.put(name, TOO_LONG);
            // The newline behind it goes with it.
            self.skip = len.saturating_add(1);
            self.at += end + 9;
            return Ok(Step::Field);
        }
        let len = len as usize;
        match value.get(len) {
            None => Ok(Step::Short),
            Some(b'\n') => {
                self.entry.put(name, &value[..len]);
                self.at += end + 9 + len + 1;
                Ok(Step::Field)
            }
            Some(_) => Err(foreign()),
        }
    }
}

/// A name as journald has them.
fn named(name: &[u8]) -> io::Result<&[u8]> {
    let good = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    if (1..=64).contains(&name.len()) && name.iter().all(good) { Ok(name) } else { Err(foreign()) }
}

fn foreign() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what journalctl writes is not the journal's export format")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], size: usize) -> io::Result<Vec<Entry>> {
        let (mut export, mut found) = (Export::default(), Vec::new());
        for piece in text.chunks(size) {
            export.feed(piece);
            while let Some(entry) = export.next()? {
                found.push(entry);
            }
        }
        Ok(found)
    }

    fn binary(name: &str, value: &[u8]) -> Vec<u8> {
        [name.as_bytes(), b"\n", &(value.len() as u64).to_le_bytes(), value, b"\n"].concat()
    }

    #[test]
    fn entries_come_whole_in_any_pieces() {
        let text =
            [&b"\n__CURSOR=s=1;i=2\nMESSAGE=a=b\n"[..], &binary("BLOB", b"x\n\ny=\xff"), b"\n\nMESSAGE=\n\n", b"A=1\n"];
        let text = text.concat();
        for size in [1, 7, text.len()] {
            let found = read(&text, size).unwrap();
            assert_eq!(found.len(), 2, "the last one has not ended");
            let want = [("__CURSOR", &b"s=1;i=2"[..]), ("MESSAGE", b"a=b"), ("BLOB", b"x\n\ny=\xff")];
            assert_eq!(found[0].fields, want.map(|(name, value)| (name.as_bytes().to_vec(), value.to_vec())));
            assert_eq!(found[1].get(b"MESSAGE"), Some(&b""[..]));
        }
    }

    #[test]
    fn what_is_too_long_is_left_out_and_nothing_behind_it() {
        let long = vec![b'x'; LONGEST + 1];
        let text = [&binary("BLOB", &long)[..], b"LINE=", &long, b"\nA=1\n\nB=2\n\n"].concat();
        let found = read(&text, 1 << 20).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].get(b"BLOB"), found[0].get(b"LINE")), (Some(TOO_LONG), Some(TOO_LONG)));
        assert_eq!((found[0].get(b"A"), found[1].get(b"B")), (Some(&b"1"[..]), Some(&b"2"[..])));
    }

    #[test]
    fn many_fields_are_bounded_together() {
        let one = vec![b'x'; LONGEST / 4];
        let text: Vec<u8> = (0..8).flat_map(|_| binary("BLOB", &one)).chain(*b"\n").collect();
        let held: usize = read(&text, 1 << 20).unwrap()[0].fields.iter().map(|(_, value)| value.len()).sum();
        assert!(held < LONGEST + 8 * TOO_LONG.len(), "{held}");
    }

    #[test]
    fn what_is_no_entry_is_refused() {
        let wrong =
            [&b"\x01\x02\n"[..], b"lower=1\n", b"=1\n", b"A\n\x01\0\0\0\0\0\0\0xy\n", b"journalctl: no such option\n"];
        for text in wrong {
            assert!(read(text, 3).is_err(), "{}", text.escape_ascii());
        }
    }
}
