//! What a file's bytes are, as a hash.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Why;

/// SHA-256 and length of a file's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Print {
    pub(super) sha256: String,
    pub(super) bytes: u64,
}

impl Print {
    /// Of all of an open file; where it stands does not matter and stays.
    pub(super) fn of(file: &File) -> Result<Self, Why> {
        let (mut hash, mut at, mut block) = (Sha256::new(), 0, vec![0; BLOCK]);
        loop {
            match file.read_at(&mut block, at) {
                Ok(0) => break,
                Ok(n) => {
                    hash.update(&block[..n]);
                    at += n as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Why::Io { step: "read it", error }),
            }
        }
        Ok(Self { sha256: hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect(), bytes: at })
    }

    pub(super) fn json(&self) -> Value {
        json!({ "sha256": self.sha256, "bytes": self.bytes })
    }

    pub(super) fn from_json(value: &Value) -> Option<Self> {
        Some(Self { sha256: value["sha256"].as_str()?.to_owned(), bytes: value["bytes"].as_u64()? })
    }
}

const BLOCK: usize = 256 << 10;
