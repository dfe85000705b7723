//! Our own words on standard error. They are made of names, numbers and places, never of the text.

use std::io::Write;

/// Says something to the user: `inkout: ...`, one line for each of the text's.
pub(crate) fn say(text: &str) {
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.lines() {
        out.push_str("inkout: ");
        out.push_str(line);
        out.push('\n');
    }
    note(&out);
}

/// Puts whole lines on standard error as they are. That nobody can be told is no reason to stop.
pub(crate) fn note(lines: &str) {
    drop(std::io::stderr().lock().write_all(lines.as_bytes()));
}
