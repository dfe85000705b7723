//! Whether a folder is safe to exchange files in: nobody but root and us decides over the names in it.

use rustix::fs::fstat;
use rustix::process::{getegid, geteuid};

use super::Why;
use super::seen::Seen;
use crate::source::Folder;

/// Fails where others may create, remove or rename what is in `folder`.
pub(super) fn folder(folder: &Folder, file: Seen) -> Result<(), Why> {
    const OTHERS: u32 = 0o002;
    const GROUP: u32 = 0o020;
    const STICKY: u32 = 0o1000;
    let stat = fstat(folder).map_err(Why::io("look at its folder"))?;
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    let bad = |why: String| Err(Why::Folder(why));
    if stat.st_uid != 0 && stat.st_uid != user {
        return bad(format!("belongs to user {}", stat.st_uid));
    }
    let shared = stat.st_mode & OTHERS != 0 || stat.st_mode & GROUP != 0 && stat.st_gid != 0 && stat.st_gid != group;
    // In a sticky folder such as /tmp others may not touch what is ours.
    let guarded = stat.st_mode & STICKY != 0 && file.0.st_uid == user;
    if shared && !guarded {
        return bad("may be written by others".to_owned());
    }
    Ok(())
}
