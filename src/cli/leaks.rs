//! Rule files of other programs, read from where they are.

use std::path::{Path, PathBuf};

use super::trust;
use crate::catalogue::foreign::gitleaks::{File, extends};
use crate::source::printable;

/// A rule file of another program, and those that it extends.
pub(super) fn leaks(path: PathBuf, wrong: &mut Vec<String>) -> Vec<File> {
    /// As far as gitleaks follows, and once more.
    const DEEPEST: usize = 3;
    let (mut files, mut next) = (Vec::new(), Some(path));
    while let Some(path) = next.take() {
        let name = printable(&path);
        if files.len() > DEEPEST {
            wrong.push(format!("gitleaks: {name}: {DEEPEST} files that extend each other are the most"));
            break;
        }
        match trust::read(&path) {
            Ok(text) => {
                // A path is meant as seen from the file it stands in, else from here, as gitleaks has it.
                next = extends(&text).map(|base| {
                    let beside = path.parent().unwrap_or(Path::new("")).join(&base);
                    if beside.exists() { beside } else { PathBuf::from(base) }
                });
                files.push(File { name, text });
            }
            Err(error) => wrong.push(format!("gitleaks: {name}: {error}")),
        }
    }
    files
}
