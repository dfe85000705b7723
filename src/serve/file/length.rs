//! How long a file of ours was when its events were taken, so that what kill -9 tore can be told from what is whole.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use super::is_open;
use crate::serve::store;

/// Of a device, an inode and a length, in text.
const WIDTH: usize = 64;

/// The note.
pub(super) struct Length(File);

impl Length {
    /// The note in this file.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        store::open(path, OpenOptions::new().read(true).write(true).create(true).truncate(false)).map(Self)
    }

    /// Of the file of this device and inode everything before `len` was taken.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn note(&self, (device, inode): (u64, u64), len: u64) -> io::Result<()> {
        let text = format!("{device} {inode} {len}");
        self.0.write_all_at(format!("{text:<width$}\n", width = WIDTH - 1).as_bytes(), 0)
    }

    /// Takes a torn line away behind what was taken. Says how long the file is, and whether it still ends in a line that
    /// is not whole.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn mend(&self, file: &File) -> io::Result<(u64, bool)> {
        let metadata = file.metadata()?;
        let len = metadata.len();
        let noted = self.noted(metadata.dev(), metadata.ino())?.filter(|noted| *noted <= len);
        if !is_open(file, len)? {
            return Ok((len, false));
        }
        let Some(noted) = noted else { return Ok((len, true)) };
        let mut behind = vec![0; usize::try_from(len - noted).unwrap_or(0)];
        file.read_exact_at(&mut behind, noted)?;
        let whole = noted + memchr::memrchr(b'\n', &behind).map_or(0, |at| at as u64 + 1);
        file.set_len(whole)?;
        Ok((whole, is_open(file, whole)?))
    }

    fn noted(&self, device: u64, inode: u64) -> io::Result<Option<u64>> {
        let mut text = [0; WIDTH];
        let got = self.0.read_at(&mut text, 0)?;
        let text = std::str::from_utf8(&text[..got]).unwrap_or_default();
        let numbers: Vec<u64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        Ok(matches!(numbers[..], [d, i, _] if (d, i) == (device, inode)).then(|| numbers[2]))
    }
}
