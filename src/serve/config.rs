//! The tables `[serve]`, `[[source]]` and `[[sink]]` of the configuration file.
//!
//! The other keys of the file are the settings that every verb has, and are read where those are. All mistakes are found
//! at once.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::fields::{Fields, Text};
use super::log::Form;
use super::sandbox::{self, Sandbox};
use super::spool::Limits;
use super::store::beside;
use super::{SinkSpec, SourceSpec, kinds};
use crate::source::printable;

/// The keys of the file that are read here.
const KEYS: &[&str] = &["serve", "source", "sink"];

/// What `inkout serve` is to do.
pub(crate) struct Config {
    /// What concerns all of it.
    pub(crate) options: Options,
    /// At least one.
    pub(crate) sources: Vec<SourceEntry>,
    /// At least one; each source has one.
    pub(crate) sinks: Vec<SinkEntry>,
    /// The tables, to see whether they changed.
    pub(super) tables: toml::Table,
}

/// The table `[serve]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Where checkpoints and spools are.
    pub(crate) state: Option<PathBuf>,
    /// How the service speaks of itself.
    pub(super) log: Form,
    /// Where it answers for its figures: a loopback address.
    pub(super) metrics: Option<SocketAddr>,
    /// What it may still do once it serves.
    pub(crate) sandbox: Sandbox,
}

/// A `[[source]]`.
pub(crate) struct SourceEntry {
    /// Its name, one of a kind.
    pub(crate) name: String,
    /// What it is.
    pub(crate) spec: Box<dyn SourceSpec>,
}

/// A `[[sink]]`.
pub(crate) struct SinkEntry {
    /// Its name, one of a kind.
    pub(crate) name: String,
    /// The sources whose events it takes; all where it names none.
    pub(crate) sources: Vec<String>,
    /// Where its events wait on disk while it takes none.
    pub(super) spool: Option<Limits>,
    /// What it is.
    pub(crate) spec: Box<dyn SinkSpec>,
}

/// Whether a file says anything of what is read here.
pub(crate) fn is_meant(table: &toml::Table) -> bool {
    KEYS.iter().any(|key| table.contains_key(*key))
}

/// Reads the tables of a file.
///
/// # Errors
/// Everything that is wrong with them, with file and line.
pub(crate) fn read(name: &str, text: &str, folder: &Path) -> Result<Config, Vec<String>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let text = Text { name, text, folder };
    if !errors.is_empty() {
        let said =
            |error: &toml::de::Error| format!("{}: {}", text.place(error.span().unwrap_or_default()), error.message());
        return Err(errors.iter().map(said).collect());
    }
    let mut reader = Reader { text, state: None, wrong: Vec::new() };
    let config = reader.config(table.get_ref());
    if reader.wrong.is_empty() { Ok(config) } else { Err(reader.wrong) }
}

struct Reader<'t> {
    text: Text<'t>,
    state: Option<PathBuf>,
    wrong: Vec<String>,
}

impl<'t> Reader<'t> {
    fn config(&mut self, table: &'t DeTable<'t>) -> Config {
        let options = self.options(table);
        self.state.clone_from(&options.state);
        let mut sources: Vec<SourceEntry> = Vec::new();
        for mut fields in self.tables(table, "source") {
            let name = fields.needed("name");
            fields.what = format!("source {name:?}");
            self.once(&mut fields, &name, sources.iter().any(|other| other.name == name));
            let spec = kinds::source(&mut fields, &name);
            self.wrong.extend(fields.finish());
            sources.extend(spec.map(|spec| SourceEntry { name, spec }));
        }
        let mut sinks: Vec<SinkEntry> = Vec::new();
        for mut fields in self.tables(table, "sink") {
            let name = fields.needed("name");
            fields.what = format!("sink {name:?}");
            self.once(&mut fields, &name, sinks.iter().any(|other| other.name == name));
            let from = fields.list("sources");
            self.known(&mut fields, &from, &sources);
            let spool = fields.whole("spool", 1 << 20..=1 << 50).map(|most| {
                let folder = fields.state().join(format!("{name}.spool"));
                Limits { name: name.clone(), folder, most }
            });
            let spec = kinds::sink(&mut fields, &name);
            self.wrong.extend(fields.finish());
            sinks.extend(spec.map(|spec| SinkEntry { name, sources: from, spool, spec }));
        }
        self.whole(&sources, &sinks);
        let tables = toml::from_str::<toml::Table>(self.text.text).unwrap_or_default();
        let tables = tables.into_iter().filter(|(key, _)| KEYS.contains(&key.as_str())).collect();
        Config { options, sources, sinks, tables }
    }

    fn options(&mut self, table: &'t DeTable<'t>) -> Options {
        static EMPTY: std::sync::LazyLock<DeTable<'static>> = std::sync::LazyLock::new(DeTable::new);
        let (span, found) = match table.get("serve") {
            Some(value) => (value.span(), value.get_ref().as_table()),
            None => (0..0, None),
        };
        let mut fields = Fields::new(self.text, "serve".to_owned(), span, found.unwrap_or(&EMPTY));
        let metrics = fields.text("metrics").and_then(|text| {
            let address = text.parse().ok().filter(|address: &SocketAddr| address.ip().is_loopback());
            if address.is_none() {
                fields.refuse("metrics", "it is a loopback address with a port, such as \"127.0.0.1:9187\"");
            }
            address
        });
        let options = Options {
            metrics,
            sandbox: fields.word("sandbox", sandbox::WORDS).unwrap_or(Sandbox::BestEffort),
            state: fields.path("state"),
            log: fields.word("log", &[("text", Form::Text), ("json", Form::Json)]).unwrap_or(Form::Text),
        };
        self.wrong.extend(fields.finish());
        options
    }

    /// The tables of an array of tables.
    fn tables(&mut self, table: &'t DeTable<'t>, key: &str) -> Vec<Fields<'t>> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let mut found = Vec::new();
        let all = value.get_ref().as_array();
        for item in all.into_iter().flat_map(|all| all.iter()) {
            if let DeValue::Table(one) = item.get_ref() {
                found.push(Fields::new(self.text, key.to_owned(), item.span(), one).with_state(self.state.clone()));
            }
        }
        if found.is_empty() {
            self.wrong.push(format!("{}: {key}: write it as [[{key}]]", self.text.place(value.span())));
        }
        found
    }

    fn once(&mut self, fields: &mut Fields<'t>, name: &str, taken: bool) {
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !name.is_empty() && (!name.chars().all(good) || name.starts_with('.') || name.len() > 64) {
            fields.refuse("name", "a name has up to 64 letters, digits, -, _ and .");
        }
        if taken {
            fields.refuse("name", "another one has this name");
        }
    }

    fn known(&mut self, fields: &mut Fields<'t>, from: &[String], sources: &[SourceEntry]) {
        for name in from.iter().filter(|name| !sources.iter().any(|source| source.name == **name)) {
            fields.refuse("sources", &format!("there is no source {name:?}"));
        }
    }

    fn whole(&mut self, sources: &[SourceEntry], sinks: &[SinkEntry]) {
        if !self.wrong.is_empty() {
            return;
        }
        let name = self.text.name;
        for (key, none) in [("source", sources.is_empty()), ("sink", sinks.is_empty())] {
            if none {
                self.wrong.push(format!("{name}: there is no [[{key}]] to serve"));
            }
        }
        let heard = |source: &SourceEntry| sinks.iter().any(|sink| takes(sink, &source.name));
        for source in sources.iter().filter(|source| !heard(source)) {
            self.wrong.push(format!("{name}: source {:?}: no sink takes what it brings", source.name));
        }
        // Rotated files of ours have names of their own.
        for path in sinks.iter().filter_map(|sink| sink.spec.writes()) {
            let ours = [path.to_owned(), beside(path, ".1"), beside(path, ".1.gz"), beside(path, ".1.zst")];
            for source in sources.iter().filter(|source| ours.iter().any(|path| source.spec.reads(path))) {
                let path = printable(path);
                self.wrong.push(format!("{name}: source {:?} would read what is written to {path}", source.name));
            }
        }
    }
}

/// Whether a sink takes the events of a source.
pub(super) fn takes(sink: &SinkEntry, source: &str) -> bool {
    sink.sources.is_empty() || sink.sources.iter().any(|name| name == source)
}
