//! Small files of our own that have to be whole after a crash: two generations, a checksum, the disk asked each time.
//!
//! A file is its text and a last line `crc32 XXXXXXXX`. It is written beside, put on the disk, and then takes the place of
//! the one before, which stays as `.old`. Between two of these it may be written without asking the disk, which a kill does
//! not notice and a loss of power may: then `.old` is there. A damaged one is set aside as `.corrupt-N`, never deleted and never obeyed.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// A folder for its owner alone; it is made where it is missing.
///
/// # Errors
/// The system's.
pub(super) fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Opens a file of ours: never through a link, for its owner alone.
///
/// # Errors
/// The system's.
pub(super) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = options.mode(0o600).custom_flags(flags.bits() as i32).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "is no regular file"));
    }
    Ok(file)
}

/// Writes `text` in the place of what `path` held, on the disk when this returns.
///
/// # Errors
/// The system's; then the one before is still there, under its name or as `.old`.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let (new, file) = written(path, text)?;
    file.sync_data()?;
    // What becomes the one before may never have been on the disk.
    if let Ok(before) = open(path, OpenOptions::new().read(true)) {
        before.sync_data()?;
    }
    match fs::rename(path, beside(path, ".old")) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::rename(&new, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

/// As [`write`], but on the disk only when the system thinks fit, and `.old` stays what it was.
///
/// # Errors
/// The system's; then the one before is still there.
pub(super) fn write_soon(path: &Path, text: &str) -> io::Result<()> {
    let (new, _) = written(path, text)?;
    fs::rename(&new, path)
}

/// Writes a text with its checksum beside `path`.
fn written(path: &Path, text: &str) -> io::Result<(PathBuf, File)> {
    let new = beside(path, ".new");
    let mut file = open(&new, OpenOptions::new().write(true).create(true).truncate(true))?;
    let sum = crc32fast::hash(text.as_bytes());
    file.write_all(format!("{text}crc32 {sum:08x}\n").as_bytes())?;
    Ok((new, file))
}

/// What [`write`] wrote last, or before that if the last one is damaged; `None` where there is nothing. `tell` hears what
/// was wrong.
///
/// # Errors
/// The system's.
pub(super) fn read(path: &Path, tell: &mut dyn FnMut(String)) -> io::Result<Option<String>> {
    for path in [path.to_owned(), beside(path, ".old")] {
        let mut file = match open(&path, OpenOptions::new().read(true)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        if let Some(text) = whole(&bytes) {
            return Ok(Some(text.to_owned()));
        }
        let aside = set_aside(&path)?;
        tell(format!("is damaged; it is now {}", crate::source::printable(&aside)));
    }
    Ok(None)
}

/// The text of a file that is whole.
fn whole(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let body = text.strip_suffix('\n')?;
    let (body, sum) = body.rsplit_once('\n').map_or(("", body), |(body, sum)| (&text[..=body.len()], sum));
    let sum = u32::from_str_radix(sum.strip_prefix("crc32 ")?, 16).ok()?;
    (crc32fast::hash(body.as_bytes()) == sum).then_some(body)
}

/// Gives a damaged file another name.
pub(super) fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let free = (1..1000).map(|n| beside(path, &format!(".corrupt-{n}"))).find(|aside| !aside.exists());
    let aside = free.unwrap_or_else(|| beside(path, ".corrupt-1000"));
    fs::rename(path, &aside)?;
    Ok(aside)
}

/// `path` with more at its end.
pub(super) fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(more);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_damage_is_seen_and_the_one_before_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        write(&path, "one\n").unwrap();
        write(&path, "two\n").unwrap();
        let good = fs::read(&path).unwrap();
        let mut broken: Vec<Vec<u8>> = (0..good.len()).map(|n| good[..n].to_vec()).collect();
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut flipped = good.clone();
                flipped[at] ^= 1 << bit;
                broken.push(flipped);
            }
        }
        for bytes in broken {
            fs::write(&path, &bytes).unwrap();
            let mut said = 0;
            let got = read(&path, &mut |_| said += 1).unwrap();
            // A digit of the checksum may change its case and mean the same.
            if got.as_deref() != Some("two\n") {
                assert_eq!((got.as_deref(), said), (Some("one\n"), 1), "{bytes:?}");
            }
            fs::remove_file(beside(&path, ".corrupt-1")).ok();
        }
        assert_eq!(read(&folder.path().join("none"), &mut |_| {}).unwrap(), None);
    }
}
