//! Folders whose last change is still to go to the disk: that an old file, under its temporary name, is removed.
//!
//! Nothing depends on it but that no old content comes back when the machine stops, so one write does for all files of a
//! folder that come one after another.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Why, sync_folder};
use crate::source::Folder;

/// At most one folder that is owed, and what went wrong with those before it.
#[derive(Default)]
pub(super) struct Owed(Mutex<State>);

#[derive(Default)]
struct State {
    folder: Option<Arc<Folder>>,
    failed: Vec<(PathBuf, Why)>,
}

impl Owed {
    /// A file in `folder` was removed.
    pub(super) fn add(&self, folder: &Arc<Folder>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.folder.as_ref().is_some_and(|owed| Arc::ptr_eq(owed, folder)) {
            return;
        }
        let before = state.folder.replace(Arc::clone(folder));
        state.failed.extend(before.and_then(|folder| pay(&folder)));
    }

    /// Has everything on the disk; gives what could not be brought there.
    pub(super) fn pay(&self) -> Vec<(PathBuf, Why)> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = state.folder.take().and_then(|folder| pay(&folder));
        state.failed.extend(last);
        std::mem::take(&mut state.failed)
    }
}

fn pay(folder: &Folder) -> Option<(PathBuf, Why)> {
    sync_folder(folder).err().map(|why| (folder.path().to_owned(), why))
}
