//! Peers that are programs: fed through a pipe and drained through another, their CPU time taken from the kernel.
//!
//! One that is not installed is skipped, and that is said.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use inkout::catalogue::{Kind, builtin, literal};
use nix::sys::resource::{UsageWho, getrusage};

use crate::measure::{mebibytes, median};
use crate::regexes::{MARKER, alternation};

const ROUNDS: usize = 3;
/// Literals that Vectorscan looks for.
const LITERALS: usize = 250;

/// A program with its arguments.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    command: Vec<String>,
}

/// inkout itself, on one thread, and the filters that are on the path.
pub(crate) fn filters() -> Vec<Peer> {
    let words = |all: &[&str]| all.iter().map(|word| (*word).to_owned()).collect();
    let rules = alternation();
    let all = [
        Peer { name: "inkout", command: words(&[env!("CARGO_BIN_EXE_inkout"), "--threads", "1"]) },
        Peer { name: "rg", command: words(&["rg", "-a", "--passthru", "--no-unicode", "-r", MARKER, &rules]) },
        Peer { name: "sed", command: words(&["sed", "-E", &format!("s#{rules}#{MARKER}#g")]) },
        Peer { name: "cat", command: words(&["cat"]) },
    ];
    all.into_iter().filter(Peer::is_there).collect()
}

impl Peer {
    fn is_there(&self) -> bool {
        let there = Command::new(&self.command[0]).arg("--version").stdout(Stdio::null()).status().is_ok();
        if !there {
            println!("SKIPPED: {} is not installed", self.name);
        }
        there
    }

    /// MB of `text` per CPU second of the program's, and what came out in the last round.
    pub(crate) fn run(&self, text: &[u8]) -> std::io::Result<(f64, Vec<u8>)> {
        // Start-up is in it, so there have to be enough bytes.
        let times = (32 / mebibytes()).max(1);
        let mut rates = Vec::new();
        let mut out = Vec::new();
        for _ in 0..ROUNDS {
            let before = children()?;
            out = self.once(text, times)?;
            rates.push(text.len() as f64 * times as f64 / 1e6 / (children()? - before).max(1e-6));
        }
        Ok((median(rates), out))
    }

    fn once(&self, text: &[u8], times: usize) -> std::io::Result<Vec<u8>> {
        let mut child = Command::new(&self.command[0])
            .args(&self.command[1..])
            .env("LC_ALL", "C")
            .env_remove("RIPGREP_CONFIG_PATH")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (mut input, mut output) = (child.stdin.take(), child.stdout.take());
        let mut out = Vec::with_capacity(text.len() * times + (1 << 20));
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut input = input.take();
                (0..times).try_for_each(|_| input.as_mut().map_or(Ok(()), |input| input.write_all(text)))
            });
            output.as_mut().map_or(Ok(0), |output| output.read_to_end(&mut out))
        })?;
        child.wait()?;
        Ok(out)
    }
}

/// CPU seconds of all children that have ended.
fn children() -> std::io::Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}

/// Vectorscan's literal matcher, made from `peers/vectorscan.c`.
pub(crate) struct Vectorscan {
    folder: tempfile::TempDir,
}

impl Vectorscan {
    /// `None`, said aloud, where there is no C compiler or no Vectorscan to build with.
    pub(crate) fn build() -> std::io::Result<Option<Self>> {
        let folder = tempfile::tempdir()?;
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/vectorscan.c");
        let built = Command::new("cc")
            .args(["-O2", "-o"])
            .arg(folder.path().join("vectorscan"))
            .arg(source)
            .arg("-lhs")
            .stderr(Stdio::null())
            .status();
        if !built.is_ok_and(|status| status.success()) {
            println!("SKIPPED: Vectorscan (cc and libvectorscan-dev are needed)");
            return Ok(None);
        }
        std::fs::write(folder.path().join("literals"), literals().join("\n"))?;
        Ok(Some(Self { folder }))
    }

    /// MB/s of finding the literals, without a thing done about them.
    pub(crate) fn run(&self, text: &[u8]) -> std::io::Result<f64> {
        let file = |name: &str| self.folder.path().join(name);
        std::fs::write(file("text"), text)?;
        let out = Command::new(file("vectorscan")).args([file("literals"), file("text")]).output()?;
        let word = std::str::from_utf8(&out.stdout).ok().and_then(|line| line.split(' ').next());
        let rate: Option<f64> = word.and_then(|word| word.parse().ok());
        rate.map(|rate| rate / 1e6).ok_or_else(|| std::io::Error::other("Vectorscan printed no figure"))
    }
}

/// Texts that the catalogue's own patterns cannot match without, the longest first: kind to Vectorscan, which is quicker
/// the rarer they are. `i:` before those of any case.
fn literals() -> Vec<String> {
    let patterns = builtin::rules().filter_map(|rule| match &rule.kind {
        Kind::Pattern(pattern) => literal::parse(pattern).ok(),
        _ => None,
    });
    let anchors = patterns.filter_map(|hir| literal::anchors(&hir, true)).flat_map(|found| found.literals);
    let text = |units: literal::Literal| {
        let fold = units.iter().any(|unit| unit.fold != 0);
        let text: String = units.iter().map(|unit| char::from(unit.byte)).collect();
        format!("{}{text}", if fold { "i:" } else { "" })
    };
    let mut all: Vec<String> = anchors.map(text).filter(|text| text.is_ascii() && !text.contains('\n')).collect();
    all.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    all.dedup();
    all.truncate(LITERALS);
    all
}
