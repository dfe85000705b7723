//! How fast inkout is, beside what the machine and its peers can do: one table, and every figure a test.
//!
//! `cargo bench` runs all of it, `cargo bench -- hostile` one part. README.md beside this says how and why.
#![allow(clippy::panic, reason = "a bench that finds something else than it should stops")]

mod corpus;
mod curves;
mod hostile;
mod many_rules;
mod measure;
mod peers;
mod plot;
mod regexes;

use std::process::ExitCode;

use corpus::{Corpus, Mix};
use inkout::Redactor;
use measure::{mebibytes, memcpy, paired, redact};
use peers::Vectorscan;

const RATES: [f64; 5] = [0.0, 0.001, 0.01, 0.1, 1.0];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let wanted = |part: &str| words.is_empty() || words.iter().any(|word| word == part);
    // `cargo test --benches` runs this too: counts only, as a debug build's speed says nothing.
    let speeds = std::env::args().any(|word| word == "--bench");
    let redactor = match Redactor::builder().build() {
        Ok(redactor) => redactor,
        Err(error) => panic!("{error}"),
    };
    if !speeds {
        RATES.iter().for_each(|rate| drop(counted(&redactor, Mix::Mixed, *rate, 64 << 10)));
        return ExitCode::SUCCESS;
    }
    let size = mebibytes() << 20;
    let mut missed = Vec::new();
    if wanted("mixes") {
        mixes(&redactor, size);
    }
    if wanted("peers")
        && let Err(error) = peers(&redactor, size)
    {
        panic!("peers: {error}");
    }
    if wanted("rules") {
        match many_rules::run(&redactor, &counted(&redactor, Mix::Mixed, 0.0, size)) {
            Ok(short) => missed.extend(short),
            Err(error) => panic!("{error}"),
        }
    }
    if wanted("curves")
        && let Err(error) = curves::run(&redactor, size)
    {
        panic!("curves: {error}");
    }
    if wanted("hostile") {
        let clean = counted(&redactor, Mix::Mixed, 0.0, 4 << 20);
        let speed = paired(&clean.blocks(), &mut [redact(&redactor)])[0];
        let family = std::env::var("INKOUT_BENCH_FAMILY").unwrap_or_default();
        missed.extend(hostile::run(&redactor, speed, size.min(64 << 20), &family));
    }
    missed.iter().for_each(|line| println!("MISSED {line}"));
    if missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A corpus in which as many hits are found as were planted.
fn counted(redactor: &Redactor, mix: Mix, rate: f64, size: usize) -> Corpus {
    let corpus = Corpus::new(mix, rate, size, 1);
    let found: usize = corpus.blocks().iter().map(|block| redactor.find(block).len()).sum();
    if found != corpus.planted {
        panic!("{} at rate {rate}: {} secrets were planted and {found} found", mix.name(), corpus.planted);
    }
    corpus
}

fn mixes(redactor: &Redactor, size: usize) {
    println!(
        "inkout, MB/s a core, standard profile, {} MiB a cell; columns: share of events with a secret",
        size >> 20
    );
    print!("{:10}", "");
    RATES.iter().for_each(|rate| print!(" {rate:>8}"));
    println!(" {:>8}", "memcpy");
    for mix in Mix::ALL {
        print!("{:10}", mix.name());
        let mut copied = 0.0;
        for rate in RATES {
            let corpus = counted(redactor, mix, rate, size);
            let rates = paired(&corpus.blocks(), &mut [redact(redactor), memcpy()]);
            print!(" {:8.0}", rates[0]);
            copied = rates[1];
        }
        println!(" {copied:8.0}");
    }
}

/// The library beside other libraries, and the program beside other programs, over the same mixed logs.
fn peers(redactor: &Redactor, size: usize) -> Result<(), Box<dyn std::error::Error>> {
    println!("\nmixed logs, MB/s of CPU time; every peer has 8 rules");
    let vectorscan = Vectorscan::build()?;
    let programs = peers::filters();
    print!("{:>6} {:>7} {:>7} | regex: {:>7} {:>7} {:>7} |", "rate", "inkout", "memcpy", "one", "set", "each");
    print!(" {:>10} | programs:", "Vectorscan");
    programs.iter().for_each(|peer| print!(" {:>7}", peer.name));
    println!();
    for rate in RATES {
        let corpus = counted(redactor, Mix::Mixed, rate, size);
        let mut ways = [redact(redactor), memcpy(), regexes::one()?, regexes::set()?, regexes::each()?];
        let rates = paired(&corpus.blocks(), &mut ways);
        print!(
            "{rate:>6} {:7.0} {:7.0} |        {:7.0} {:7.0} {:7.0} |",
            rates[0], rates[1], rates[2], rates[3], rates[4]
        );
        match &vectorscan {
            Some(vectorscan) => print!(" {:10.0} |          ", vectorscan.run(&corpus.text)?),
            None => print!(" {:>10} |          ", "skipped"),
        }
        for peer in &programs {
            let (speed, out) = peer.run(&corpus.text)?;
            agrees(peer.name, rate, &corpus.text, &out);
            print!(" {speed:7.0}");
        }
        println!();
    }
    Ok(())
}

/// A peer that leaves lines out is not quick, and one that finds nothing where everybody does is not either.
fn agrees(name: &str, rate: f64, text: &[u8], out: &[u8]) {
    let lines = |text: &[u8]| text.iter().filter(|b| **b == b'\n').count();
    let (had, has) = (lines(text), lines(out));
    if had == 0 || has % had != 0 || has == 0 {
        panic!("{name} at rate {rate}: {had} lines became {has}");
    }
    if name != "cat" && (rate > 0.0) == out.starts_with(text) {
        panic!("{name} at rate {rate}: changed {}", if rate > 0.0 { "nothing" } else { "a clean log" });
    }
}
