//! Rotation of our own files: `log` becomes `log.1`, `log.1` becomes `log.2`, packed where that is wanted.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::serve::fields::Fields;
use crate::serve::store::{self, beside};
use crate::sink::Packer;
use crate::source::{Format, Packing};

/// When, and what becomes of old files.
#[derive(Clone, Debug)]
pub(super) struct Rotate {
    size: Option<u64>,
    every: Option<Duration>,
    keep: u64,
    pack: Option<Format>,
}

/// What a packed file's name ends in.
const ENDINGS: &[(Format, &str)] = &[(Format::Gzip, ".gz"), (Format::Zstd, ".zst")];

impl Rotate {
    /// Reads its keys of a table.
    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        let size = fields.whole("rotate-size", 4096..=1 << 50);
        let every = fields.seconds("rotate-every", 1.0..=366.0 * 86400.0);
        let keep = fields.whole("keep", 1..=10_000).unwrap_or(5);
        let pack = fields.word("compress", &[("none", None), ("gz", Some(Format::Gzip)), ("zst", Some(Format::Zstd))]);
        Self { size, every, keep, pack: pack.flatten() }
    }

    /// Whether a file of this length and age is to be rotated before so much more is written.
    pub(super) fn is_due(&self, len: u64, more: u64, begun: SystemTime) -> bool {
        let large = self.size.is_some_and(|size| len + more > size);
        let old = self.every.is_some_and(|every| begun.elapsed().is_ok_and(|age| age >= every));
        len > 0 && (large || old)
    }

    /// Moves the files on.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn run(&self, path: &Path) -> io::Result<()> {
        const ALL: [&str; 3] = ["", ".gz", ".zst"];
        // Behind a number that is free nothing has to move.
        let is_free = |n: &u64| ALL.iter().all(|ending| numbered(path, *n, ending).symlink_metadata().is_err());
        let last = (1..=self.keep).find(is_free).unwrap_or(self.keep);
        for n in (1..=last).rev() {
            for ending in ALL {
                let from = numbered(path, n, ending);
                let moved = if n == self.keep {
                    fs::remove_file(&from)
                } else {
                    fs::rename(&from, numbered(path, n + 1, ending))
                };
                found(moved)?;
            }
        }
        let first = numbered(path, 1, "");
        found(fs::rename(path, &first))?;
        self.pack.map_or(Ok(()), |format| pack(&first, format))
    }
}

/// Packs a file; it is there whole, packed or not, at any moment.
fn pack(path: &Path, format: Format) -> io::Result<()> {
    let ending = ENDINGS.iter().find(|(f, _)| *f == format).map_or("", |(_, ending)| ending);
    let new = beside(path, ".packing");
    let packed = packed(path, &new, format);
    if packed.is_err() {
        // On a full disk it would take what room there is, until the next rotation.
        let _ = fs::remove_file(&new);
    }
    packed?;
    fs::rename(&new, beside(path, ending))?;
    fs::remove_file(path)
}

/// Writes the packed text of `path` to `new`.
fn packed(path: &Path, new: &Path, format: Format) -> io::Result<()> {
    let file = store::open(new, OpenOptions::new().write(true).create(true).truncate(true))?;
    let mut packer = Packer::new(file, &Packing::new(format))?;
    io::copy(&mut File::open(path)?, &mut packer)?;
    packer.finish()?.sync_data()
}

fn numbered(path: &Path, n: u64, ending: &str) -> PathBuf {
    beside(path, &format!(".{n}{ending}"))
}

/// That a file is not there is no error.
fn found(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
