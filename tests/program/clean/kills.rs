//! Killed at every system call.

use crate::clean::faults::{files, whole};
use crate::run::Place;

/// The calls that a clean-up makes. Each is counted by itself, which is how strace counts.
const CALLS: &[&str] = &[
    "openat2",
    "openat",
    "read",
    "pread64",
    "writev",
    "write",
    "fstat",
    "newfstatat",
    "statx",
    "flock",
    "fchmod",
    "fchown",
    "flistxattr",
    "fgetxattr",
    "fsetxattr",
    "utimensat",
    "fsync",
    "renameat2",
    "renameat",
    "unlinkat",
    "getdents64",
    "ioctl",
    "readlinkat",
    "close",
    "fstatfs",
    "mmap",
    "munmap",
    "lseek",
];
/// Those that looking through /proc makes by the hundred, on nothing that is ours: some of them will do.
const MANY: &[&str] = &["openat", "readlinkat", "close", "getdents64", "mmap", "munmap", "statx"];
/// Those between which the files change.
const DAILY: &[&str] = &["writev", "fsync", "renameat2", "unlinkat"];

fn killed_at_each(calls: &[&str]) {
    let place = Place::new();
    if place.shell("strace -V >/dev/null").code != Some(0) {
        println!("SKIPPED: strace is not installed");
        return;
    }
    let mut kills = 0;
    for call in calls {
        let mut at = 1;
        loop {
            files(&place);
            let round = format!("{call} {at}");
            let script = format!(
                "strace -f -o /dev/null -e trace={call} -e inject={call}:signal=KILL:when={at} \"$INKOUT\" clean -q --threads=1 logs"
            );
            let ran = place.shell(&script);
            whole(&place, 1, &round);
            place.run(&["clean", "-q", "logs"], b"").ends(0);
            assert!(whole(&place, 0, &round), "{round}: the next run does not end it");
            if ran.code == Some(0) {
                break;
            }
            assert!(ran.code.is_none() || ran.code == Some(137), "{round}: {:?} {}", ran.code, ran.err);
            kills += 1;
            at += if MANY.contains(call) { 7 } else { 1 };
        }
        println!("{call}: up to {at}");
    }
    println!("{kills} kills, every file whole");
    assert!(kills > 10, "only {kills} kills");
}

#[test]
fn killed_where_files_change_every_file_is_whole() {
    killed_at_each(DAILY);
}

#[test]
#[ignore = "campaign: thousands of kills"]
fn killed_at_every_call_every_file_is_whole() {
    killed_at_each(CALLS);
}
