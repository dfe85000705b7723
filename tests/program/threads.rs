//! How many threads there are and how much they read at once shows nowhere in what comes out.

use std::fs;
use std::path::Path;

use crate::run::{Place, SECRET};

/// Every golden input, one behind the other, often enough for blocks to end at other places each time.
fn golden(shift: usize) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut inputs: Vec<_> = fs::read_dir(folder).unwrap().map(|case| case.unwrap().path().join("in.log")).collect();
    inputs.sort();
    let keys = inputs.iter().position(|path| path.parent().unwrap().ends_with("private-keys")).unwrap();
    let mut text = vec![b'.'; shift];
    for turn in 0..12 {
        inputs.iter().for_each(|path| text.extend(fs::read(path).unwrap()));
        // Keys with hardly anything between: some block ends in each part of one.
        (0..turn).for_each(|_| text.extend(fs::read(&inputs[keys]).unwrap()));
        text.extend(vec![b'.'; 977]);
        text.push(b'\n');
    }
    text
}

/// Lines of every length up to longer than anything is looked at in one piece.
fn lengths() -> Vec<u8> {
    let mut text = Vec::new();
    for exponent in (0..22).chain((0..21).rev()) {
        text.extend(vec![b'x'; 1 << exponent]);
        text.extend(format!(" {SECRET} password=hunter2\nshort {SECRET}\n").bytes());
    }
    text.extend_from_slice(b"no end, password=hunter2");
    text
}

#[track_caller]
fn check(place: &Place, text: &[u8], what: &str) {
    place.file("in", text);
    let want = place.run(&["--threads=1", "--block-size=64M", "in"], b"");
    want.ends(0).is_quiet();
    assert_ne!(want.out, text);
    for threads in ["1", "2", "4"] {
        for block in ["4K", "5001", "16K", "64K", "256K"] {
            let args = ["--threads", threads, "--block-size", block];
            let got = place.run(&[&args[..], &["in"]].concat(), b"");
            got.ends(0).is_quiet();
            assert!(got.out == want.out, "{what}, {args:?}");
        }
        let got = place.run(&["--threads", threads], text);
        assert!(got.out == want.out, "{what}, {threads} threads, through a pipe");
    }
}

#[test]
fn the_golden_logs_come_out_the_same() {
    let place = Place::new();
    for shift in [0, 1234] {
        check(&place, &golden(shift), &format!("shifted by {shift}"));
    }
}

#[test]
fn lines_of_any_length_come_out_the_same() {
    check(&Place::new(), &lengths(), "lines of any length");
}

#[test]
fn reports_are_in_order() {
    let place = Place::new();
    let text: String = (0..30_000).map(|n| format!("{n} key {SECRET}\n")).collect();
    let one = place.run(&["--threads=1", "--explain", "--stats"], text.as_bytes());
    let many = place.run(&["--threads=4", "--explain", "--stats"], text.as_bytes());
    let hits = |text: &str| text.lines().filter(|line| !line.contains(" s")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(hits(&one.err).len(), hits(&many.err).len());
    assert!(hits(&one.err) == hits(&many.err));
    assert!(one.out == many.out);
}
