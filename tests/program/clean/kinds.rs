//! What a file is, by its content: packed files of every format, text, binary data.

use crate::clean::{clean, log, tool, tree};
use crate::run::{Place, SECRET};

/// Format, how it is packed and unpacked.
pub(crate) type Tools = (&'static str, &'static [&'static str], &'static [&'static str]);
pub(crate) const TOOLS: &[Tools] = &[
    ("gz", &["gzip", "-1"], &["gzip", "-dc"]),
    ("gz9", &["gzip", "-9"], &["gzip", "-dc"]),
    ("bz2", &["bzip2", "-4"], &["bzip2", "-dc"]),
    ("xz", &["xz", "-1"], &["xz", "-dc"]),
    ("zst", &["zstd", "-q", "-19"], &["zstd", "-q", "-dc"]),
    ("lz4", &["lz4", "-q", "-1"], &["lz4", "-q", "-dc"]),
];

#[test]
fn packed_files_keep_their_format_and_unpack_to_the_clean_text() {
    let place = Place::new();
    let (one, two) = (log(3000), format!("{SECRET}\nno end"));
    for (name, pack, unpack) in TOOLS {
        let Some(first) = tool(pack, one.as_bytes()) else { continue };
        let second = tool(pack, two.as_bytes()).unwrap();
        // By content, whatever the name says.
        let path = place.file(&format!("logs/{name}.of-any-name"), [&first[..], &second].concat());
        place.run(&["clean", "-q", "logs"], b"").is(0, b"").says("1 cleaned");
        let packed = std::fs::read(&path).unwrap();
        assert_eq!(packed[..4], first[..4], "{name}");
        assert!(tool(unpack, &packed).unwrap() == clean(&format!("{one}{two}")).as_bytes(), "{name}");
        place.run(&["clean", "-q", "logs"], b"").is(0, b"").says("0 hits");
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn gzip_keeps_name_time_and_level() {
    let place = Place::new();
    let path = place.file("app.log", log(100));
    let ran = place.shell("gzip -9 -N app.log");
    ran.ends(0);
    let gz = path.with_extension("log.gz");
    let before = std::fs::read(&gz).unwrap();
    place.run(&["clean", "-q", "app.log.gz"], b"").is(0, b"");
    let after = std::fs::read(&gz).unwrap();
    assert_ne!(before, after);
    assert_eq!(after[..10], before[..10]);
    assert_eq!(&after[10..18], b"app.log\0");
}

#[test]
fn a_torn_or_damaged_file_stays_as_it_is() {
    let place = Place::new();
    let text = log(400);
    for (name, pack, _) in TOOLS {
        let Some(whole) = tool(pack, text.as_bytes()) else { continue };
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 0x40;
        let cases = [
            ("torn", whole[..whole.len() - 3].to_vec()),
            ("flipped", flipped),
            ("tail", [&whole[..], b"and more"].concat()),
        ];
        for (what, bytes) in cases {
            let path = place.file(&format!("logs/{name}"), &bytes);
            let ran = place.run(&["clean", "-q", "logs"], b"");
            ran.ends(1);
            assert!(ran.err.contains("packed data") || ran.err.contains("memory"), "{name} {what}: {}", ran.err);
            let logs = place.path().join("logs");
            assert!(tree(&logs) == [(path, bytes)].into_iter().collect(), "{name} {what}");
            std::fs::remove_dir_all(logs).unwrap();
        }
    }
}

#[test]
fn gz_and_zst_files_cut_at_every_byte() {
    for command in [&["gzip", "-n"][..], &["zstd", "-q"]] {
        let place = Place::new();
        let Some(whole) = tool(command, log(8).as_bytes()) else { continue };
        // At less than its head it is not told from other binary data.
        for cut in 1..whole.len() {
            place.file(&format!("logs/{cut:03}"), &whole[..cut]);
        }
        let before = tree(&place.path().join("logs"));
        place.run(&["clean", "-q", "logs"], b"").ends(1).says(" left alone");
        assert_eq!(tree(&place.path().join("logs")), before);
        let scanned = place.run(&["scan", "logs", "--format", "json"], b"");
        scanned.ends(3);
    }
}

#[test]
fn what_can_be_read_of_a_torn_file_is_salvaged_beside_it() {
    let place = Place::new();
    let Some(whole) = tool(&["gzip", "-1"], log(30_000).as_bytes()) else { return };
    let torn = &whole[..whole.len() / 2];
    let path = place.file("logs/a.gz", torn);
    let ran = place.run(&["clean", "-q", "--salvage", "logs"], b"");
    ran.ends(1).says("ends in the middle").says("what could be read of it is in logs/a.gz.salvaged");
    assert_eq!(std::fs::read(&path).unwrap(), torn);
    let salvaged = tool(&["gzip", "-dc"], &std::fs::read(path.with_extension("gz.salvaged")).unwrap()).unwrap();
    let salvaged = String::from_utf8(salvaged).unwrap();
    assert!(salvaged.len() > 10_000 && !salvaged.contains(SECRET));
    let want = clean(&log(30_000));
    let lines = salvaged.rfind('\n').unwrap();
    assert_eq!(salvaged[..lines], want[..lines]);
}

#[test]
fn a_bomb_is_left_alone_in_bounded_memory() {
    let place = Place::new();
    let Some(bomb) = tool(&["sh", "-c", "head -c 300000000 /dev/zero | zstd -q -19"], b"") else { return };
    place.file("logs/bomb", &bomb);
    place.run(&["clean", "-q", "logs"], b"").ends(1).says("unpacks to more than 1000 times its size");
    let ran = place.shell("ulimit -v 400000; \"$INKOUT\" clean -q --max-ratio 1000000000 logs");
    ran.ends(0).says("1 without hits");
}

#[test]
fn binary_data_is_skipped_and_named() {
    let place = Place::new();
    place.file("logs/a.png", b"\x89PNG\r\n\x1a\n\0\0\0");
    place.file("logs/b.zip", b"PK\x03\x04\0\0");
    place.file("logs/c", [&[1, 2, 3, 4, 5, 6][..], SECRET.as_bytes()].concat());
    place.file("logs/d", "a\0b\0c\0d\0e\0f\0g\0h\0");
    // A log that was cut off while its writer went on.
    place.file("logs/e", [&[0; 5000][..], log(4).as_bytes()].concat());
    let ran = place.run(&["clean", "--threads=1", "logs"], b"");
    ran.is(1, b"logs/e: 1 hits (test-key 1)\n");
    ran.says("logs/a.png: skipped, as it is a picture").says("logs/b.zip: is a zip archive; unpack it");
    ran.says("logs/c: skipped, as it is binary data; --text").says("logs/d: the text is UTF-16LE");
    let ran = place.run(&["clean", "-q", "--text", "logs/c"], b"");
    ran.is(0, b"");
    assert_eq!(std::fs::read(place.path().join("logs/c")).unwrap(), b"\x01\x02\x03\x04\x05\x06[REDACTED]");
}
