//! The keys of pseudonyms and signed markers: out of files for their owner alone, or out of variables. No message
//! shows one.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::secrets;
use crate::redact::MarkKey;
use crate::source::printable;

/// Where a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeySource {
    id: String,
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    File(PathBuf),
    Variable(String),
}

/// More is no key.
const LONGEST: u64 = 64 << 10;

impl KeySource {
    /// `ID=FILE` or `ID=env:VARIABLE`.
    ///
    /// # Errors
    /// What would be one.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').filter(|(id, place)| !id.is_empty() && !place.is_empty());
        // A key that was written here by mistake is not repeated.
        let (id, place) = parts.ok_or("a key is ID=FILE or ID=env:VARIABLE")?;
        let place = match place.strip_prefix("env:") {
            Some(name) => Place::Variable(name.to_owned()),
            None => Place::File(PathBuf::from(place)),
        };
        Ok(Self { id: id.to_owned(), place })
    }

    /// A file's name is meant as seen from `folder`.
    pub(super) fn seen_from(&mut self, folder: &Path) {
        if let Place::File(path) = &mut self.place {
            *path = folder.join(&*path);
        }
    }

    /// Why a program that is started may not have this one.
    pub(super) fn shared(&self) -> Option<String> {
        match &self.place {
            Place::Variable(name) => Some(format!(
                "mark-key: {}: COMMAND would have the variable {name} too, and could forge what it logs; use a file",
                self.id
            )),
            Place::File(_) => None,
        }
    }

    fn key(&self) -> Result<MarkKey, String> {
        let material = match &self.place {
            Place::File(path) => file(path).map_err(|error| format!("{}: {error}", printable(path)))?,
            Place::Variable(name) => {
                let value = std::env::var_os(name).ok_or_else(|| format!("there is no variable {name}"))?;
                Zeroizing::new(value.into_vec())
            }
        };
        MarkKey::new(&*self.id, &material)
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::File(path) => {
                write!(f, "{}={}", self.id, path.to_str().map_or_else(|| printable(path), str::to_owned))
            }
            Place::Variable(name) => write!(f, "{}=env:{name}", self.id),
        }
    }
}

/// The keys. From then on no other process of this user can look into this one's memory.
pub(super) fn read(sources: &[KeySource], wrong: &mut Vec<String>) -> Vec<MarkKey> {
    if sources.is_empty() {
        return Vec::new();
    }
    if let Err(error) = secrets::seal() {
        wrong.push(format!("mark-key: this process cannot be kept from others: {error}"));
        return Vec::new();
    }
    let (mut keys, before) = (Vec::new(), wrong.len());
    for source in sources {
        match source.key() {
            Ok(key) => keys.push(key),
            Err(why) => wrong.push(format!("mark-key: {why}")),
        }
    }
    // Half of them would change what comes out.
    if wrong.len() > before { Vec::new() } else { keys }
}

fn file(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    const OTHERS: u32 = 0o077;
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_file() && metadata.mode() & OTHERS != 0 {
        let why = "its group or others may read or write it; chmod 600 it";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    // At once as large as it may be: a vector that grows leaves copies.
    let mut material = Zeroizing::new(Vec::with_capacity(LONGEST as usize + 1));
    file.take(LONGEST + 1).read_to_end(&mut material)?;
    if material.len() as u64 > LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is longer than 64 KiB, which no key is"));
    }
    Ok(material)
}
