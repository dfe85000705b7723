//! The program: it looks at its standard descriptors before the standard library does, and calls [`inkout::cli::run`].

use std::process::ExitCode;
use std::sync::atomic::{AtomicU8, Ordering};

/// One bit for each of stdin, stdout, stderr that was closed when the program began.
static CLOSED: AtomicU8 = AtomicU8::new(0);

/// Runs before the standard library, which opens `/dev/null` in the place of a closed descriptor: after that a
/// program that writes into nothing cannot be told from one whose caller wanted so.
#[ctor::ctor(unsafe)]
fn note_closed() {
    use rustix::stdio::{stderr, stdin, stdout};
    for (bit, fd) in [stdin(), stdout(), stderr()].into_iter().enumerate() {
        if rustix::io::fcntl_getfd(fd) == Err(rustix::io::Errno::BADF) {
            CLOSED.fetch_or(1 << bit, Ordering::Relaxed);
        }
    }
}

fn main() -> ExitCode {
    inkout::cli::run(CLOSED.load(Ordering::Relaxed)).into()
}
