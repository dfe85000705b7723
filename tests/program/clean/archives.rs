//! Tar archives: made, listed and taken apart by the tools that are installed.

use crate::clean::{clean, log, tool, tree};
use crate::run::{Place, SECRET};

/// An archive in `form` of files of many kinds, in `logs/a.tar`.
fn archive(place: &Place, form: &str) -> Vec<u8> {
    place.file("in/app.log", log(3000));
    place.file("in/quiet.log", "quiet\n");
    place.file(&format!("in/{}/deep.log", "f/".repeat(60)), format!("{SECRET}\nno end"));
    place.file("in/pic.png", b"\x89PNG\r\n\x1a\n\0\0\0");
    place.file("in/empty", "");
    place.file("in/last", SECRET.repeat(60));
    let made = place.shell(&format!(
        "ln -sf app.log in/link; ln -f in/app.log in/hard; mkdir -p logs; tar -C in --format={form} -cf logs/a.tar ."
    ));
    made.ends(0);
    std::fs::read(place.path().join("logs/a.tar")).unwrap()
}

/// What tar takes out of it, and what it lists: all but the lengths.
fn content(place: &Place, path: &str) -> (std::collections::BTreeMap<std::path::PathBuf, Vec<u8>>, String) {
    place.shell(&format!("rm -rf out; mkdir out; tar -C out -xf {path}")).ends(0);
    let list = place.shell(&format!("tar --full-time -tvf {path} | awk '{{$3=\"\"; print}}'"));
    (tree(&place.path().join("out")), String::from_utf8(list.out).unwrap())
}

#[test]
fn the_files_in_an_archive_are_cleaned_and_all_else_stays() {
    for form in ["gnu", "posix", "ustar", "oldgnu"] {
        let place = Place::new();
        let before = archive(&place, form);
        let (old, list) = content(&place, "logs/a.tar");
        place.run(&["clean", "-q", "logs"], b"").ends(1).says("is a tar archive; --archives cleans the files in it");
        assert_eq!(std::fs::read(place.path().join("logs/a.tar")).unwrap(), before);
        let ran = place.run(&["clean", "--archives", "logs"], b"");
        ran.ends(0).says("1 cleaned").says("logs/a.tar!./pic.png: skipped, as it is a picture");
        let (new, now) = content(&place, "logs/a.tar");
        assert_eq!(list, now, "{form}");
        assert_eq!(old.len(), new.len());
        for ((path, old), new) in old.iter().zip(new.values()) {
            let want = String::from_utf8(old.clone()).map_or_else(|_| old.clone(), |text| clean(&text).into_bytes());
            assert!(*new == want, "{form}: {}", path.display());
        }
        // Nothing but texts and lengths is other than before: with the secrets' length for marker all of it is the same.
        place.run(&["clean", "-q", "--archives", "logs"], b"").is(0, b"").says("1 without hits");
        std::fs::write(place.path().join("logs/a.tar"), &before).unwrap();
        let marker = "#".repeat(SECRET.len());
        place.run(&["clean", "-q", "--archives", "--marker", &marker, "logs"], b"").is(0, b"");
        let mut want = before.clone();
        while let Some(at) = want.windows(SECRET.len()).position(|bytes| bytes == SECRET.as_bytes()) {
            want[at..at + SECRET.len()].copy_from_slice(marker.as_bytes());
        }
        assert!(std::fs::read(place.path().join("logs/a.tar")).unwrap() == want, "{form}");
    }
}

#[test]
fn packed_archives_stay_packed() {
    let place = Place::new();
    let plain = archive(&place, "gnu");
    std::fs::remove_file(place.path().join("logs/a.tar")).unwrap();
    for (name, pack, unpack) in super::kinds::TOOLS {
        let Some(packed) = tool(pack, &plain) else { continue };
        let path = place.file(&format!("logs/{name}"), &packed);
        place.run(&["clean", "-q", "logs"], b"").ends(1).says("is a tar archive");
        place.run(&["clean", "-q", "--archives", "--manifest", name, "logs"], b"").is(0, b"").says("1 cleaned");
        place.run(&["clean", "--archives", "--verify", name], b"").is(0, b"");
        let new = std::fs::read(&path).unwrap();
        assert_eq!(new[..4], packed[..4], "{name}");
        std::fs::write(place.path().join("new.tar"), tool(unpack, &new).unwrap()).unwrap();
        let out = content(&place, "new.tar").0;
        assert!(out.values().any(|bytes| *bytes == clean(&log(3000)).into_bytes()), "{name}");
        assert!(out.values().all(|bytes| !bytes.windows(SECRET.len()).any(|b| b == SECRET.as_bytes())), "{name}");
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn what_is_not_read_in_an_archive_is_named_and_the_rest_cleaned() {
    let place = Place::new();
    place.file("in/a.log", log(9));
    place.file("in/b.gz", tool(&["gzip"], log(9).as_bytes()).unwrap());
    place.file("in/c.log", log(9).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    place.shell("mkdir logs; tar -C in -cf logs/a.tar a.log b.gz c.log").ends(0);
    let ran = place.run(&["clean", "-n", "--archives", "--explain", "logs"], b"");
    ran.ends(1).says("logs/a.tar!a.log:4:7 17-32 test-key");
    let ran = place.run(&["clean", "--archives", "--manifest", "m", "logs"], b"");
    ran.ends(1).says("logs/a.tar!b.gz: is packed by itself; unpack it").says("logs/a.tar!c.log: the text is UTF-16LE");
    ran.says("1 cleaned, 2 in archives left alone");
    assert_eq!(content(&place, "logs/a.tar").0[&place.path().join("out/a.log")], clean(&log(9)).into_bytes());
    place.run(&["clean", "--archives", "--verify", "m"], b"").ends(1).says("2 files in it were left alone");
}

#[test]
fn a_torn_archive_stays_as_it_is() {
    let place = Place::new();
    let whole = archive(&place, "gnu");
    for cut in [700, 5000, 40_000] {
        let path = place.file("logs/a.tar", &whole[..cut]);
        place.run(&["clean", "-q", "--archives", "logs"], b"").ends(1).says("ends in the middle");
        assert_eq!(std::fs::read(&path).unwrap(), &whole[..cut]);
    }
    let mut odd = whole.clone();
    odd.extend_from_slice(SECRET.repeat(100).as_bytes());
    place.file("logs/a.tar", &odd);
    place.run(&["clean", "-q", "--archives", "--salvage", "logs"], b"").ends(1);
    assert_eq!(tree(&place.path().join("logs")).len(), 1);
}

#[test]
fn copies_of_archives_and_many_threads() {
    let place = Place::new();
    place.file("in/big.log", log(1_200_000));
    place.shell("mkdir logs; tar -C in -cf logs/a.tar big.log; gzip -1 -k logs/a.tar").ends(0);
    let ran = place.run(&["clean", "-q", "--threads=3", "--archives", "--output-dir", "copies", "logs"], b"");
    ran.is(0, b"").says("2 copied clean");
    for name in ["copies/a.tar", "copies/a.tar.gz"] {
        assert!(content(&place, name).0[&place.path().join("out/big.log")] == clean(&log(1_200_000)).into_bytes());
    }
}
