//! What the service says of itself: on standard error, a line each, of names, places, numbers and the system's errors, never
//! of what passes.
//!
//! As text for a person, or as JSON for a program.

use std::sync::atomic::{AtomicU8, Ordering};

use super::machine;
use crate::report::{note, say, time};

/// How it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `inkout: app: ...`
    Text = 0,
    /// One object a line: time, level, part, message.
    Json = 1,
}

static FORM: AtomicU8 = AtomicU8::new(Form::Text as u8);

/// From here on.
pub(super) fn set(form: Form) {
    FORM.store(form as u8, Ordering::Relaxed);
}

/// Something went as it should.
pub(crate) fn info(part: &str, what: &str) {
    line("info", part, what);
}

/// Something went wrong, and is tried again or left out.
pub(crate) fn warn(part: &str, what: &str) {
    line("warning", part, what);
}

fn line(level: &str, part: &str, what: &str) {
    if FORM.load(Ordering::Relaxed) == Form::Text as u8 {
        return say(&format!("{part}: {what}"));
    }
    let time = time::rfc3339(i64::try_from(machine::now().as_secs()).unwrap_or(i64::MAX));
    let line = serde_json::json!({ "time": time, "level": level, "part": part, "message": what });
    note(&format!("{line}\n"));
}
