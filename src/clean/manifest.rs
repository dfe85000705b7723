//! The manifest: one line of JSON for each file, that says what it was, what it is, and what was taken out by which
//! rule. Never a byte of the text.
//!
//! The line of a file that is replaced is on the disk before the file is, so no change goes unrecorded; if the exchange
//! fails then, a second line says so, and the last line of a path holds. A run that was ended can be gone on with: what
//! its manifest says is done, and looks the same, is not read again.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{fstat, fsync};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::keep::attributes;
use super::one::{Open, Outcome, Report};
use super::print::Print;
use super::seen::{Seen, nanos};
use super::{Cleaner, Why};

/// A manifest that is being written.
pub(crate) struct Manifest {
    file: Mutex<File>,
    /// What an earlier run was done with, by path.
    known: HashMap<PathBuf, Value>,
}

/// A file's state besides its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark(Value);

impl Mark {
    /// Of an open file.
    pub(super) fn of(file: &File) -> Result<Self, Why> {
        let stat = fstat(file).map_err(Why::io("look at it"))?;
        let mut hash = Sha256::new();
        for (name, value) in attributes(file)? {
            hash.update((name.to_bytes().len() as u64).to_le_bytes());
            hash.update(name.to_bytes());
            hash.update((value.len() as u64).to_le_bytes());
            hash.update(value);
        }
        Ok(Self(json!({
            "device": stat.st_dev,
            "inode": stat.st_ino,
            "mtime": [stat.st_mtime, nanos(stat.st_mtime_nsec)],
            "mode": format!("{:o}", stat.st_mode & 0o7777),
            "uid": stat.st_uid,
            "gid": stat.st_gid,
            "attributes": format!("{:x}", hash.finalize()),
        })))
    }

    /// From a line of a manifest.
    pub(super) fn from_json(line: &Value) -> Option<Self> {
        line["mark"].is_object().then(|| Self(line["mark"].clone()))
    }

    /// The names of what differs, the inode aside: a file that was moved to another disk and back is the same.
    pub(super) fn differs(&self, other: &Self) -> Vec<&'static str> {
        ["mtime", "mode", "uid", "gid", "attributes"].into_iter().filter(|key| self.0[key] != other.0[key]).collect()
    }
}

impl Manifest {
    /// A new manifest, or with `resume` the one that is there, gone on with. `rules` stands for the rules in force.
    ///
    /// # Errors
    /// The system's, and what is wrong with the manifest that is there.
    pub(crate) fn open(path: &Path, rules: &str, resume: bool) -> io::Result<Self> {
        let head = json!({ "inkout": env!("CARGO_PKG_VERSION"), "manifest": 1, "rules": rules });
        let mut options = OpenOptions::new();
        options.read(true).write(true).mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
        if resume && path.exists() {
            let mut file = options.open(path)?;
            let (lines, whole) = read(&file)?;
            if lines.first() != Some(&head) {
                return Err(io::Error::other("it was made by other rules or another version; begin a new one"));
            }
            // A run that was killed may have left half a line.
            file.set_len(whole)?;
            file.seek(SeekFrom::End(0))?;
            return Ok(Self { file: Mutex::new(file), known: last(lines) });
        }
        let file = options.create_new(true).open(path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => io::Error::other("it exists already; go on with it by --resume"),
            _ => error,
        })?;
        let manifest = Self { file: Mutex::new(file), known: HashMap::new() };
        manifest.put(&head)?;
        Ok(manifest)
    }

    fn put(&self, line: &Value) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(format!("{line}\n").as_bytes())
    }

    /// Has everything on the disk.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn sync(&self) -> io::Result<()> {
        Ok(fsync(&*self.file.lock().unwrap_or_else(PoisonError::into_inner))?)
    }
}

/// The lines of a manifest and the length of the whole ones.
pub(super) fn read(file: &File) -> io::Result<(Vec<Value>, u64)> {
    let (mut lines, mut whole, mut line) = (Vec::new(), 0, Vec::new());
    let mut reader = BufReader::new(file);
    loop {
        line.clear();
        let len = reader.read_until(b'\n', &mut line)?;
        match serde_json::from_slice(&line) {
            Ok(value) if line.ends_with(b"\n") => lines.push(value),
            _ if len == 0 || !line.ends_with(b"\n") => return Ok((lines, whole)),
            _ => return Err(io::Error::other(format!("line {} is no line of a manifest", lines.len() + 1))),
        }
        whole += len as u64;
    }
}

/// The last line of each path.
pub(super) fn last(lines: Vec<Value>) -> HashMap<PathBuf, Value> {
    lines.into_iter().skip(1).filter_map(|line| Some((path(&line)?, line))).collect()
}

/// The path in a line: as text, or byte by byte where it is none.
pub(super) fn path(line: &Value) -> Option<PathBuf> {
    if let Some(text) = line["path"].as_str() {
        return Some(PathBuf::from(text));
    }
    let bytes: Option<Vec<u8>> = line["path"].as_array()?.iter().map(|b| b.as_u64()?.try_into().ok()).collect();
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(&bytes?)))
}

fn path_json(path: &Path) -> Value {
    path.to_str().map_or_else(|| path.as_os_str().as_bytes().into(), Into::into)
}

impl Cleaner<'_> {
    /// Whether an earlier run was done with this file, and it has not changed since.
    pub(super) fn is_known(&self, path: &Path, seen: Seen) -> bool {
        let Some(manifest) = self.manifest.filter(|manifest| !manifest.known.is_empty()) else { return false };
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let Some(line) = manifest.known.get(&absolute) else { return false };
        let (mark, stat) = (&line["mark"], &seen.0);
        matches!(line["status"].as_str(), Some("cleaned" | "untouched"))
            && mark["inode"] == json!(stat.st_ino)
            && mark["device"] == json!(stat.st_dev)
            && mark["mtime"] == json!([stat.st_mtime, nanos(stat.st_mtime_nsec)])
            && line["after"]["bytes"] == json!(seen.size())
    }

    /// Takes the hashes of a file that stays as it is.
    pub(super) fn note_untouched(&self, open: &Open, report: &mut Report) -> Result<(), Why> {
        if self.manifest.is_some() {
            let print = Print::of(&open.file)?;
            report.mark = Some(Mark::of(&open.file)?);
            report.before = Some(print.clone());
            report.after = Some(print);
        }
        Ok(())
    }

    /// Has the line of a file on the disk that is about to be replaced or copied.
    pub(super) fn note_change(&self, open: &Open, new: &File, report: &mut Report) -> Result<(), Why> {
        let Some(manifest) = self.manifest else { return Ok(()) };
        report.aside = Self::aside(open);
        report.before = Some(Print::of(&open.file)?);
        report.after = Some(Print::of(new)?);
        report.mark = Some(Mark::of(new)?);
        let status = if self.output.is_some() { "copied" } else { "cleaned" };
        let written = manifest.put(&line(report, status, self.place(report).as_deref())).and_then(|()| manifest.sync());
        written.map_err(Why::step("write the manifest"))
    }

    /// The line of a file, unless it was written before the change.
    pub(super) fn record(&self, report: &Report) -> Result<(), Why> {
        let Some(manifest) = self.manifest else { return Ok(()) };
        let status = match &report.outcome {
            Outcome::Cleaned | Outcome::Copied | Outcome::Known | Outcome::Stopped => return Ok(()),
            Outcome::Untouched => "untouched",
            Outcome::Found => "found",
            Outcome::Binary(_) => "binary",
            Outcome::Left(why) if why.is_usual() => "passed",
            Outcome::Left(_) => "left",
        };
        manifest.put(&line(report, status, None)).map_err(Why::step("write the manifest"))
    }

    /// Where the copy of a file is.
    fn place(&self, report: &Report) -> Option<PathBuf> {
        report.copy.clone().filter(|_| self.output.is_some())
    }
}

fn line(report: &Report, status: &str, copy: Option<&Path>) -> Value {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let hits: serde_json::Map<String, Value> =
        report.meter.stats().rules.into_iter().map(|(id, count)| (id, count.into())).collect();
    let mut line = json!({ "path": path_json(&absolute(&report.path)), "status": status, "hits": hits });
    let why = match &report.outcome {
        Outcome::Left(why) => Some(why.to_string()),
        Outcome::Binary(what) => Some(format!("is {what}")),
        _ => None,
    };
    let more = [
        ("why", why.map(Into::into)),
        ("copy", copy.map(|path| path_json(&absolute(path)))),
        ("members_left", (report.aside.left > 0).then(|| report.aside.left.into())),
        ("before", report.before.as_ref().map(Print::json)),
        ("after", report.after.as_ref().map(Print::json)),
        ("mark", report.mark.as_ref().map(|mark| mark.0.clone())),
    ];
    for (key, value) in more {
        if let Some(value) = value {
            line[key] = value;
        }
    }
    line
}
