//! The configuration file: where it is and what it says.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::allow::Entry;
use super::settings::{Given, Layer, WORDS};
use super::trust;
use crate::catalogue::Origin;
use crate::catalogue::load::nearest;
use crate::source::printable;

/// The tables that `inkout serve` reads.
const SERVE: &[&str] = &["serve", "source", "sink"];

/// The file that counts: the one that was named, else the first of the usual ones that exists.
pub(super) fn find(named: Option<PathBuf>, var: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let user =
        || Some(var("XDG_CONFIG_HOME").or_else(|| Some(var("HOME")?.join(".config")))?.join("inkout/config.toml"));
    named.or_else(|| {
        let usual = [Some(PathBuf::from("inkout.toml")), user(), Some(PathBuf::from("/etc/inkout/config.toml"))];
        usual.into_iter().flatten().find(|path| path.exists())
    })
}

/// What the file says.
///
/// # Errors
/// Everything that is wrong with it, with file and line.
pub(super) fn read(path: &Path) -> Result<Layer, Vec<String>> {
    let name = printable(path);
    let text = trust::read(path).map_err(|error| vec![format!("{name}: {error}")])?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut layer = parse(&name, &text)?;
    // A file name is meant as seen from the file it stands in.
    for files in [&mut layer.rules, &mut layer.gitleaks, &mut layer.literals, &mut layer.secret_file] {
        files.iter_mut().for_each(|file| *file = folder.join(&*file));
    }
    layer.mark_key.iter_mut().for_each(|key| key.seen_from(folder));
    Ok(layer)
}

fn parse(name: &str, text: &str) -> Result<Layer, Vec<String>> {
    let line =
        |span: Range<usize>| text.as_bytes()[..span.start.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1;
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut wrong: Vec<String> = errors
        .iter()
        .map(|error| format!("{name}:{}: {}", line(error.span().unwrap_or_default()), error.message()))
        .collect();
    let mut layer = Layer::default();
    if wrong.is_empty() {
        for (key, value) in table.get_ref() {
            let word: &str = key.get_ref().as_ref();
            if let ("allow", DeValue::Array(items)) = (word, value.get_ref()) {
                for item in items.iter() {
                    let origin = Origin { file: name.to_owned().into(), line: line(item.span()) };
                    match Entry::read(item.get_ref(), origin.clone()) {
                        Ok(entry) => layer.allow.push(entry),
                        Err(what) => wrong.push(format!("{origin}: allow: {what}")),
                    }
                }
                continue;
            }
            // Sources and sinks are read by `inkout serve`; for the other verbs they are none of their business.
            if cfg!(feature = "serve") && SERVE.contains(&word) {
                continue;
            }
            let said = if !WORDS.contains(&word) {
                Err(format!("unknown key {word:?}{}", nearest(word, WORDS)))
            } else {
                given(value.get_ref())
                    .and_then(|given| layer.set(word, &given))
                    .map_err(|what| format!("{word}: {what}"))
            };
            wrong.extend(said.err().map(|what| format!("{name}:{}: {what}", line(key.span()))));
        }
    }
    if wrong.is_empty() { Ok(layer) } else { Err(wrong) }
}

fn given(value: &DeValue<'_>) -> Result<Given, String> {
    let number = |text: &str, radix: u32| match radix {
        10 => text.replace('_', "").parse().ok(),
        _ => i64::from_str_radix(&text.replace('_', ""), radix).ok().map(|n| n as f64),
    };
    let found = match value {
        DeValue::String(text) => Some(Given::Text(text.to_string())),
        DeValue::Boolean(is) => Some(Given::Bool(*is)),
        DeValue::Integer(n) => number(n.as_str(), n.radix()).map(Given::Number),
        DeValue::Float(n) => number(n.as_str(), 10).map(Given::Number),
        DeValue::Array(items) => {
            let texts: Option<Vec<String>> = items.iter().map(|i| i.get_ref().as_str().map(str::to_owned)).collect();
            texts.map(Given::List)
        }
        DeValue::Datetime(_) | DeValue::Table(_) => None,
    };
    found.ok_or_else(|| "the value is a text, a number, true, false or a list of texts".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_words_of_the_flags_work() {
        let text = "profile = \"strict\"\nenable = [\"a\", \"b\"]\ndisable = \"c,d\"\nthreads = 4\nblock-size = \"1M\"\ngrace = 0.5\nstats = true\n";
        let layer = parse("f", text).unwrap();
        assert_eq!(layer.enable, ["a", "b"]);
        assert_eq!(layer.disable, ["c", "d"]);
        assert_eq!((layer.threads, layer.block_size), (Some(4), Some(1 << 20)));
        assert_eq!(layer.grace, Some(Duration::from_millis(500)));
    }

    #[test]
    fn all_mistakes_are_named_with_their_line() {
        let wrong = parse("f.toml", "# hello\nprofle = \"strict\"\nthreads = \"many\"\n").unwrap_err();
        assert_eq!(wrong.len(), 2);
        assert!(wrong.iter().any(|w| w == "f.toml:2: unknown key \"profle\"; did you mean \"profile\"?"), "{wrong:?}");
        assert!(wrong.iter().any(|w| w.starts_with("f.toml:3: threads: ")), "{wrong:?}");
    }

    #[test]
    fn the_named_file_comes_first() {
        let found = find(Some(PathBuf::from("x")), |_| None);
        assert_eq!(found, Some(PathBuf::from("x")));
    }
}
