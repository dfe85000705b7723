//! Speed against the share of events with a secret, against the number of rules, and against the length of lines: as a
//! table, and as a picture where `INKOUT_BENCH_PLOT` names a file for it.

use std::error::Error;

use inkout::Redactor;

use crate::corpus::{Corpus, Mix};
use crate::many_rules;
use crate::measure::{memcpy, paired, redact};
use crate::plot::{Panel, page};

const RATES: [f64; 8] = [0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0];
/// How many times the rules there are.
const TIMES: [usize; 4] = [1, 2, 5, 10];
const LENGTHS: [usize; 8] = [32, 64, 128, 256, 1 << 10, 4 << 10, 32 << 10, 256 << 10];

/// Measures all three over mixed logs of `size` bytes.
pub(crate) fn run(redactor: &Redactor, size: usize) -> Result<(), Box<dyn Error>> {
    let clean = Corpus::new(Mix::Mixed, 0.0, size, 1);
    let panels = [rates(redactor, size), rules(redactor, &clean)?, lengths(redactor, &clean)];
    println!("\ninkout, the library, mixed logs of {} MiB, MB/s a core; in brackets memcpy", size >> 20);
    for panel in &panels {
        println!("{}", panel.title);
        panel.points.iter().for_each(|point| println!("{:>10} {:8.0} [{:.0}]", point.0, point.1, point.2));
    }
    if let Some(path) = std::env::var_os("INKOUT_BENCH_PLOT") {
        std::fs::write(path, page(&panels))?;
    }
    Ok(())
}

fn rates(redactor: &Redactor, size: usize) -> Panel {
    let point = |rate: f64| {
        let corpus = Corpus::new(Mix::Mixed, rate, size, 1);
        let speeds = paired(&corpus.blocks(), &mut [redact(redactor), memcpy()]);
        (rate.to_string(), speeds[0], speeds[1])
    };
    Panel { title: "share of events with a secret".to_owned(), points: RATES.into_iter().map(point).collect() }
}

fn rules(redactor: &Redactor, clean: &Corpus) -> Result<Panel, Box<dyn Error>> {
    let own = redactor.rules().len();
    let mut points = Vec::new();
    for times in TIMES {
        let more = many_rules::rules(own * (times - 1));
        let builder = Redactor::builder();
        let all = if times > 1 { builder.rules("synthetic.toml", more) } else { builder }.build()?;
        let speeds = paired(&clean.blocks(), &mut [redact(&all), memcpy()]);
        points.push((all.rules().len().to_string(), speeds[0], speeds[1]));
    }
    Ok(Panel { title: "rules, nothing to hide".to_owned(), points })
}

/// The same text throughout; only its newlines stand elsewhere.
fn lengths(redactor: &Redactor, clean: &Corpus) -> Panel {
    let point = |length: usize| {
        let corpus = Corpus { text: broken(&clean.text, length), planted: 0 };
        let speeds = paired(&corpus.blocks(), &mut [redact(redactor), memcpy()]);
        (length.to_string(), speeds[0], speeds[1])
    };
    Panel { title: "bytes a line, nothing to hide".to_owned(), points: LENGTHS.into_iter().map(point).collect() }
}

/// `text` in lines of about `length` bytes, broken at blanks.
fn broken(text: &[u8], length: usize) -> Vec<u8> {
    let mut out = text.to_vec();
    let mut begun = 0;
    for (at, byte) in out.iter_mut().enumerate() {
        if matches!(*byte, b'\n' | b' ') {
            let full = at - begun >= length - 1;
            *byte = if full { b'\n' } else { b' ' };
            begun = if full { at + 1 } else { begun };
        }
    }
    out
}
