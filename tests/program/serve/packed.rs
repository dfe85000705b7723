//! Rotated files that match as well and are packed, by any tool, while they are read and while they are not: once.

use super::*;

impl Place {
    /// As [`Place::new`], with a pattern that takes rotated files, packed or not.
    fn with_rotated(source: &str) -> Self {
        let place = Self::new(source, "");
        let text = fs::read_to_string(place.at("inkout.toml")).unwrap();
        fs::write(place.at("inkout.toml"), text.replace("log/app.log\"", "log/app.log*\"")).unwrap();
        place
    }
}

/// Whether the tool is there; said loudly where it is not.
fn has(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok();
    if !found {
        eprintln!("SKIPPED: {tool} is not installed");
    }
    found
}

#[test]
fn packed_rotations_are_read_once() {
    rotated_and_packed("gzip", false);
}

#[test]
#[ignore = "campaign: every tool, and kill -9"]
fn packed_rotations_are_read_once_whatever_packed_them_and_when() {
    for tool in ["gzip", "zstd", "bzip2", "xz", "lz4"] {
        rotated_and_packed(tool, false);
        rotated_and_packed(tool, true);
    }
}

/// Rotates and packs files while they are read and, once, while they are not; with `kill` that ends by `kill -9`.
fn rotated_and_packed(tool: &str, kill: bool) {
    if !has(tool) {
        return;
    }
    let mut place = Place::with_rotated("rotate-wait = 1");
    place.write(50);
    let mut serve = Some(place.start());
    place.wait_for_last();
    for round in 0..4 {
        place.write(50);
        if round % 2 == 0 {
            place.wait_for_last();
        }
        if round == 2 {
            let serve = serve.take().unwrap();
            if kill {
                serve.kill();
            } else {
                assert_eq!(serve.end(), Some(143));
            }
            place.write(50);
        }
        place.rotate();
        let old = place.at(&format!("log/app.log.{}", place.rotations));
        let packed = fs::File::create(place.at(&format!("log/app.log.{}.{tool}", place.rotations))).unwrap();
        assert!(Command::new(tool).args(["-q", "-c"]).arg(&old).stdout(packed).status().unwrap().success(), "{tool}");
        fs::remove_file(&old).unwrap();
        place.write(50);
        serve.get_or_insert_with(|| place.start());
    }
    place.wait_for_last();
    (0..place.lines).for_each(|n| place.wait_for(&format!("{n} user")));
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(serve.unwrap().end(), Some(143));
    let mut figures = Figures { reordered: 0, ..place.figures() };
    figures.doubled = if kill { 0 } else { figures.doubled };
    assert_eq!(figures, Figures::default(), "{tool}: {}", place.errors());
}

#[test]
fn logrotate_packs_what_is_read_and_it_is_read_once() {
    if !has("logrotate") {
        return;
    }
    for how in [
        "create\ncompress",
        "compress\ndelaycompress",
        "copytruncate\ncompress",
        "copytruncate\ndelaycompress\ncompress",
    ] {
        let mut place = Place::with_rotated("rotate-wait = 1");
        place.write(50);
        let rules = format!("{} {{\n  rotate 20\n  {how}\n}}\n", place.at("log/app.log").display());
        fs::write(place.at("rotate.conf"), rules).unwrap();
        fs::set_permissions(place.at("rotate.conf"), fs::Permissions::from_mode(0o644)).unwrap();
        let serve = place.start();
        place.wait_for_last();
        for _ in 0..5 {
            let mut rotate = Command::new("logrotate");
            rotate.args(["--force", "--state"]).arg(place.at("rotate.state")).arg(place.at("rotate.conf"));
            assert!(rotate.status().unwrap().success(), "{how}");
            place.write(50);
            place.wait_for_last();
        }
        std::thread::sleep(Duration::from_millis(500));
        assert_eq!(serve.end(), Some(143));
        assert_eq!(place.figures(), Figures::default(), "{how}: {}", place.errors());
    }
}

#[test]
fn a_copy_that_is_being_made_is_not_taken_for_another_file() {
    let mut place = Place::with_rotated("rotate-wait = 1");
    place.write(500);
    let serve = place.start();
    place.wait_for_last();
    // As copytruncate does with a large file; we look at the names once a second.
    let text = fs::read(place.at("log/app.log")).unwrap();
    let mut copy = fs::File::create(place.at("log/app.log.1")).unwrap();
    for piece in [&text[..0], &text[..300], &text[300..5000], &text[5000..]] {
        copy.write_all(piece).unwrap();
        std::thread::sleep(Duration::from_millis(1100));
    }
    fs::OpenOptions::new().write(true).truncate(true).open(place.at("log/app.log")).unwrap();
    place.write(50);
    place.wait_for_last();
    std::thread::sleep(Duration::from_millis(1200));
    assert_eq!(serve.end(), Some(143));
    assert_eq!(place.figures(), Figures::default(), "{}", place.errors());
}

#[test]
fn a_packed_file_that_was_empty_when_it_was_seen_is_never_read_as_lines() {
    come_in_pieces(&[0]);
}

#[test]
#[ignore = "campaign: a packed file in more pieces"]
fn a_packed_file_that_comes_byte_by_byte_is_never_read_as_lines() {
    come_in_pieces(&[0, 1, 5, 9]);
    come_in_pieces(&[12]);
}

/// A packed file comes slowly, up to each of these places and then to its end.
fn come_in_pieces(pieces: &[usize]) {
    let mut place = Place::with_rotated("rotate-wait = 1");
    place.write(500);
    let serve = place.start();
    place.wait_for_last();
    place.rotate();
    place.write(1);
    // Of it nothing is known, so it is a file of its own; its tool has begun, and then takes its time.
    let plain = fs::read(place.at("log/app.log.1")).unwrap();
    let packed = Command::new("gzip").arg("-c").arg(place.at("log/app.log.1")).output().unwrap().stdout;
    let mut file = fs::File::create(place.at("log/app.log.1.gz")).unwrap();
    let mut at = 0;
    for end in pieces.iter().copied().chain([packed.len()]) {
        file.write_all(&packed[at..end]).unwrap();
        at = end;
        std::thread::sleep(Duration::from_millis(1100));
    }
    fs::remove_file(place.at("log/app.log.1")).unwrap();
    place.write(1);
    place.wait_for_last();
    std::thread::sleep(Duration::from_millis(2500));
    assert_eq!(serve.end(), Some(143));
    let out = fs::read(place.at("out/app.log")).unwrap();
    assert!(!out.windows(6).any(|six| six == &packed[20..26]), "{pieces:?}");
    assert_eq!(place.figures(), Figures::default(), "{pieces:?}: {} {}", plain.len(), place.errors());
}

#[test]
fn an_archive_that_is_not_read_is_told_and_no_byte_of_it_passes() {
    let mut place = Place::with_rotated("");
    // gzip's extra field, as block-wise tools write it; and the head of a zip.
    fs::write(place.at("log/app.log.1.gz"), b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0\x1b\0\x03\0CNR\n").unwrap();
    fs::write(place.at("log/app.log.2.zip"), b"PK\x03\x04\x14\0\0\0\x08\0CNR and more\n").unwrap();
    place.write(10);
    let serve = place.start();
    place.wait_for_last();
    assert_eq!(serve.end(), Some(143));
    assert_eq!(place.figures(), Figures::default(), "{}", place.errors());
    assert_eq!(place.errors().matches("which is not read").count(), 2, "{}", place.errors());
}
