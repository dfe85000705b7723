//! Where a test makes input and output fail. Release builds know nothing of it.
//!
//! `INKOUT_FAULT=io:N:ERRNO` fails the N-th step of a run, `io:N:ERRNO:ever` all from the N-th on.

use std::io;

/// Passes, or fails where a test wants it to.
#[cfg(not(debug_assertions))]
#[inline]
pub(crate) const fn seam() -> io::Result<()> {
    Ok(())
}

/// Passes, or fails where a test wants it to.
#[cfg(debug_assertions)]
pub(crate) fn seam() -> io::Result<()> {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    static WANTED: OnceLock<Option<(u64, i32, bool)>> = OnceLock::new();
    static STEP: AtomicU64 = AtomicU64::new(0);
    let wanted = WANTED.get_or_init(|| {
        let text = std::env::var("INKOUT_FAULT").ok()?;
        let mut parts = text.strip_prefix("io:")?.split(':');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next() == Some("ever")))
    });
    let Some((at, errno, ever)) = *wanted else { return Ok(()) };
    let step = STEP.fetch_add(1, Ordering::Relaxed) + 1;
    if step == at || ever && step > at { Err(io::Error::from_raw_os_error(errno)) } else { Ok(()) }
}
