//! Others at work in the same folders.

use std::io::Write;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::clean::{clean, log};
use crate::run::Place;

/// How often: a few by day, as many as a campaign asks for.
fn rounds(day: usize) -> usize {
    std::env::var("INKOUT_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(day)
}

#[test]
fn a_link_that_is_swapped_in_never_leads_elsewhere() {
    let place = Place::new();
    let secret = place.file("elsewhere/secret", log(4));
    place.file("logs/d/a.log", log(4));
    let (logs, stop) = (place.path().join("logs"), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let racer = scope.spawn(|| {
            let mut swaps = 0;
            while !stop.load(Ordering::Relaxed) {
                // The file for a link, and the folder for a link.
                let _ = std::fs::rename(logs.join("d/a.log"), logs.join("d/kept"));
                let _ = symlink("../../elsewhere/secret", logs.join("d/a.log"));
                let _ = std::fs::remove_file(logs.join("d/a.log"));
                let _ = std::fs::write(logs.join("d/a.log"), log(4));
                let _ = std::fs::rename(logs.join("d"), logs.join("real"));
                let _ = symlink("../elsewhere", logs.join("d"));
                let _ = std::fs::remove_file(logs.join("d"));
                let _ = std::fs::rename(logs.join("real"), logs.join("d"));
                swaps += 2;
            }
            swaps
        });
        let mut runs = 0;
        while runs < rounds(12) {
            let ran = place.run(&["clean", "-q", "logs"], b"");
            assert!(matches!(ran.code, Some(0 | 1)), "{}", ran.err);
            runs += 1;
        }
        stop.store(true, Ordering::Relaxed);
        println!("{} swaps in {runs} runs", racer.join().unwrap());
    });
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), log(4));
    assert_eq!(std::fs::read_dir(place.path().join("elsewhere")).unwrap().count(), 1);
}

#[test]
fn appended_lines_are_never_lost() {
    let place = Place::new();
    let path = place.file("logs/a.log", log(2000));
    let stop = AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        // Opens, writes and closes for each line, which is the hardest case: most of the time nobody has it open.
        let writer = scope.spawn(|| {
            let mut count = 0usize;
            while !stop.load(Ordering::Relaxed) {
                let mut file = std::fs::File::options().append(true).open(&path).unwrap();
                writeln!(file, "appended {count}").unwrap();
                drop(file);
                count += 1;
                std::thread::sleep(std::time::Duration::from_micros(300 + 900 * (count as u64 % 13)));
            }
            count
        });
        for _ in 0..rounds(6) {
            let ran = place.run(&["clean", "-q", "logs"], b"");
            assert!(matches!(ran.code, Some(0 | 1)), "{}", ran.err);
        }
        stop.store(true, Ordering::Relaxed);
        writer.join().unwrap()
    });
    // Where a line was written to either file while one took the other's place, both are kept.
    let text: Vec<u8> = crate::clean::tree(&place.path().join("logs")).into_values().flatten().collect();
    let text = String::from_utf8(text).unwrap();
    let mut appended: Vec<usize> =
        text.lines().filter_map(|line| line.strip_prefix("appended ")?.parse().ok()).collect();
    appended.sort_unstable();
    appended.dedup();
    assert_eq!(appended, (0..written).collect::<Vec<_>>());
    place.run(&["clean", "-q", "logs"], b"").is(0, b"");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with(&clean(&log(2000))));
}

#[test]
fn two_runs_at_once_do_the_work_once() {
    let place = Place::new();
    for i in 0..60 {
        place.file(&format!("logs/{i}"), log(50));
    }
    let runs: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..3).map(|_| scope.spawn(|| place.run(&["clean", "-q", "logs"], b""))).collect();
        all.into_iter().map(|run| run.join().unwrap()).collect()
    });
    for ran in &runs {
        assert!(matches!(ran.code, Some(0 | 1)), "{}", ran.err);
    }
    let files = crate::clean::tree(&place.path().join("logs"));
    assert_eq!(files.len(), 60);
    place.run(&["clean", "-q", "logs"], b"").is(0, b"");
    assert!(crate::clean::tree(&place.path().join("logs")).values().all(|b| *b == clean(&log(50)).into_bytes()));
}
