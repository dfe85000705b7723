//! What is left alone, and what allows it.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::clean::{clean, log, tree};
use crate::run::Place;

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

fn is_root() -> bool {
    let is = rustix::process::geteuid().is_root();
    if !is {
        println!("SKIPPED: only root can set this up");
    }
    is
}

/// A run leaves everything alone and says why; with `allow` it cleans.
fn refused(place: &Place, why: &str, allow: &[&str]) {
    let before = tree(&place.path().join("logs"));
    for dry in [&["-n"][..], &[]] {
        place.run(&[&["clean", "-q"], dry, &["logs"]].concat(), b"").is(1, b"").says(why);
        assert_eq!(tree(&place.path().join("logs")), before);
    }
    if !allow.is_empty() {
        place.run(&[&["clean", "-q"], allow, &["logs"]].concat(), b"").is(0, b"").says("1 cleaned");
        assert_eq!(std::fs::read_to_string(place.path().join("logs/a.log")).unwrap(), clean(&log(4)));
    }
}

#[test]
fn hard_links() {
    let place = Place::new();
    let path = place.file("logs/a.log", log(4));
    std::fs::hard_link(&path, place.path().join("other")).unwrap();
    refused(&place, "logs/a.log: has 2 names (hard links)", &["--hardlinks=break"]);
    assert_eq!(std::fs::read_to_string(place.path().join("other")).unwrap(), log(4));
}

#[test]
fn all_names_of_a_file_in_one_run() {
    let place = Place::new();
    let path = place.file("logs/0", log(2000));
    for n in 1..8 {
        std::fs::hard_link(&path, place.path().join(format!("logs/{n}"))).unwrap();
    }
    place.run(&["clean", "-q", "--hardlinks=break", "--threads=2", "logs"], b"").is(0, b"").says("8 cleaned");
}

#[test]
fn folders_that_others_may_write() {
    let place = Place::new();
    place.file("logs/a.log", log(4));
    mode(&place.path().join("logs"), 0o777);
    refused(&place, "its folder may be written by others", &["--trust-dir"]);
    // A sticky one is safe for what is ours.
    place.file("logs/a.log", log(4));
    mode(&place.path().join("logs"), 0o1777);
    place.run(&["clean", "-q", "logs"], b"").is(0, b"").says("1 cleaned");
}

#[test]
fn folders_of_others() {
    if !is_root() {
        return;
    }
    let place = Place::new();
    place.file("logs/a.log", log(4));
    std::os::unix::fs::chown(place.path().join("logs"), Some(4711), Some(4711)).unwrap();
    refused(&place, "its folder belongs to user 4711", &["--trust-dir"]);
}

#[test]
fn immutable_and_append_only_files() {
    if !is_root() {
        return;
    }
    for flag in ["i", "a"] {
        let place = Place::new();
        place.file("logs/a.log", log(4));
        if place.shell(&format!("chattr +{flag} logs/a.log")).code != Some(0) {
            println!("SKIPPED: this file system has no such flags");
            return;
        }
        refused(&place, "is immutable, append-only or sealed", &[]);
        place.shell(&format!("chattr -{flag} logs/a.log")).ends(0);
        place.run(&["clean", "-q", "logs"], b"").is(0, b"");
    }
}

#[test]
fn another_owner_that_cannot_be_kept() {
    if !is_root() {
        return;
    }
    let place = Place::new();
    mode(place.path(), 0o755);
    place.file("logs/a.log", log(4));
    let logs = place.path().join("logs");
    std::os::unix::fs::chown(&logs, Some(4711), Some(4711)).unwrap();
    let drop_to = "setpriv --reuid 4711 --regid 4711 --clear-groups";
    let run = |args: &str| {
        place.shell(&format!("cp \"$INKOUT\" ./inkout; chmod 755 inkout; {drop_to} ./inkout clean -q {args} logs"))
    };
    run("").ends(1).says("belongs to somebody else, and the new file could not");
    assert_eq!(std::fs::read_to_string(logs.join("a.log")).unwrap(), log(4));
    run("--allow-owner-change").ends(0).says("1 cleaned");
}

#[test]
fn links_are_not_followed() {
    let place = Place::new();
    let secret = place.file("elsewhere/secret", log(4));
    place.file("logs/quiet.log", "x\n");
    symlink("../elsewhere/secret", place.path().join("logs/link")).unwrap();
    symlink("../elsewhere", place.path().join("logs/folder")).unwrap();
    place.run(&["clean", "logs"], b"").is(0, b"").says("2 links and the like passed by");
    for named in ["logs/link", "logs/folder", "logs/folder/secret"] {
        place.run(&["clean", named], b"").is(1, b"").says("is a symbolic link or has one on its way");
    }
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), log(4));
    place.run(&["clean", "-q", "--follow-named", "logs/link"], b"").is(0, b"").says("1 cleaned");
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), clean(&log(4)));
    assert!(std::fs::symlink_metadata(place.path().join("logs/link")).unwrap().is_symlink());
    place.run(&["clean", "missing"], b"").is(1, b"").says("missing: No such file");
    place.shell("mkfifo fifo; mkfifo logs/fifo").ends(0);
    place.run(&["clean", "fifo"], b"").is(1, b"").says("fifo: is a FIFO, not a file");
    place.run(&["clean", "logs"], b"").is(0, b"").says("3 links and the like passed by");
}

#[test]
fn a_file_that_somebody_has_open_for_writing() {
    let place = Place::new();
    let path = place.file("logs/a.log", log(4));
    let held = std::fs::File::options().append(true).open(&path).unwrap();
    refused(&place, &format!("process {} has it open for writing", std::process::id()), &[]);
    drop(held);
    place.run(&["clean", "-q", "logs"], b"").is(0, b"").says("1 cleaned");
}

#[test]
fn a_file_that_another_run_has_locked() {
    let place = Place::new();
    let path = place.file("logs/a.log", log(4));
    let held = std::fs::File::open(&path).unwrap();
    rustix::fs::flock(&held, rustix::fs::FlockOperation::LockExclusive).unwrap();
    refused(&place, "is locked, probably by another run", &[]);
}
