//! Input and output that fail, disks that are full, signals.

use std::io::Read;

use rustix::process::{Pid, Signal, kill_process};

use crate::clean::{clean, log, tool, tree};
use crate::run::{Place, ended, piped};

/// EIO, ENOSPC, EMFILE.
const ERRORS: [i32; 3] = [5, 28, 24];

/// Puts the files of a round into place; a plain one, and packed ones with one member and with two.
pub(crate) fn files(place: &Place) {
    let _ = std::fs::remove_dir_all(place.path().join("logs"));
    place.file("logs/a.log", log(30));
    for (name, command) in [("b.gz", &["gzip", "-n"][..]), ("c.zst", &["zstd", "-q"])] {
        if let Some(packed) = tool(command, log(30).as_bytes()) {
            place.file(&format!("logs/{name}"), packed.repeat(2));
            place.file(&format!("logs/one-{name}"), packed);
        }
    }
}

/// Every file is whole-old or whole-new; `left` temporary ones at most. Says whether all are new.
pub(crate) fn whole(place: &Place, left: usize, round: &str) -> bool {
    let (mut new, mut temporary) = (true, 0);
    for (path, bytes) in tree(&place.path().join("logs")) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let (text, times) = match name {
            "a.log" => (bytes, 1),
            "b.gz" => (tool(&["gzip", "-dc"], &bytes).unwrap(), 2),
            "one-b.gz" => (tool(&["gzip", "-dc"], &bytes).unwrap(), 1),
            "c.zst" => (tool(&["zstd", "-q", "-dc"], &bytes).unwrap(), 2),
            "one-c.zst" => (tool(&["zstd", "-q", "-dc"], &bytes).unwrap(), 1),
            // Where no step works any more the names cannot be changed back, and nothing is thrown away.
            _ if name.starts_with(".inkout-") && name.ends_with(".kept") => {
                assert!(round.contains(":ever"), "{round}: {name}");
                continue;
            }
            _ => {
                assert!(name.starts_with(".inkout-"), "{round}: {name}");
                temporary += 1;
                continue;
            }
        };
        let text = String::from_utf8(text).unwrap();
        let is_new = text == clean(&log(30).repeat(times));
        assert!(is_new || text == log(30).repeat(times), "{round}: {name} is neither old nor new");
        new &= is_new;
    }
    assert!(temporary <= left, "{round}: {temporary} left over");
    new
}

/// A run whose step `at` fails, and all after it with `ever`; what it leaves has to be whole. Whether it was done.
#[cfg(debug_assertions)]
fn failing(place: &Place, at: u64, errno: i32, ever: bool) -> bool {
    files(place);
    let fault = format!("io:{at}:{errno}{}", if ever { ":ever" } else { "" });
    let mut command = place.command(&["clean", "-q", "--threads=1", "--manifest", "m", "logs"]);
    let ran = ended(command.env("INKOUT_FAULT", &fault).output().unwrap());
    let _ = std::fs::remove_file(place.path().join("m"));
    let done = ran.code == Some(0);
    let all = whole(place, usize::from(!done), &fault);
    assert!(matches!(ran.code, Some(0 | 1 | 74)), "{fault}: {}", ran.err);
    assert!(all || !done, "{fault}: called done, and is not");
    done
}

#[test]
#[cfg(debug_assertions)]
fn each_step_that_fails_leaves_every_file_whole() {
    let place = Place::new();
    let full = std::env::var_os("INKOUT_CASES").is_some();
    // How many steps there are: that all fail from the next one on makes no difference.
    let (mut least, mut steps) = (1, 1 << 12);
    while least < steps {
        let middle = (least + steps) / 2;
        if failing(&place, middle, ERRORS[0], true) { steps = middle } else { least = middle + 1 }
    }
    assert!(steps > 30, "only {steps} steps");
    for errno in ERRORS.into_iter().take(if full { 3 } else { 1 }) {
        for at in 1..=steps {
            failing(&place, at, errno, false);
            if full || at % 8 == 0 {
                failing(&place, at, errno, true);
                place.run(&["clean", "-q", "logs"], b"").ends(0);
                assert!(whole(&place, 0, &format!("after io:{at}:{errno}:ever")));
            }
        }
    }
    println!("{steps} steps");
}

#[test]
fn a_full_disk_leaves_everything_whole() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("small")).unwrap();
    // The file fits, and a second one does not.
    std::fs::write(place.path().join("big"), log(30_000)).unwrap();
    let ran = place.shell(
        "unshare -m bash -c 'mount -t tmpfs -o size=1m none small && mkdir -m 755 small/logs && cp big small/logs/a &&
         cp small/logs/a keep && \"$INKOUT\" clean -q small/logs; rc=$?
         cmp keep small/logs/a || exit 9; [ \"$(ls -A small/logs)\" = a ] || exit 8; exit $rc'",
    );
    if ran.err.contains("unshare") || ran.err.contains("mount:") {
        println!("SKIPPED: no mounts here");
        return;
    }
    ran.ends(1).says("bytes on its disk for the new file");
    // Packed, nobody can tell beforehand: it is the write that fails.
    let ran = place.shell(
        "unshare -m bash -c 'mount -t tmpfs -o size=1m none small && mkdir -m 755 small/logs &&
         head -c 700000 /dev/urandom | base64 -w 200 | sed \"s/^/zq_00112233aabbccdd /\" | gzip -1 >small/logs/a; 
         cp small/logs/a keep && \"$INKOUT\" clean -q small/logs; rc=$?
         cmp keep small/logs/a || exit 9; [ \"$(ls -A small/logs)\" = a ] || exit 8; exit $rc'",
    );
    ran.ends(1);
}

#[test]
fn a_signal_rolls_the_file_back_and_says_how_far_it_came() {
    let place = Place::new();
    for i in 0..40 {
        place.file(&format!("logs/{i:02}"), log(60_000));
    }
    let mut child = piped(&mut place.command(&["clean", "--threads=1", "logs"]));
    let mut first = [0];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let ran = ended(child.wait_with_output().unwrap());
    ran.ends(130).says(" cleaned");
    let (old, new) = (log(60_000).into_bytes(), clean(&log(60_000)).into_bytes());
    let files = tree(&place.path().join("logs"));
    assert_eq!(files.len(), 40);
    let done = files.values().filter(|bytes| **bytes == new).count();
    assert_eq!(done + files.values().filter(|bytes| **bytes == old).count(), 40);
    assert!(done < 40, "it went on to the end");
}

#[test]
#[ignore = "campaign: a hundred thousand files take minutes"]
fn many_small_files() {
    let place = Place::new();
    for i in 0..100_000 {
        place.file(&format!("logs/{:03}/{i}", i % 300), if i % 10 == 0 { log(4) } else { "quiet\n".to_owned() });
    }
    place.run(&["clean", "-q", "logs"], b"").is(0, b"").says("10000 cleaned, 90000 without hits");
}
