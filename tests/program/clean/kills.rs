//! Killed at every system call.

use std::collections::BTreeMap;

use crate::clean::faults::{files, whole};
use crate::run::Place;

/// Those between which the files change.
const DAILY: &[&str] = &["writev", "fsync", "renameat2", "unlinkat"];
/// Looking through /proc makes calls by the hundred, on nothing that is ours: some of them will do, unless a campaign
/// asks for all.
const STEP: usize = 7;
const MANY: usize = 100;

/// Every system call that a clean-up makes, from its start to its end, and how often. Each is counted by itself, which
/// is how strace counts.
fn calls(place: &Place) -> BTreeMap<String, usize> {
    files(place);
    place.shell("strace -f -qq -o trace \"$INKOUT\" clean -q --threads=1 logs").ends(0);
    let mut calls = BTreeMap::new();
    for line in std::fs::read_to_string(place.path().join("trace")).unwrap().lines() {
        let call = line.split_whitespace().nth(1).and_then(|call| call.split_once('('));
        if let Some((name, _)) = call.filter(|(name, _)| !name.is_empty()) {
            *calls.entry(name.to_owned()).or_default() += 1;
        }
    }
    calls
}

fn killed_at_each(wanted: Option<&[&str]>) {
    let place = Place::new();
    if place.shell("strace -V >/dev/null").code != Some(0) {
        println!("SKIPPED: strace is not installed");
        return;
    }
    let all = std::env::var_os("INKOUT_CASES").is_some();
    let calls = calls(&place);
    let mut kills = 0;
    for (call, count) in calls.iter().filter(|(call, _)| wanted.is_none_or(|wanted| wanted.contains(&&***call))) {
        let (mut at, step) = (1, if all || *count < MANY { 1 } else { STEP });
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
            at += step;
        }
        println!("{call}: up to {at}");
    }
    println!("{kills} kills, every file whole");
    assert!(kills > 10, "only {kills} kills");
}

#[test]
fn killed_where_files_change_every_file_is_whole() {
    killed_at_each(Some(DAILY));
}

#[test]
#[ignore = "campaign: thousands of kills"]
fn killed_at_every_call_every_file_is_whole() {
    killed_at_each(None);
}
