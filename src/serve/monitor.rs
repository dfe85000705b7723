//! `/metrics` for Prometheus and `/healthz`, over HTTP on a loopback address: numbers and names of ours, nothing that passed.
//!
//! One request at a time, each within two seconds; who is slower is left.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

use super::Counts;
use super::gauges::STEPS;

/// All parts with what they count, as they are now.
#[derive(Clone, Default)]
pub(super) struct Board(Arc<Inner>);

#[derive(Default)]
struct Inner {
    parts: RwLock<Vec<(Part, Arc<Counts>)>>,
    generation: AtomicU64,
    refused: AtomicU64,
}

/// A source or a sink.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) kind: &'static str,
    pub(super) name: String,
}

impl Board {
    /// The counts of a part: those it had before, if there was one of this name.
    pub(super) fn counts(&self, kind: &'static str, name: &str) -> Arc<Counts> {
        let mut parts = self.0.parts.write().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, counts)) = parts.iter().find(|(part, _)| part.kind == kind && part.name == name) {
            return Arc::clone(counts);
        }
        let counts = Arc::new(Counts::default());
        parts.push((Part { kind, name: name.to_owned() }, Arc::clone(&counts)));
        counts
    }

    /// A reload went through, or did not.
    pub(super) fn reloaded(&self, well: bool) {
        let count = if well { &self.0.generation } else { &self.0.refused };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// Answers on `address` from here on.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn listen(&self, address: SocketAddr) -> io::Result<()> {
        let listener = TcpListener::bind(address)
            .map_err(|error| io::Error::new(error.kind(), format!("metrics: {address}: {error}")))?;
        let board = self.clone();
        let work = move || {
            for stream in listener.incoming() {
                // Who went away has no answer to miss.
                let _ = stream.and_then(|stream| board.answer(stream));
            }
        };
        thread::Builder::new().name("metrics".to_owned()).spawn(work).map(|_| ())
    }

    fn answer(&self, mut stream: TcpStream) -> io::Result<()> {
        const SLOWEST: Duration = Duration::from_secs(2);
        stream.set_read_timeout(Some(SLOWEST))?;
        stream.set_write_timeout(Some(SLOWEST))?;
        let (mut head, mut got) = ([0; 4096], 0);
        while got < head.len() && !head[..got].windows(4).any(|four| four == b"\r\n\r\n") {
            match stream.read(&mut head[got..])? {
                0 => break,
                n => got += n,
            }
        }
        let head = &head[..got];
        let (status, text) = match head {
            _ if head.starts_with(b"GET /metrics ") => ("200 OK", self.text()),
            _ if head.starts_with(b"GET /healthz ") => ("200 OK", "ok\n".to_owned()),
            _ => ("404 Not Found", "there are /metrics and /healthz\n".to_owned()),
        };
        let kind = "text/plain; version=0.0.4; charset=utf-8";
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
            text.len()
        )
    }

    /// Everything, in Prometheus's text format.
    fn text(&self) -> String {
        let parts = self.0.parts.read().unwrap_or_else(PoisonError::into_inner);
        let mut out = String::new();
        for (name, kind, help, of, value) in SERIES {
            let _ = writeln!(out, "# HELP inkout_{name} {help}\n# TYPE inkout_{name} {kind}");
            for (part, counts) in parts.iter().filter(|(part, _)| of.is_none_or(|of| part.kind == of)) {
                let _ = writeln!(out, "inkout_{name}{{{}=\"{}\"}} {}", part.kind, part.name, value(counts));
            }
        }
        out.push_str("# HELP inkout_hits_total What was redacted, by rule.\n# TYPE inkout_hits_total counter\n");
        for (part, counts) in parts.iter() {
            for (rule, hits) in counts.hits() {
                let _ = writeln!(out, "inkout_hits_total{{{}=\"{}\",rule=\"{rule}\"}} {hits}", part.kind, part.name);
            }
        }
        candidates(&mut out, &parts);
        latency(&mut out, &parts);
        for (name, help, count) in [
            ("generation", "Reloads that went through.", &self.0.generation),
            ("reloads_refused_total", "Reloads that changed nothing, as something was wrong.", &self.0.refused),
        ] {
            let kind = if name == "generation" { "gauge" } else { "counter" };
            let count = count.load(Ordering::Relaxed);
            let _ = writeln!(out, "# HELP inkout_{name} {help}\n# TYPE inkout_{name} {kind}\ninkout_{name} {count}");
        }
        out
    }
}

type Series = (&'static str, &'static str, &'static str, Option<&'static str>, fn(&Counts) -> u64);

const SERIES: &[Series] = &[
    ("bytes_in_total", "counter", "Bytes that came.", Some("source"), |c| c.bytes_in.load(Ordering::Relaxed)),
    ("bytes_out_total", "counter", "Clean bytes that were handed on.", None, |c| c.bytes_out.load(Ordering::Relaxed)),
    ("records_total", "counter", "Lines, messages and records.", None, |c| c.records.load(Ordering::Relaxed)),
    ("drops_total", "counter", "What was lost and cannot come again.", None, |c| c.drops.load(Ordering::Relaxed)),
    ("errors_total", "counter", "What failed and was tried again.", None, |c| c.errors.load(Ordering::Relaxed)),
    ("spool_bytes", "gauge", "Bytes in the spool.", Some("sink"), |c| c.spool.load(Ordering::Relaxed)),
    ("spool_damaged_total", "counter", "Damaged records of the spool that were left out.", Some("sink"), |c| {
        c.damaged.load(Ordering::Relaxed)
    }),
];

fn candidates(out: &mut String, parts: &[(Part, Arc<Counts>)]) {
    for (name, help) in [
        ("sampled_bytes_total", "Bytes in which candidates were counted: a piece a second."),
        ("candidates_total", "Places in them at which a rule had to look, by kind of sign."),
    ] {
        let _ = writeln!(out, "# HELP inkout_{name} {help}\n# TYPE inkout_{name} counter");
        for (Part { name: source, .. }, counts) in parts.iter().filter(|(part, _)| part.kind == "source") {
            let sample = counts.sample();
            if name == "sampled_bytes_total" {
                let _ = writeln!(out, "inkout_{name}{{source=\"{source}\"}} {}", sample.bytes);
                continue;
            }
            for (kind, count) in &sample.candidates {
                let _ = writeln!(out, "inkout_{name}{{source=\"{source}\",kind=\"{kind}\"}} {count}");
            }
        }
    }
}

fn latency(out: &mut String, parts: &[(Part, Arc<Counts>)]) {
    const NAME: &str = "inkout_latency_seconds";
    let _ = writeln!(out, "# HELP {NAME} From a line's coming to the sink's taking it.\n# TYPE {NAME} histogram");
    for (part, counts) in parts.iter().filter(|(part, _)| part.kind == "sink") {
        let name = &part.name;
        for (step, count) in STEPS.iter().zip(&counts.latency) {
            let _ = writeln!(out, "{NAME}_bucket{{sink=\"{name}\",le=\"{step}\"}} {}", count.load(Ordering::Relaxed));
        }
        let (events, micros) = (counts.events.load(Ordering::Relaxed), counts.micros.load(Ordering::Relaxed));
        let _ = writeln!(out, "{NAME}_bucket{{sink=\"{name}\",le=\"+Inf\"}} {events}");
        let _ = writeln!(out, "{NAME}_sum{{sink=\"{name}\"}} {}", micros as f64 / 1e6);
        let _ = writeln!(out, "{NAME}_count{{sink=\"{name}\"}} {events}");
    }
}
