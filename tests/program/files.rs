//! Inputs and outputs by name.

use std::os::unix::fs::PermissionsExt;

use crate::run::{Place, SECRET};

fn clean(text: &str) -> String {
    text.replace(SECRET, "[REDACTED]")
}

#[test]
fn files_and_standard_input_one_after_another() {
    let place = Place::new();
    let first = format!("one {SECRET}\nno end");
    place.file("a", &first);
    place.file("b", "three\n");
    let want = format!("{}{}three\n", clean(&first), clean(&format!("two {SECRET}\n")));
    place.run(&["a", "-", "b"], format!("two {SECRET}\n").as_bytes()).is(0, want.as_bytes()).is_quiet();
    place.run(&[], format!("x {SECRET}").as_bytes()).is(0, b"x [REDACTED]");
    place.run(&["./-"], b"").ends(1).says("./-: No such file");
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_done() {
    let place = Place::new();
    place.file("a", "a\n");
    std::fs::create_dir(place.path().join("folder")).unwrap();
    let ran = place.run(&["folder", "a", "missing\x1b[31m", "a"], b"");
    ran.is(1, b"a\na\n").says("inkout: folder: is a folder; name the files in it\n");
    ran.says("inkout: missing\\u{1b}[31m: No such file");
}

#[test]
fn a_file_that_may_not_be_read() {
    let place = Place::new();
    let locked = place.file("locked", "x\n");
    std::fs::set_permissions(&locked, PermissionsExt::from_mode(0o000)).unwrap();
    if std::fs::read(&locked).is_ok() {
        println!("SKIPPED: this user may read everything");
        return;
    }
    place.file("a", "a\n");
    place.run(&["locked", "a"], b"").is(1, b"a\n").says("inkout: locked: Permission denied");
}

#[test]
fn wide_encodings_are_refused() {
    let wide = |text: &str, big: bool| -> Vec<u8> {
        let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    };
    let text = format!("token {SECRET}\nsecond line\n");
    let cases = [
        (wide(&format!("\u{feff}{text}"), false), "UTF-16"),
        (wide(&format!("\u{feff}{text}"), true), "UTF-16"),
        (wide(&text, false), "UTF-16LE"),
        (wide(&text, true), "UTF-16BE"),
    ];
    let place = Place::new();
    place.file("a", "a\n");
    for (bytes, name) in cases {
        place.file("wide", &bytes);
        let hint = format!("convert it: iconv -f {name} -t UTF-8");
        place.run(&["wide", "a"], b"").is(1, b"a\n").says("inkout: wide: ").says(&hint);
        place.run(&[], &bytes).is(1, b"").says("inkout: -: ").says(&hint);
    }
}

#[test]
fn a_new_output_is_its_owners_alone_and_an_old_one_keeps_its_mode() {
    let place = Place::new();
    let old = place.file("old", "something longer than what comes\n");
    std::fs::set_permissions(&old, PermissionsExt::from_mode(0o640)).unwrap();
    for (name, mode) in [("new", 0o600), ("old", 0o640)] {
        place.run(&["-o", name], format!("{SECRET}\n").as_bytes()).is(0, b"").is_quiet();
        let path = place.path().join(name);
        assert_eq!(std::fs::read(&path).unwrap(), b"[REDACTED]\n");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode, "{name}");
    }
}

#[test]
fn the_output_is_never_an_input() {
    let place = Place::new();
    place.file("a", "text\n");
    std::fs::hard_link(place.path().join("a"), place.path().join("b")).unwrap();
    std::os::unix::fs::symlink("a", place.path().join("c")).unwrap();
    for output in ["a", "./a", "b", "c"] {
        place.run(&["-o", output, "other", "a"], b"").is(2, b"").says("a is the output as well");
    }
    place.shell("\"$INKOUT\" a >>b").ends(2).says("a is the output as well");
    place.shell("\"$INKOUT\" -o a <a").ends(2).says("- is the output as well");
    assert_eq!(std::fs::read(place.path().join("a")).unwrap(), b"text\n");
    place.run(&["-o", "no/such/folder"], b"").ends(74).says("no/such/folder: No such file");
}

#[test]
fn hits_are_explained_without_a_byte_of_them() {
    let place = Place::new();
    place.file("a\tb", format!("x\n  {SECRET} and {SECRET}\n"));
    let ran = place.run(&["--explain", "--label", "a\tb", "-"], SECRET.as_bytes());
    let marker = "[REDACTED:test-key]";
    ran.is(0, format!("x\n  {marker} and {marker}\n{marker}").as_bytes());
    assert_eq!(ran.err, "a\\tb:2:3 17-32 test-key\na\\tb:2:27 17-32 test-key\n-:1:1 17-32 test-key\n");
}
