//! What the first bytes of a stored file say it is.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::{Format, Unpacked};

/// What a stored file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Lines of text, as far as its head tells.
    Text,
    /// Nothing that rules for text would match in; what it is, as a word for messages.
    Binary(&'static str),
    /// An archive of a form that is not read; its files may well be logs.
    Archive(&'static str),
    /// Packed text.
    Packed(Packing),
    /// A tar archive, which may be packed.
    Tar(Option<Packing>),
}

/// How a packed file was made, as far as its head tells: enough to make one like it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packing {
    /// Its format.
    pub(crate) format: Format,
    /// The level on the format's own scale. Only bzip2 writes it down; for the others it is the level whose traces
    /// the head has.
    pub(crate) level: i32,
    /// gzip: the file's name as it was.
    pub(crate) name: Option<Vec<u8>>,
    /// gzip: seconds since 1970, 0 for none.
    pub(crate) time: u32,
    /// Whether zst and lz4 carry a checksum of the text.
    pub(crate) checksum: bool,
}

impl Packing {
    /// A new file of this format at its tool's usual level.
    pub(crate) const fn new(format: Format) -> Self {
        let level = match format {
            Format::Gzip | Format::Xz => 6,
            Format::Zstd => 3,
            Format::Bzip2 => 9,
            Format::Lz4 => 7,
        };
        Self { format, level, name: None, time: 0, checksum: true }
    }
}

impl Kind {
    /// How many bytes from the beginning are enough.
    pub(crate) const HEAD: usize = 8 << 10;

    /// Looks at the head of a file: [`Self::HEAD`] bytes, or all there are.
    pub(crate) fn of(head: &[u8]) -> Self {
        if let Some(kind) = packed(head) {
            return kind;
        }
        if let Some((_, what)) = ARCHIVES.iter().find(|(magic, _)| head.starts_with(magic)) {
            return Self::Archive(what);
        }
        if is_tar(head) {
            return Self::Tar(None);
        }
        if let Some((_, what)) = MAGICS.iter().find(|(magic, _)| head.starts_with(magic)) {
            return Self::Binary(what);
        }
        if is_binary(head) { Self::Binary("binary data") } else { Self::Text }
    }

    /// Looks at the head of an open file, and of what is packed in it.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn of_file(file: &Arc<File>) -> io::Result<Self> {
        let mut at = 0;
        let head = head(|buffer| {
            let got = file.read_at(buffer, at)?;
            at += got as u64;
            Ok(got)
        })?;
        let kind = Self::of(&head);
        let Self::Packed(packing) = kind else { return Ok(kind) };
        let mut text = Unpacked::new(Arc::clone(file), packing.format, u64::MAX)?;
        // What is wrong with it is said when all of it is read.
        let is_tar = self::head(|buffer| text.read(buffer)).is_ok_and(|head| is_tar(&head));
        Ok(if is_tar { Self::Tar(Some(packing)) } else { Self::Packed(packing) })
    }

    /// How it is packed, if it is.
    pub(crate) const fn packing(&self) -> Option<&Packing> {
        match self {
            Self::Packed(packing) | Self::Tar(Some(packing)) => Some(packing),
            _ => None,
        }
    }
}

/// The first [`Kind::HEAD`] bytes, or all there are.
fn head(mut read: impl FnMut(&mut [u8]) -> io::Result<usize>) -> io::Result<Vec<u8>> {
    let (mut head, mut len) = (vec![0; Kind::HEAD], 0);
    while len < head.len() {
        match read(&mut head[len..]) {
            Ok(0) => break,
            Ok(got) => len += got,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    head.truncate(len);
    Ok(head)
}

/// POSIX.1-1988 and GNU's form before it.
fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

fn packed(head: &[u8]) -> Option<Kind> {
    let packing = match head {
        [0x1f, 0x8b, 8, flags, a, b, c, d, extra, ..] => {
            // A block index or the like would be lost in a new file.
            if flags & 4 != 0 {
                return Some(Kind::Archive("gzip with extra fields, such as a block index"));
            }
            let level = match extra {
                2 => 9,
                4 => 1,
                _ => 6,
            };
            let time = u32::from_le_bytes([*a, *b, *c, *d]);
            Packing { level, name: gzip_name(head, *flags), time, ..Packing::new(Format::Gzip) }
        }
        [0x28, 0xb5, 0x2f, 0xfd, flags, rest @ ..] => zstd(*flags, rest),
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
            return Some(Kind::Archive("a zstd or lz4 file that begins with something else than text"));
        }
        [b'B', b'Z', b'h', level @ b'1'..=b'9', b'1', b'A', b'Y', b'&', ..]
        | [b'B', b'Z', b'h', level @ b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, ..] => {
            Packing { level: i32::from(level - b'0'), ..Packing::new(Format::Bzip2) }
        }
        [0xfd, b'7', b'z', b'X', b'Z', 0, rest @ ..] => xz(rest),
        [4, 0x22, 0x4d, 0x18, flags, size, ..] => {
            Packing { level: i32::from(size >> 4 & 7), checksum: flags & 4 != 0, ..Packing::new(Format::Lz4) }
        }
        _ => return None,
    };
    Some(Kind::Packed(packing))
}

fn gzip_name(head: &[u8], flags: u8) -> Option<Vec<u8>> {
    let rest = head.get(10..).filter(|_| flags & 8 != 0)?;
    Some(rest[..memchr::memchr(0, rest)?].to_vec())
}

/// RFC 8878, 3.1.1.1. The window grows with the level; without one the text is short and the level of no weight.
fn zstd(flags: u8, rest: &[u8]) -> Packing {
    let single = flags & 0x20 != 0;
    let window = rest.first().filter(|_| !single).map_or(21, |byte| 10 + i32::from(byte >> 3));
    let level = match window {
        ..=19 => 1,
        20 | 21 => 3,
        22 => 9,
        _ => 19,
    };
    Packing { level, checksum: flags & 4 != 0, ..Packing::new(Format::Zstd) }
}

/// The .xz file format 1.1, 2.1.1 and 3.1: the dictionary of the one LZMA2 filter of the first block.
fn xz(rest: &[u8]) -> Packing {
    let dictionary = match rest {
        // Stream flags and their CRC, block header size, block flags without sizes, filter LZMA2, its one property.
        [_, _, _, _, _, _, _, 0, 0x21, 1, bits, ..] => *bits,
        _ => 22,
    };
    let level = match dictionary {
        ..=12 => 0,
        13..=16 => 1,
        17 | 18 => 2,
        19 | 20 => 4,
        // More would take more memory than is given.
        _ => 6,
    };
    Packing { level, ..Packing::new(Format::Xz) }
}

/// The heads of archives whose files may be logs.
const ARCHIVES: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "a zip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a rar archive"),
    (b"\x1f\x9d", "packed by compress"),
    (b"\x02\x21\x4c\x18", "an old lz4 file"),
    (b"\x5d\x00\x00\x80\x00\xff", "an lzma file"),
    (b"LZIP", "an lzip file"),
    (b"LPKSHHRH", "a systemd journal"),
];

/// The heads of well-known files that hold no lines.
const MAGICS: &[(&[u8], &str)] = &[
    (b"\x7fELF", "a program"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"%PDF-", "a PDF document"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\0asm", "a program"),
    (b"\xd4\xc3\xb2\xa1", "a packet capture"),
    (b"\xa1\xb2\xc3\xd4", "a packet capture"),
];

/// Whether a tenth and more of it are control bytes that no log has. NULs at the start are what a log looks like that
/// was cut off while its writer went on; wide encodings are told apart elsewhere.
fn is_binary(head: &[u8]) -> bool {
    let text = &head[head.iter().take_while(|b| **b == 0).count()..];
    if super::super::verdict(head, true) != super::super::Verdict::Text {
        return false;
    }
    let odd = text.iter().filter(|b| matches!(b, 0..=6 | 0x0e..=0x1a | 0x1c..=0x1f)).count();
    odd * 10 > text.len()
}
