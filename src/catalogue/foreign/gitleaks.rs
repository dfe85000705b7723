//! Rule files of gitleaks, and of betterleaks, which has the same ones and more, into rules of ours.
//!
//! Keys are read in whatever case, as gitleaks does. What a file says that cannot be honoured is noted by rule; only
//! what is too large, or plainly wrong, is refused, everything at once.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::Value;
use toml::de::{DeTable, DeValue};

use super::fields::Fields;
use super::filter::{Filter, PATHS};
use super::{Foreign, Let, Note, Target, go, weight};
use crate::catalogue::lines::Newlines;
use crate::catalogue::load::Mistake;
use crate::catalogue::rule::{Kind, Origin, Profile, Rule, plain};

/// A file: its name for messages, and its text.
#[derive(Clone, Debug)]
pub struct File {
    /// As the user gave it.
    pub name: String,
    /// All of it.
    pub text: String,
}

/// What a file came to.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// Its rules. Their ids begin with the file's name.
    pub rules: Vec<Rule>,
    /// What is not honoured.
    pub notes: Vec<Note>,
}

/// Largest file, in bytes.
const MAX_TEXT: usize = 8 << 20;
/// Most rules of a file.
const MAX_RULES: usize = 10_000;
/// Longest pattern, in bytes.
const MAX_PATTERN: usize = 64 << 10;
/// Most states of one pattern, and of all patterns of a file.
const MAX_STATES: u64 = 200_000;
const MAX_ALL_STATES: u64 = 20_000_000;

/// The file that `text` extends, as it is named there.
#[must_use]
pub fn extends(text: &str) -> Option<String> {
    // What is too large is refused, and need not be read for that.
    let text = Some(text).filter(|text| text.len() <= MAX_TEXT)?;
    let table: toml::Table = text.parse().ok()?;
    let mut extend = Fields::of(Fields::of(Value::Table(table)).0.remove("extend")?);
    Some(extend.0.remove("path")?.as_str()?.to_owned()).filter(|path| !path.is_empty())
}

/// Reads a file, and behind it those that it extends, each the one before.
///
/// # Errors
/// Everything that is wrong with them, in order.
pub fn load(files: &[File]) -> Result<Loaded, Vec<Mistake>> {
    let mut reader = Reader::default();
    // What extends comes last: it has the last word.
    for file in files.iter().rev() {
        reader.file(file);
    }
    let family = files.first().map_or_else(|| "foreign".to_owned(), |file| family(&file.name));
    let rules = reader.finish(&family);
    if reader.mistakes.is_empty() { Ok(Loaded { rules, notes: reader.notes }) } else { Err(reader.mistakes) }
}

/// The group of a file's rules: its name, as far as it does for a marker.
fn family(name: &str) -> String {
    let stem = Path::new(name).file_stem().and_then(|s| s.to_str()).unwrap_or_default().trim_start_matches('.');
    let word = plain(stem.strip_suffix(".toml").unwrap_or(stem)).to_lowercase();
    if word.is_empty() { "foreign".to_owned() } else { word }
}

/// A rule as it was read.
struct Raw {
    id: String,
    origin: Origin,
    fields: Fields,
}

#[derive(Default)]
struct Reader {
    /// In the order of the file; `None` where what extends it has it off.
    raw: Vec<Option<Raw>>,
    /// Where each id is among them.
    ids: HashMap<String, usize>,
    /// For all rules, or those that are named.
    lets: Vec<(Arc<Let>, Vec<String>)>,
    notes: Vec<Note>,
    mistakes: Vec<Mistake>,
    states: u64,
}

impl Reader {
    fn file(&mut self, file: &File) {
        if file.text.len() > MAX_TEXT {
            let origin = Origin { file: file.name.clone().into(), line: 1 };
            return self.wrong(&origin, None, format!("larger than {MAX_TEXT} bytes"));
        }
        let lines = Newlines::new(&file.text);
        let origin = |span: Range<usize>| Origin { file: file.name.clone().into(), line: lines.of(span.start) };
        let (table, errors) = DeTable::parse_recoverable(&file.text);
        if !errors.is_empty() {
            let each = errors.iter().map(|e| (origin(e.span().unwrap_or_default()), e.message().to_owned()));
            return each.for_each(|(origin, what)| self.wrong(&origin, None, what));
        }
        for (key, value) in table.into_inner() {
            let word = key.get_ref().to_lowercase();
            let place = origin(key.span());
            if let ("rules", DeValue::Array(items)) = (word.as_str(), value.get_ref()) {
                for item in items.iter() {
                    let place = origin(item.span());
                    match Value::deserialize(item.clone().into_deserializer()) {
                        Ok(value) => self.raw(place, Fields::of(value)),
                        Err(error) => self.wrong(&place, None, error.message().to_owned()),
                    }
                }
                continue;
            }
            match Value::deserialize(value.into_deserializer()) {
                Ok(value) => self.top(&place, &word, value),
                Err(error) => self.wrong(&place, None, error.message().to_owned()),
            }
        }
    }

    /// A key of the file that is no rule.
    fn top(&mut self, place: &Origin, word: &str, value: Value) {
        match word {
            "title" | "description" | "minversion" | "betterleaksminversion" => {}
            "extend" => self.extend(place, Fields::of(value)),
            "allowlist" | "allowlists" => {
                for mut allow in Fields([(word.to_owned(), value)].into()).tables(word) {
                    let targets = allow.texts("targetrules");
                    let found = self.allow(place, None, allow);
                    self.lets.extend(found.into_iter().map(|one| (Arc::new(one), targets.clone())));
                }
            }
            "filter" => {
                let filter = Filter::parse(value.as_str().unwrap_or_default());
                filter.left_out.into_iter().for_each(|what| self.note(place, None, what));
                self.lets.extend(filter.lets.into_iter().map(|one| (Arc::new(one), Vec::new())));
            }
            "prefilter" => self.note(place, None, format!("`prefilter`: {PATHS}")),
            _ => self.note(place, None, format!("`{word}` is not honoured")),
        }
    }

    fn extend(&mut self, place: &Origin, mut extend: Fields) {
        let off = extend.texts("disabledrules");
        for id in &off {
            match self.ids.remove(id) {
                Some(at) => self.raw[at] = None,
                None => self.note(place, Some(id), "`disabledRules` names it, but what is extended has no such rule"),
            }
        }
        if extend.0.remove("usedefault") == Some(Value::Boolean(true)) {
            let what = "`useDefault` is not honoured: the default rules of gitleaks are no part of inkout; give them as a file: path = \"...\"";
            self.note(place, None, what);
        }
        extend.0.remove("path");
        if extend.text("url").is_some_and(|url| !url.is_empty()) {
            self.note(place, None, "`url` is not honoured: nothing is fetched");
        }
    }

    fn raw(&mut self, origin: Origin, mut fields: Fields) {
        let Some(id) = fields.text("id").filter(|id| !id.is_empty()) else {
            return self.wrong(&origin, None, "a rule has no id");
        };
        let Some(old) = self.ids.get(&id).and_then(|at| self.raw[*at].as_mut()) else {
            self.ids.insert(id.clone(), self.raw.len());
            return self.raw.push(Some(Raw { id, origin, fields }));
        };
        if old.origin.file == origin.file {
            let what = format!("the id was used on line {} already", old.origin.line);
            return self.wrong(&origin, Some(&id), what);
        }
        old.fields.take(fields);
        old.origin = origin;
    }

    fn finish(&mut self, family: &str) -> Vec<Rule> {
        let raw: Vec<Raw> = std::mem::take(&mut self.raw).into_iter().flatten().collect();
        if raw.len() > MAX_RULES {
            let what = format!("{} rules; {MAX_RULES} is the most", raw.len());
            self.wrong(&raw[MAX_RULES].origin.clone(), Some(&raw[MAX_RULES].id), what);
        }
        raw.into_iter().filter_map(|raw| self.rule(family, raw)).collect()
    }

    fn rule(&mut self, family: &str, raw: Raw) -> Option<Rule> {
        let Raw { id, origin, mut fields } = raw;
        if fields.0.remove("skipreport") == Some(Value::Boolean(true)) {
            self.note(&origin, Some(&id), "`skipReport`: what it finds is no secret by itself, so it is left out");
            return None;
        }
        let path = fields.text("path").filter(|path| !path.is_empty());
        let profile = if path.is_some() { Profile::Off } else { Profile::Secrets };
        let Some(regex) = fields.text("regex").filter(|regex| !regex.is_empty()) else {
            match path {
                Some(_) => {
                    self.note(&origin, Some(&id), "it looks at paths alone, which a log has not; it is left out")
                }
                None => self.wrong(&origin, Some(&id), "it has no regex"),
            }
            return None;
        };
        if path.is_some() {
            let what = "it is for files of a certain `path`, and a log has none: off, until --enable names it";
            self.note(&origin, Some(&id), what);
        }
        let title = fields.text("description").unwrap_or_else(|| id.clone());
        let foreign = self.foreign(&origin, &id, &regex, fields)?;
        let name = plain(&id);
        if name != id {
            self.note(&origin, Some(&id), format!("its name here is {family}:{name}"));
        }
        let kind = Kind::Foreign(Arc::new(foreign));
        Some(Rule { profile, ..Rule::brought(format!("{family}:{name}"), title, family.to_owned(), kind, origin) })
    }

    fn foreign(&mut self, origin: &Origin, id: &str, regex: &str, mut fields: Fields) -> Option<Foreign> {
        let (pattern, unicode) = self.pattern(origin, id, regex, &mut fields)?;
        let secret = fields.number("secretgroup").filter(|n| *n > 0.0).map(|n| n as u32);
        let mut lets: Vec<Arc<Let>> = Vec::new();
        if let Some(bits) = fields.number("entropy").filter(|bits| *bits > 0.0) {
            lets.push(Arc::new(Let::Entropy { of: Target::Secret, bits, equal: true }));
        }
        for allow in [fields.tables("allowlists"), fields.tables("allowlist")].concat() {
            lets.extend(self.allow(origin, Some(id), allow).map(Arc::new));
        }
        if let Some(text) = fields.text("filter") {
            let filter = Filter::parse(&text);
            filter.left_out.into_iter().for_each(|what| self.note(origin, Some(id), what));
            lets.extend(filter.lets.into_iter().map(Arc::new));
        }
        let mine = |targets: &[String]| targets.is_empty() || targets.iter().any(|target| target == id);
        lets.extend(self.lets.iter().filter(|(_, targets)| mine(targets)).map(|(one, _)| Arc::clone(one)));
        let keywords = fields.texts("keywords");
        let keywords = keywords.iter().filter(|word| !word.is_empty()).map(|word| word.to_lowercase()).collect();
        self.rest(origin, id, fields);
        Some(Foreign { pattern, unicode, secret, keywords, lets })
    }

    /// The pattern in our syntax, if it can be used.
    fn pattern(&mut self, origin: &Origin, id: &str, regex: &str, fields: &mut Fields) -> Option<(String, bool)> {
        if regex.len() > MAX_PATTERN {
            self.wrong(origin, Some(id), format!("regex: {} bytes; {MAX_PATTERN} is the most", regex.len()));
            return None;
        }
        let hir = go::translate(regex).and_then(|(ours, unicode)| Ok((go::parse(&ours, unicode)?, ours, unicode)));
        let (hir, ours, unicode) = match hir {
            Ok(found) => found,
            Err(what) => {
                self.note(origin, Some(id), format!("it is left out: {what}"));
                return None;
            }
        };
        if unicode {
            self.note(origin, Some(id), "its classes, \\b too, are those of Unicode here, as it asks for some");
        }
        if weight::spans_lines(&hir) {
            self.note(origin, Some(id), "it looks over the ends of lines; here it finds what stands on one line");
        }
        let states = weight::states(&hir);
        self.states = self.states.saturating_add(states);
        let groups = hir.properties().explicit_captures_len();
        let wrong = [
            (hir.properties().minimum_len().is_none_or(|n| n == 0), "regex: it can match nothing at all".to_owned()),
            (states > MAX_STATES, format!("regex: about {states} states; {MAX_STATES} is the most: repeat less")),
            (
                states <= MAX_STATES && self.states > MAX_ALL_STATES,
                format!("regex: with it all rules have more than {MAX_ALL_STATES} states; have fewer"),
            ),
            (
                fields.0.get("secretgroup").and_then(Value::as_integer).is_some_and(|n| n < 0 || n > groups as i64),
                format!("secretGroup: the regex has {groups} groups"),
            ),
        ];
        let before = self.mistakes.len();
        wrong.into_iter().filter(|(is, _)| *is).for_each(|(_, what)| self.wrong(origin, Some(id), what));
        (self.mistakes.len() == before).then_some((ours, unicode))
    }

    /// One allowlist; `None` if it can never hold.
    fn allow(&mut self, origin: &Origin, id: Option<&str>, mut allow: Fields) -> Option<Let> {
        let target = allow.text("regextarget").map(|word| word.to_lowercase());
        let of = match target.as_deref() {
            None | Some("" | "secret") => Target::Secret,
            Some("match") => Target::Match,
            Some("line") => Target::Line,
            Some(_) => {
                self.note(origin, id, "an allowlist's `regexTarget` is none of match, line, secret: it is the secret");
                Target::Secret
            }
        };
        let both = allow.text("condition").is_some_and(|word| matches!(word.to_uppercase().as_str(), "AND" | "&&"));
        let mut nowhere = false;
        for key in ["paths", "commits"] {
            if !allow.texts(key).is_empty() {
                nowhere = true;
                let what = if key == "paths" { PATHS } else { "what is allowed by commit is not: a log has none" };
                self.note(origin, id, what);
            }
        }
        let mut parts = Vec::new();
        let mut patterns = Vec::new();
        for regex in allow.texts("regexes") {
            match go::translate(&regex) {
                Ok(pattern) => patterns.push(pattern),
                Err(what) => self.note(origin, id, format!("a regex of an allowlist is left out: {what}")),
            }
        }
        if !patterns.is_empty() {
            parts.push(Let::Matches { of, patterns });
        }
        let words: Vec<String> = allow.texts("stopwords").iter().map(|word| word.to_lowercase()).collect();
        if !words.is_empty() {
            parts.push(Let::Holds { of: Target::Secret, words });
        }
        allow.0.remove("description");
        allow.0.keys().for_each(|key| self.note(origin, id, format!("`{key}` of an allowlist is not honoured")));
        match (parts.len(), both) {
            (0, _) => None,
            (_, true) if nowhere => None,
            (_, true) => Some(Let::All(parts)),
            (_, false) => Some(Let::Any(parts)),
        }
    }

    /// Whatever else a rule says.
    fn rest(&mut self, origin: &Origin, id: &str, mut fields: Fields) {
        for known in ["tags", "specificity"] {
            // They change a report, and not what is found.
            fields.0.remove(known);
        }
        for key in fields.0.keys() {
            let what = match key.as_str() {
                "validate" => ": nothing is sent anywhere, and what may be live is redacted",
                "required" => ": it hits without the other rule beside it",
                _ => "",
            };
            let what = format!("`{key}` is not honoured{what}");
            self.note(origin, Some(id), what);
        }
    }

    fn note(&mut self, origin: &Origin, rule: Option<&str>, what: impl Into<String>) {
        self.notes.push(Note { origin: origin.clone(), rule: rule.map(str::to_owned), what: what.into() });
    }

    fn wrong(&mut self, origin: &Origin, rule: Option<&str>, what: impl Into<String>) {
        let what = what.into();
        let what = rule.map_or_else(|| what.clone(), |rule| format!("rule {rule}: {what}"));
        self.mistakes.push(Mistake { origin: origin.clone(), what });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_texts(texts: &[&str]) -> Result<Loaded, Vec<Mistake>> {
        let name = |i: usize| if i == 0 { ".my-leaks.toml".to_owned() } else { format!("base{i}.toml") };
        let source = |(i, text): (usize, &&str)| File { name: name(i), text: (*text).to_owned() };
        load(&texts.iter().enumerate().map(source).collect::<Vec<_>>())
    }

    fn foreign(rule: &Rule) -> &Foreign {
        let Kind::Foreign(foreign) = &rule.kind else { panic!("{rule:?}") };
        foreign
    }

    #[test]
    fn a_rule_is_read() {
        let text = "title = 't'\n[[rules]]\nID = 'a.b c'\ndescription = 'D'\nregex = '''x-(a)(b{2}{)'''\nsecretGroup = 2\n\
                    keywords = ['X-']\nentropy = 3\ntags = ['t']\n[[rules.allowlists]]\nregexTarget = 'line'\n\
                    condition = 'AND'\nregexes = ['^q']\nstopwords = ['AB']\n[allowlist]\nregexes = ['z']\n";
        let loaded = load_texts(&[text]).unwrap();
        let rule = &loaded.rules[0];
        assert_eq!((&*rule.id, &*rule.group, rule.origin.line), ("my-leaks:a.b-c", "my-leaks", 2));
        let foreign = foreign(rule);
        assert_eq!((foreign.pattern.as_str(), foreign.secret), ("x-(a)(b{2}\\{)", Some(2)));
        assert_eq!((foreign.keywords.as_slice(), foreign.lets.len()), (&["x-".to_owned()][..], 3));
        assert_eq!(loaded.notes.len(), 1, "{:?}", loaded.notes);
    }

    #[test]
    fn what_is_not_honoured_is_noted() {
        let text = "surprise = 1\n[extend]\nuseDefault = true\n[[rules]]\nid = 'look'\nregex = '(?=a)b'\n\
                    [[rules]]\nid = 'path'\npath = 'x'\n[[rules]]\nid = 'both'\npath = 'x'\nregex = 'ab'\n\
                    validate = 'http'\nfuture = 1\n[[rules.required]]\nid = 'x'\n[[rules.allowlists]]\npaths = ['x']\n\
                    commits = ['c']\n[[rules]]\nid = 'skipped'\nregex = 'a'\nskipReport = true\n\
                    [[rules]]\nid = 'long'\nregex = 'a(?s:.)*b'\n";
        let loaded = load_texts(&[text]).unwrap();
        let ids: Vec<&str> = loaded.rules.iter().map(|rule| &*rule.id).collect();
        assert_eq!(ids, ["my-leaks:both", "my-leaks:long"]);
        let notes: Vec<String> = loaded.notes.iter().map(Note::to_string).collect();
        for want in [
            ":1: `surprise` is not honoured",
            ":2: `useDefault` is not honoured",
            ":4: rule look: it is left out: pattern: look-around",
            "rule path: it looks at paths alone",
            "rule both: it is for files",
            "rule both: `validate`",
            "rule both: `future`",
            "rule both: `required`",
            "rule both: what is allowed by path",
            "rule both: what is allowed by commit",
            "rule skipped: `skipReport`",
            "rule long: it looks over the ends",
        ] {
            assert!(notes.iter().any(|note| note.contains(want)), "{want}: {notes:#?}");
        }
        assert_eq!(notes.len(), 12, "{notes:#?}");
    }

    #[test]
    fn what_is_too_large_or_wrong_is_refused_at_once() {
        let text = "[[rules]]\nid = 'huge'\nregex = 'a((b{1000}){1000}){9}'\n[[rules]]\nid = 'nothing'\nregex = 'a*'\n\
                    [[rules]]\nregex = 'a'\n[[rules]]\nid = 'none'\n[[rules]]\nid = 'group'\nregex = '(a)'\n\
                    secretGroup = 2\n[[rules]]\nid = 'none'\nregex = 'a'\n";
        let mistakes: Vec<String> = load_texts(&[text]).unwrap_err().iter().map(Mistake::to_string).collect();
        assert_eq!(mistakes.len(), 6, "{mistakes:#?}");
        for want in [
            "my-leaks.toml:1: rule huge: regex: about",
            "rule nothing: regex: it can match nothing",
            "a rule has no id",
            "rule none: it has no regex",
            "rule group: secretGroup: the regex has 1 groups",
            "rule none: the id was used on line 9",
        ] {
            assert!(mistakes.iter().any(|m| m.contains(want)), "{want}: {mistakes:#?}");
        }
        assert!(load_texts(&["[[rules]\n"]).unwrap_err()[0].to_string().contains(".my-leaks.toml:1"));
    }

    #[test]
    fn what_extends_has_the_last_word() {
        let base = "[[rules]]\nid = 'a'\nregex = 'aa'\nkeywords = ['x']\n[[rules]]\nid = 'b'\nregex = 'bb'\n";
        let over = "[extend]\npath = 'base1.toml'\ndisabledRules = ['b']\n[[rules]]\nid = 'a'\nentropy = 2\nkeywords = ['y']\n";
        assert_eq!(extends(over).as_deref(), Some("base1.toml"));
        let loaded = load_texts(&[over, base]).unwrap();
        assert_eq!(loaded.rules.len(), 1);
        let foreign = foreign(&loaded.rules[0]);
        assert_eq!((foreign.pattern.as_str(), foreign.keywords.len(), foreign.lets.len()), ("aa", 2, 1));
    }
}
