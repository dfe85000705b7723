//! Packed files of every format: whole, cut, damaged and too large.

use super::*;
use std::io::Write;

fn file(bytes: &[u8]) -> Arc<File> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    Arc::new(file)
}

fn unpack(bytes: &[u8], format: Format) -> Result<Vec<u8>, Option<Flaw>> {
    let mut text = Vec::new();
    let mut unpacked = Unpacked::new(file(bytes), format, RATIO).unwrap();
    unpacked.read_to_end(&mut text).map(|_| text).map_err(|error| Flaw::of(&error))
}

fn pack(text: &[u8], format: Format) -> Vec<u8> {
    let mut packer = crate::sink::Packer::new(Vec::new(), &Packing::new(format)).unwrap();
    packer.write_all(text).unwrap();
    packer.finish().unwrap()
}

/// Less than zeros make with gzip.
const RATIO: u64 = 900;

const ALL: [Format; 5] = [Format::Gzip, Format::Zstd, Format::Bzip2, Format::Xz, Format::Lz4];

#[test]
fn members_come_one_after_another() {
    for format in ALL {
        let both = [pack(b"one\n", format), pack(b"two\n", format), pack(b"", format)].concat();
        assert_eq!(unpack(&both, format).unwrap(), b"one\ntwo\n", "{format:?}");
        let Kind::Packed(packing) = Kind::of(&both) else { panic!("{format:?}") };
        assert_eq!(packing.format, format);
    }
}

#[test]
fn a_cut_or_a_tail_is_never_a_shorter_text() {
    let text = b"a line of some length 0123456789\n".repeat(20);
    for format in ALL {
        let packed = pack(&text, format);
        for cut in 1..packed.len() {
            assert!(unpack(&packed[..cut], format).is_err(), "{format:?} cut at {cut} of {}", packed.len());
        }
        let tail = [&packed[..], b"more"].concat();
        assert!(unpack(&tail, format).is_err(), "{format:?}");
        for at in 0..packed.len() {
            let mut flipped = packed.clone();
            flipped[at] ^= 0x10;
            if let Ok(got) = unpack(&flipped, format) {
                assert_eq!(got, text, "{format:?} flipped at {at}");
            }
        }
    }
}

#[test]
fn bombs_are_bounded() {
    let text = vec![0; 66 << 20];
    for format in [Format::Zstd, Format::Gzip] {
        assert_eq!(unpack(&pack(&text, format), format).err(), Some(Some(Flaw::Bomb(RATIO))), "{format:?}");
    }
}

#[test]
fn kinds_by_content() {
    let cases: &[(&[u8], Kind)] = &[
        (b"", Kind::Text),
        (b"2026-11-25 one\n", Kind::Text),
        (b"\x1b[32mgreen\x1b[0m\n", Kind::Text),
        (b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0log goes on\n", Kind::Text),
        (b"\x7fELF\x02\x01", Kind::Binary("a program")),
        (b"PK\x03\x04", Kind::Archive("a zip archive")),
        (b"\x01\x02\x03\x04abc\x05\x06", Kind::Binary("binary data")),
    ];
    for (head, want) in cases {
        assert_eq!(Kind::of(head), *want, "{head:?}");
    }
}

#[test]
fn levels_are_read_from_the_head() {
    for format in [Format::Gzip, Format::Bzip2, Format::Zstd, Format::Xz] {
        for level in [1, 6, 9] {
            let packing = Packing { level, ..Packing::new(format) };
            let mut packer = crate::sink::Packer::new(Vec::new(), &packing).unwrap();
            packer.write_all(&b"some text 1\n".repeat(100_000)).unwrap();
            let Kind::Packed(seen) = Kind::of(&packer.finish().unwrap()) else { panic!() };
            let want = match (format, level) {
                (Format::Xz, 9) => 6,
                (Format::Zstd, 6) => 3,
                _ => level,
            };
            assert_eq!(seen.level, want, "{format:?} {level}");
        }
    }
}
