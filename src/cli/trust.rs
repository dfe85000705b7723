//! Files that say what is redacted. Who may change them may have secrets pass, so for root they are root's alone.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The text of a file of rules or settings.
///
/// # Errors
/// The system's, and for root one that says what to change where others may write the file.
pub(super) fn read(path: &Path) -> io::Result<String> {
    const OTHERS_WRITE: u32 = 0o022;
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if rustix::process::geteuid().is_root() && metadata.is_file() && metadata.mode() & OTHERS_WRITE != 0 {
        let why = "its group or others may write it, so root does not obey it; chmod go-w it";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}
