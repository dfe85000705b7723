//! The kinds of sources and sinks, by the `type` of their table.

use super::fields::Fields;
use super::{SinkSpec, SourceSpec, file, files, journal, program, standard, wire};

/// Reads the other keys of a `[[source]]`; the second argument is its name.
type ReadSource = fn(&mut Fields<'_>, &str) -> Option<Box<dyn SourceSpec>>;
/// The same for a `[[sink]]`.
type ReadSink = fn(&mut Fields<'_>, &str) -> Option<Box<dyn SinkSpec>>;

const SOURCES: &[(&str, ReadSource)] = &[
    ("exec", program::source),
    ("files", files::spec),
    ("forward", wire::forward::source),
    ("journald", journal::spec),
    ("stdin", standard::source),
    ("syslog", wire::syslog::source),
];
const SINKS: &[(&str, ReadSink)] = &[
    ("exec", program::sink),
    ("file", file::spec),
    ("forward", wire::forward::sink),
    ("http", wire::http::sink),
    ("stderr", standard::stderr),
    ("stdout", standard::stdout),
    ("syslog", wire::syslog::sink),
];

/// The source that a table describes. What is wrong is noted in the fields.
pub(super) fn source(fields: &mut Fields<'_>, name: &str) -> Option<Box<dyn SourceSpec>> {
    kind(fields, SOURCES).and_then(|read| read(fields, name))
}

/// The sink that a table describes.
pub(super) fn sink(fields: &mut Fields<'_>, name: &str) -> Option<Box<dyn SinkSpec>> {
    kind(fields, SINKS).and_then(|read| read(fields, name))
}

fn kind<T: Copy>(fields: &mut Fields<'_>, kinds: &[(&'static str, T)]) -> Option<T> {
    if !fields.has("type") {
        let _ = fields.text("type");
        fields.missing("type");
        return None;
    }
    fields.word("type", kinds)
}
