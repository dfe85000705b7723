//! `inkout man` and `inkout completions`: made from the same definition as `--help`, so they cannot part from it.

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Typed;
use super::exit::Exit;
use super::{failed, print};

/// The manual page.
pub(super) fn man() -> Exit {
    let mut page = Vec::new();
    match clap_mangen::Man::new(Typed::command()).render(&mut page) {
        Ok(()) => print(&page),
        Err(error) => failed(&error),
    }
}

/// What `shell` is to complete.
pub(super) fn completions(shell: Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Typed::command(), "inkout", &mut script);
    print(&script)
}
