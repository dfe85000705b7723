//! `inkout clean`: stored files in their place.

mod archives;
mod faults;
mod kills;
mod kinds;
mod manifest;
mod metadata;
mod races;
mod refusals;
mod rotate;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::run::{Place, SECRET};

/// Some lines with hits and without.
pub(crate) fn log(lines: usize) -> String {
    (0..lines)
        .map(|i| if i % 7 == 3 { format!("{i} key {SECRET} end\n") } else { format!("{i} a quiet line\n") })
        .collect()
}

/// What the filter makes of it.
pub(crate) fn clean(text: &str) -> String {
    text.replace(SECRET, "[REDACTED]")
}

/// Bytes through a tool such as `gzip -9`; `None`, said loudly, where it is not installed.
pub(crate) fn tool(command: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let spawned = Command::new(command[0]).args(&command[1..]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else {
        println!("SKIPPED: {} is not installed", command[0]);
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    drop(writer.join().unwrap());
    assert!(output.status.success(), "{command:?}");
    Some(output.stdout)
}

/// Every file below a folder with its bytes.
pub(crate) fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match std::fs::symlink_metadata(&path).unwrap().file_type() {
            kind if kind.is_dir() => found.extend(tree(&path)),
            kind if kind.is_file() => drop(found.insert(path.clone(), std::fs::read(&path).unwrap())),
            _ => {}
        }
    }
    found
}

#[test]
fn files_with_hits_are_replaced_and_others_not_touched() {
    let place = Place::new();
    let hit = place.file("logs/a.log", log(20));
    let quiet = place.file("logs/deep/er/b.log", "quiet\n");
    let inode = |path: &Path| std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(path).unwrap());
    let (before, quiet_before) = (inode(&hit), inode(&quiet));
    let ran = place.run(&["clean", "--dry-run", "logs"], b"");
    ran.is(0, b"logs/a.log: 3 hits (test-key 3)\n").says("2 files, 3 hits: 1 to be cleaned, 1 without hits");
    assert_eq!(inode(&hit), before);
    let ran = place.run(&["clean", "logs"], b"");
    ran.is(0, b"logs/a.log: 3 hits (test-key 3)\n").says("1 cleaned").says("What this cannot undo");
    assert_eq!(std::fs::read_to_string(&hit).unwrap(), clean(&log(20)));
    assert_ne!(inode(&hit), before);
    assert_eq!(inode(&quiet), quiet_before);
    assert_eq!(tree(&place.path().join("logs")).len(), 2);
    // Twice is once.
    place.run(&["clean", "logs"], b"").is(0, b"").says("2 without hits and untouched");
}

#[test]
fn a_large_file_comes_out_the_same_on_several_threads() {
    let place = Place::new();
    let text = log(1_200_000);
    for threads in ["1", "3"] {
        let path = place.file("big.log", &text);
        place.run(&["clean", "-q", "--threads", threads, "big.log"], b"").is(0, b"");
        assert!(std::fs::read(&path).unwrap() == clean(&text).as_bytes());
    }
}

#[test]
fn the_diff_names_rules_and_shows_no_secret() {
    let place = Place::new();
    place.file("a.log", log(5));
    let want = "--- a.log\n+++ a.log\n@@ line 4 @@\n-3 key <test-key> end\n+3 key [REDACTED] end\n";
    place.run(&["clean", "--dry-run", "--diff", "a.log"], b"").is(0, want.as_bytes());
    assert_eq!(std::fs::read_to_string(place.path().join("a.log")).unwrap(), log(5));
    place.run(&["clean", "--diff", "a.log"], b"").is(0, want.as_bytes());
    assert_eq!(std::fs::read_to_string(place.path().join("a.log")).unwrap(), clean(&log(5)));
}

#[test]
fn hits_are_explained_and_counted() {
    let place = Place::new();
    place.file("a.log", log(5));
    for dry in [&["-n"][..], &[]] {
        let ran = place.run(&[&["clean", "-q", "--explain", "--stats=json"], dry, &["a.log"]].concat(), b"");
        ran.is(0, b"").says("a.log:4:7 17-32 test-key\n").says("\"rules\":{\"test-key\":1}");
    }
}

#[test]
fn copies_go_to_a_folder_of_their_own() {
    let place = Place::new();
    place.file("logs/a.log", log(9));
    place.file("logs/d/b.log", "quiet\n");
    place.file("logs/d/c.png", b"\x89PNG\r\n\x1a\n");
    let before = tree(&place.path().join("logs"));
    place.run(&["clean", "-q", "--output-dir", "out", "logs"], b"").is(0, b"").says("2 copied clean, 1 without text");
    assert_eq!(tree(&place.path().join("logs")), before);
    let out = place.path().join("out");
    let want = [(out.join("a.log"), clean(&log(9)).into_bytes()), (out.join("d/b.log"), b"quiet\n".to_vec())];
    assert_eq!(tree(&out), want.into_iter().collect());
    place.run(&["clean", "-q", "--output-dir", "out", "logs"], b"").ends(1).says("its copy's place is taken");
    place.run(&["clean", "-q", "--output-dir", "logs/out", "logs"], b"").ends(2).says("is in logs; name one elsewhere");
}

#[test]
fn only_what_is_asked_for() {
    let place = Place::new();
    for name in ["a.log", "b.txt", "old/c.log", ".inkoutignore"] {
        place.file(&format!("logs/{name}"), if name == ".inkoutignore" { "b.*\n".to_owned() } else { log(4) });
    }
    let hit = |args: &[&str]| {
        let ran = place.run(&[&["clean", "-n"], args, &["logs"]].concat(), b"");
        ran.ends(0);
        let lines = String::from_utf8(ran.out).unwrap();
        let names = lines.lines().map(|line| line.split(':').next().unwrap().replace("logs/", ""));
        names.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(hit(&["--threads=1"]), "a.log old/c.log");
    assert_eq!(hit(&["--threads=1", "--no-ignore"]), "a.log b.txt old/c.log");
    assert_eq!(hit(&["--max-depth=1"]), "a.log");
    assert_eq!(hit(&["--exclude=old"]), "a.log");
    assert_eq!(hit(&["--glob=c*"]), "old/c.log");
    assert_eq!(hit(&["--older-than=1h"]), "");
    place.run(&["clean", "--glob=[", "logs"], b"").ends(2).says("--glob: \"[\" is no glob");
    place.run(&["clean", "--older-than=soon", "logs"], b"").ends(2).says("such as 7d");
    place.run(&["clean"], b"").ends(2);
}

#[test]
fn what_a_killed_run_left_over_is_removed_whatever_is_asked_for() {
    let place = Place::new();
    place.file("logs/a.log", log(4));
    for args in [&["--glob=*.log", "logs"][..], &["logs/a.log"]] {
        let left = place.file("logs/.inkout-0123456789abcdef.tmp", log(2));
        place.run(&[&["clean", "-q", "-n"], args].concat(), b"").is(0, b"");
        assert!(left.exists());
        place.run(&[&["clean", "-q"], args].concat(), b"").is(0, b"").says("1 left over by an earlier run and removed");
        assert!(!left.exists());
    }
}

#[test]
fn what_a_killed_run_left_over_among_the_copies_is_removed() {
    let place = Place::new();
    place.file("logs/d/a.log", log(4));
    let left = place.file("out/d/.inkout-0123456789abcdef.tmp", log(2));
    let args = ["clean", "-q", "--output-dir", "out", "logs"];
    place.run(&args, b"").is(0, b"").says("1 copied clean, 1 left over by an earlier run and removed");
    assert!(!left.exists());
}

#[test]
fn one_run_at_a_time_in_a_folder() {
    let place = Place::new();
    place.file("logs/a.log", log(4));
    std::fs::create_dir(place.path().join("out")).unwrap();
    for (held, args) in [("logs", &["logs"][..]), ("out", &["--output-dir", "out", "logs"])] {
        let folder = std::fs::File::open(place.path().join(held)).unwrap();
        rustix::fs::flock(&folder, rustix::fs::FlockOperation::LockExclusive).unwrap();
        let ran = place.run(&[&["clean", "-q"], args].concat(), b"");
        ran.is(1, b"").says(&format!("{held}: another run of inkout clean is at work there"));
        place.run(&[&["clean", "-q", "-n"], args].concat(), b"").is(0, b"");
        assert_eq!(std::fs::read_to_string(place.path().join("logs/a.log")).unwrap(), log(4));
    }
    // The same folder by two names is no other run.
    place.run(&["clean", "-q", "logs", "logs/../logs"], b"").ends(0);
}

#[test]
fn names_of_every_kind() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    let folder = place.path().join("logs");
    std::fs::create_dir(&folder).unwrap();
    let long = [b'x'; 255];
    let names: [&[u8]; 6] = [b"-rf", b"new\nline", b"\x1b[2J", b"\xff\xfe", b"a b'\"$(x)", &long];
    for name in names {
        std::fs::write(folder.join(std::ffi::OsStr::from_bytes(name)), log(4)).unwrap();
    }
    let ran = place.run(&["clean", "--manifest", "m", "logs"], b"");
    ran.ends(0).says("6 cleaned");
    assert!(!ran.out.contains(&0x1b) && ran.out.iter().filter(|b| **b == b'\n').count() == 6);
    assert!(tree(&folder).values().all(|bytes| *bytes == clean(&log(4)).into_bytes()));
    place.run(&["clean", "--verify", "m"], b"").is(0, b"").says("6 files are as the manifest says");
}
