//! The header for C says what the library has.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod common;

use common::{difference, root};

/// `INKOUT_WRITE=1` writes it anew.
#[test]
fn the_header_is_that_of_the_source() {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).unwrap();
    let made = cbindgen::Builder::new().with_config(config).with_src(root().join("src/capi.rs")).generate().unwrap();
    let mut header = Vec::new();
    made.write(&mut header);
    let path = root().join("packaging/c/inkout.h");
    if std::env::var_os("INKOUT_WRITE").is_some() {
        std::fs::write(&path, &header).unwrap();
    }
    let there = std::fs::read(&path).unwrap();
    assert_eq!(difference(&there, &header), None, "INKOUT_WRITE=1 cargo test --test header writes it anew");
}
