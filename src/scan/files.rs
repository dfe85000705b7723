//! Files on their way through a scan: which are looked at and how, and what is said of those that are not.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Facts, Scan};
use crate::Redactor;
use crate::pipeline::{Effort, Look, Looked};
use crate::report::time::now;
use crate::report::{Key, Progress, Scanned, Situation, Survey, Way};
use crate::sink::FileId;
use crate::source::{Content, Entry, Input, Kind, Passed, Reached, Source, Step, Tar, printable};

/// Something to scan.
#[derive(Debug)]
pub(crate) enum Task {
    /// Standard input.
    Stdin,
    /// What the walk came to.
    Found(Step),
}

/// What became of a task: of its text, or of each in an archive.
pub(crate) struct Outcome {
    /// Of a file: its bytes on the disk, and how far the bar is with it.
    size: u64,
    way: Option<Arc<Way>>,
    all: Vec<One>,
}

struct One {
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
    archives: bool,
    /// The files that the reports go to.
    ours: Vec<FileId>,
    named: Vec<PathBuf>,
    progress: Progress,
}

/// From here on a file is worth threads of its own, as others may be done with the rest by then.
const LARGE: u64 = 32 << 20;

impl<'r> Scanner<'r> {
    /// With rules, key and threads.
    pub(crate) fn new(redactor: &'r Redactor, key: &'r Key, effort: Effort) -> Self {
        let (ours, named, progress) = (Vec::new(), Vec::new(), Progress::default());
        Self { redactor, key, effort, ratio: u64::MAX, archives: false, ours, named, progress }
    }

    /// A packed file may unpack to `ratio` times its size.
    pub(crate) fn ratio(mut self, ratio: u64) -> Self {
        self.ratio = ratio;
        self
    }

    /// Looks into tar archives.
    pub(crate) fn archives(mut self) -> Self {
        self.archives = true;
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

    /// Shows how far it is.
    pub(crate) fn progress(mut self, progress: Progress) -> Self {
        self.progress = progress;
        self
    }

    /// The memory of one thread.
    pub(crate) fn look(&self) -> Look<'r> {
        Look::new(self.redactor, self.effort.block)
    }

    /// Scans it.
    pub(crate) fn scan(&self, look: &mut Look<'r>, task: Task) -> Outcome {
        match task {
            Task::Stdin => Outcome { size: 0, way: None, all: vec![self.one("-".into(), self.stdin(look))] },
            Task::Found(Step::File(entry)) => self.file(look, &entry),
            Task::Found(Step::Passed { path, why }) => {
                let why_not = why.to_string();
                let left = matches!(why, Passed::Link | Passed::Special(_)) && !self.named.contains(&path);
                let ended = if left { Ended::Skipped(why_not) } else { Ended::Failed(why_not, None) };
                Outcome { size: 0, way: None, all: vec![self.one(path, ended)] }
            }
        }
    }

    fn one(&self, path: PathBuf, ended: Ended) -> One {
        // A name is text of others as well, and may hold a secret.
        let shown = printable(&path);
        let name =
            std::str::from_utf8(&self.redactor.redact(shown.as_bytes())).map_or_else(|_| String::new(), str::to_owned);
        let (scanned, problem, skipped) = match ended {
            Ended::Whole(scanned) => (Some(scanned), None, None),
            Ended::Failed(why, scanned) => (scanned, Some(why), None),
            Ended::Skipped(why) => (None, None, Some(why)),
            Ended::Ours | Ended::Inside => (None, None, None),
        };
        One { name, scanned, problem, skipped }
    }

    fn stdin(&self, look: &mut Look<'r>) -> Ended {
        let latest = now();
        match Input::Stdin.open() {
            Ok(source) => {
                self.text(look, &source, Facts { situation: Situation::default(), latest }, self.effort.threads)
            }
            Err(error) => Ended::Failed(error.to_string(), None),
        }
    }

    fn file(&self, look: &mut Look<'r>, entry: &Entry) -> Outcome {
        let (path, way) = (entry.path(), self.progress.begin());
        let (mut all, mut size) = (Vec::new(), 0);
        let opened = entry.open().and_then(|file| {
            let metadata = file.metadata()?;
            size = metadata.len();
            if self.is_ours(&metadata) {
                return Ok(Ended::Ours);
            }
            let file = Arc::new(file);
            let stored = Stored { kind: Kind::of_file(&file)?, file, metadata, way: &way };
            match &stored.kind {
                Kind::Tar(_) if self.archives => self.archive(look, &stored, &path, &mut all),
                _ => self.opened(look, &stored, Path::new(&entry.name)),
            }
        });
        let ended = opened.unwrap_or_else(|error| Ended::Failed(error.to_string(), None));
        all.push(self.one(path, ended));
        Outcome { size, way: Some(way), all }
    }

    fn opened(&self, look: &mut Look<'r>, stored: &Stored<'_>, name: &Path) -> io::Result<Ended> {
        match &stored.kind {
            Kind::Binary(what) => return Ok(Ended::Skipped(format!("is {what}"))),
            Kind::Archive(what) => {
                return Ok(Ended::Failed(
                    format!("is {what}, which is not looked into; unpack it, or leave it out with --exclude"),
                    None,
                ));
            }
            // The files of a tar archive stand in it as they are.
            Kind::Text | Kind::Packed(_) | Kind::Tar(_) => {}
        }
        let source = Source::stored(Arc::clone(&stored.file), &stored.kind, self.ratio)?.telling(stored.reached());
        let facts = Facts { situation: of_file(&stored.metadata, name), latest: stored.metadata.mtime() };
        Ok(self.text(look, &source, facts, self.threads(stored.metadata.len())))
    }

    /// Each file in an archive into `all`; the rest is about the archive itself.
    fn archive(&self, look: &mut Look<'r>, stored: &Stored<'_>, path: &Path, all: &mut Vec<One>) -> io::Result<Ended> {
        let metadata = &stored.metadata;
        let mut tar = Tar::new(&stored.file, &stored.kind, self.ratio, stored.reached())?;
        while let Some(member) = tar.next()? {
            let ended = match tar.content(&member)? {
                Content::Nothing => continue,
                Content::Binary(what) => Ended::Skipped(format!("is {what}")),
                Content::Closed(what) => Ended::Failed(format!("is {what}, which is not looked into; unpack it"), None),
                Content::Text => {
                    let facts = Facts { situation: of_file(metadata, &member.name()), latest: member.time };
                    self.text(look, &tar.text(), facts, self.threads(metadata.len()))
                }
            };
            all.push(self.one(member.path(path), ended));
        }
        Ok(Ended::Inside)
    }

    fn is_ours(&self, metadata: &Metadata) -> bool {
        FileId::of(metadata).is_some_and(|id| self.ours.contains(&id))
    }

    const fn threads(&self, len: u64) -> usize {
        if len < LARGE { 1 } else { self.effort.threads }
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

/// A file that is open, with what it is.
struct Stored<'w> {
    file: Arc<File>,
    metadata: Metadata,
    kind: Kind,
    way: &'w Arc<Way>,
}

impl Stored<'_> {
    fn reached(&self) -> Option<Reached> {
        let way = Arc::clone(self.way);
        // What was found is counted at the end, when it is known which values are equal.
        way.is_shown().then(|| Arc::new(move |at| way.reach(at, 0)) as Reached)
    }
}

enum Ended {
    Whole(Scanned),
    Failed(String, Option<Scanned>),
    Skipped(String),
    /// A report of this run.
    Ours,
    /// An archive whose files were looked at.
    Inside,
}

impl Outcome {
    /// Puts it into the survey.
    pub(crate) fn add_to(self, survey: &mut Survey<'_>) {
        if let Some(way) = &self.way {
            way.end(self.size, self.all.iter().filter_map(|one| one.scanned.as_ref()).map(Scanned::occurrences).sum());
        }
        self.all.into_iter().for_each(|one| one.add_to(survey));
    }
}

impl One {
    fn add_to(self, survey: &mut Survey<'_>) {
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

/// What holds for all values of a file.
fn of_file(metadata: &Metadata, name: &Path) -> Situation {
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
