//! Files on their way through a scan: which are looked at and how, and what is said of those that are not.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Facts, Scan};
use crate::Redactor;
use crate::pipeline::{Effort, Look, Looked};
use crate::report::{Key, Scanned, Situation, Survey};
use crate::sink::FileId;
use crate::source::{Entry, Input, Kind, Passed, Source, Step, printable};

/// Something to scan.
#[derive(Debug)]
pub(crate) enum Task {
    /// Standard input.
    Stdin,
    /// What the walk came to.
    Found(Step),
}

/// What became of a task.
pub(crate) struct Outcome {
    name: String,
    scanned: Option<Scanned>,
    /// Why it could not be scanned, or not to its end.
    problem: Option<String>,
    /// Why it was left out.
    skipped: Option<String>,
}

/// Scans one task after another; shared by the threads.
pub(crate) struct Scanner<'r> {
    redactor: &'r Redactor,
    key: &'r Key,
    effort: Effort,
    ratio: u64,
    /// The files that the reports go to.
    ours: Vec<FileId>,
    named: Vec<PathBuf>,
}

/// From here on a file is worth threads of its own, as others may be done with the rest by then.
const LARGE: u64 = 32 << 20;

impl<'r> Scanner<'r> {
    /// With rules, key and threads.
    pub(crate) const fn new(redactor: &'r Redactor, key: &'r Key, effort: Effort) -> Self {
        Self { redactor, key, effort, ratio: u64::MAX, ours: Vec::new(), named: Vec::new() }
    }

    /// A packed file may unpack to `ratio` times its size.
    pub(crate) fn ratio(mut self, ratio: u64) -> Self {
        self.ratio = ratio;
        self
    }

    /// Passes the files by that the reports go to.
    pub(crate) fn ours(mut self, ours: Vec<FileId>) -> Self {
        self.ours = ours;
        self
    }

    /// What the user named has to be looked at, whatever it is.
    pub(crate) fn named(mut self, paths: &[PathBuf]) -> Self {
        self.named = paths.to_vec();
        self
    }

    /// The memory of one thread.
    pub(crate) fn look(&self) -> Look<'r> {
        Look::new(self.redactor, self.effort.block)
    }

    /// Scans it.
    pub(crate) fn scan(&self, look: &mut Look<'r>, task: Task) -> Outcome {
        let (path, outcome) = match task {
            Task::Stdin => ("-".into(), self.stdin(look)),
            Task::Found(Step::File(entry)) => (entry.path(), self.file(look, &entry)),
            Task::Found(Step::Passed { path, why }) => {
                let why_not = why.to_string();
                let left = matches!(why, Passed::Link | Passed::Special(_)) && !self.named.contains(&path);
                (path, if left { Ended::Skipped(why_not) } else { Ended::Failed(why_not, None) })
            }
        };
        // A name is text of others as well, and may hold a secret.
        let shown = printable(&path);
        let name =
            std::str::from_utf8(&self.redactor.redact(shown.as_bytes())).map_or_else(|_| String::new(), str::to_owned);
        let (scanned, problem, skipped) = match outcome {
            Ended::Whole(scanned) => (Some(scanned), None, None),
            Ended::Failed(why, scanned) => (scanned, Some(why), None),
            Ended::Skipped(why) => (None, None, Some(why)),
            Ended::Ours => (None, None, None),
        };
        Outcome { name, scanned, problem, skipped }
    }

    fn stdin(&self, look: &mut Look<'r>) -> Ended {
        let latest = seconds(SystemTime::now());
        match Input::Stdin.open() {
            Ok(source) => {
                self.text(look, &source, Facts { situation: Situation::default(), latest }, self.effort.threads)
            }
            Err(error) => Ended::Failed(error.to_string(), None),
        }
    }

    fn file(&self, look: &mut Look<'r>, entry: &Entry) -> Ended {
        let file = match entry.open() {
            Ok(file) => Arc::new(file),
            Err(error) => return Ended::Failed(error.to_string(), None),
        };
        self.opened(look, &file, Path::new(&entry.name)).unwrap_or_else(|error| Ended::Failed(error.to_string(), None))
    }

    fn opened(&self, look: &mut Look<'r>, file: &Arc<File>, name: &Path) -> io::Result<Ended> {
        let metadata = file.metadata()?;
        if FileId::of(&metadata).is_some_and(|id| self.ours.contains(&id)) {
            return Ok(Ended::Ours);
        }
        let kind = Kind::of(&head(file)?);
        match kind {
            Kind::Binary(what) => return Ok(Ended::Skipped(format!("is {what}"))),
            // The files of a tar archive stand in it as they are.
            Kind::Archive(what) if !kind.is_tar() => {
                return Ok(Ended::Failed(
                    format!("is {what}, which is not looked into; unpack it, or leave it out with --exclude"),
                    None,
                ));
            }
            _ => {}
        }
        let source = Source::stored(Arc::clone(file), &kind, self.ratio)?;
        let threads = if metadata.len() < LARGE { 1 } else { self.effort.threads };
        let facts = Facts { situation: of_file(&metadata, name), latest: metadata.mtime() };
        Ok(self.text(look, &source, facts, threads))
    }

    fn text(&self, look: &mut Look<'r>, source: &Source, facts: Facts, threads: usize) -> Ended {
        let mut scan = Scan::new(self.redactor, self.key, facts);
        let looked = look.source(source, threads, &mut |bytes, clean| scan.piece(bytes, clean));
        let scanned = scan.finish();
        match looked {
            Ok(Looked::Wide(name)) => Ended::Failed(
                format!("the text is {name}, which no rule can read; convert it: iconv -f {name} -t UTF-8"),
                None,
            ),
            Err(error) => Ended::Failed(error.to_string(), Some(scanned)),
            Ok(Looked::Whole) if scanned.internal_errors > 0 => {
                let lines = scanned.internal_errors;
                Ended::Failed(format!("internal error on {lines} of its lines; please report it"), Some(scanned))
            }
            Ok(Looked::Whole) => Ended::Whole(scanned),
        }
    }
}

enum Ended {
    Whole(Scanned),
    Failed(String, Option<Scanned>),
    Skipped(String),
    /// A report of this run.
    Ours,
}

impl Outcome {
    /// Puts it into the survey.
    pub(crate) fn add_to(self, survey: &mut Survey<'_>) {
        if let Some(scanned) = self.scanned {
            survey.add(&self.name, scanned);
        }
        if let Some(why) = self.problem {
            survey.unscanned(&self.name, &why);
        }
        if let Some(why) = self.skipped {
            survey.left_out(&self.name, &why);
        }
    }
}

/// The first bytes of a file, without moving its place.
fn head(file: &File) -> io::Result<Vec<u8>> {
    let mut head = vec![0; Kind::HEAD];
    let mut upto = 0;
    while upto < head.len() {
        match file.read_at(&mut head[upto..], upto as u64) {
            Ok(0) => break,
            Ok(got) => upto += got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    head.truncate(upto);
    Ok(head)
}

/// What holds for all values of a file.
fn of_file(metadata: &std::fs::Metadata, name: &Path) -> Situation {
    const OTHERS_READ: u32 = 0o004;
    let mut found = Situation::STORED;
    if is_source(name) {
        // That a source file can be read is its purpose.
        return found.and(Situation::SOURCE);
    }
    if metadata.mode() & OTHERS_READ != 0 {
        found = found.and(Situation::EXPOSED);
    }
    found
}

/// Whether a file is source or configuration, by its name: a log says so of itself, these do not.
fn is_source(name: &Path) -> bool {
    const ENDINGS: &[&str] = &[
        "bash",
        "c",
        "cc",
        "cfg",
        "clj",
        "conf",
        "cpp",
        "cs",
        "css",
        "env",
        "erl",
        "ex",
        "exs",
        "go",
        "gradle",
        "groovy",
        "h",
        "hcl",
        "hpp",
        "hs",
        "html",
        "ini",
        "ipynb",
        "java",
        "jl",
        "js",
        "jsx",
        "kt",
        "lua",
        "m",
        "mjs",
        "ml",
        "php",
        "pl",
        "properties",
        "ps1",
        "py",
        "r",
        "rb",
        "rs",
        "scala",
        "sh",
        "sql",
        "svelte",
        "swift",
        "tf",
        "tfvars",
        "toml",
        "ts",
        "tsx",
        "vue",
        "yaml",
        "yml",
        "zsh",
    ];
    let ending = name.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    let known = ending.is_some_and(|ending| ENDINGS.binary_search(&&*ending).is_ok());
    known
        || ["Dockerfile", "Makefile", ".env", ".npmrc", ".netrc", ".pypirc"]
            .iter()
            .any(|whole| name == Path::new(whole))
}

fn seconds(moment: SystemTime) -> i64 {
    moment.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_is_told_from_logs() {
        for name in ["app.py", "x.YAML", ".env", "prod.env", "Dockerfile"] {
            assert!(is_source(Path::new(name)), "{name}");
        }
        for name in ["app.log", "app.log.1", "events.json", "syslog", "py"] {
            assert!(!is_source(Path::new(name)), "{name}");
        }
    }
}
