//! The list of sensitive names, read from TOML.
//!
//! A name is matched without case and without `_`, `-`, `.` and space, but borders between words are remembered:
//! `*_key` wants one, so that `stripeKey` is a name and `monkey` is not. Patterns are kept by hash, so that what a name
//! costs does not grow with the list.
//!
//! It knows words only: where a name stands and what its value looks like is for `detect`.

use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::index::Index;
use super::load::{Mistake, nearest};
use super::rule::Origin;

/// What a name says about its value. Where several lists hold a name, the first here decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Sounds sensitive and is not.
    Excluded,
    /// `scheme credentials`.
    Authorization,
    /// `name=value; name=value`.
    Cookies,
    /// Made up by people: even a number is one.
    Password,
    /// Issued: any value but a small number.
    Strong,
    /// Only a value with a token's shape.
    Weak,
}

/// The lists of the file, in the order of [`Class`].
const LISTS: &[(&str, Class)] = &[
    ("excluded", Class::Excluded),
    ("authorization", Class::Authorization),
    ("cookies", Class::Cookies),
    ("passwords", Class::Password),
    ("strong", Class::Strong),
    ("weak", Class::Weak),
];

/// The longest name that is looked at, in bytes.
pub const MAX_NAME: usize = 96;

/// All patterns, by what they are compared with.
#[derive(Clone, Debug, Default)]
pub struct Names {
    patterns: Vec<Pattern>,
    /// Patterns that end with the name, by their letters from the last one on.
    ends: Index,
    /// Patterns that begin with the name and end in `*`, by their letters.
    begins: Index,
    /// `*word*`, by their letters.
    inside: Index,
    /// Letters that one of those begins with, as bits.
    initials: u32,
    /// All patterns but the excluded ones, as they are written, without `*`.
    cores: Vec<&'static str>,
}

/// One pattern: its letters and digits, and what may stand before and behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    core: Box<[u8]>,
    before: Side,
    behind: Side,
    class: Class,
}

/// What may stand beside a pattern's core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Nothing,
    Anything,
    /// Something, parted from the core by a border between words.
    Words,
}

impl Names {
    /// The names of a list that [`parse`] has accepted: what it refused is left out.
    #[must_use]
    pub fn of(list: &'static [(&'static str, Class)]) -> Self {
        let mut names = Self::default();
        for (text, class) in list {
            let Ok((core, pattern)) = Pattern::read(text, *class) else { continue };
            if *class != Class::Excluded {
                names.cores.push(core);
            }
            names.add(pattern);
        }
        names
    }

    /// What `name` is. Borders of words count where two words are told apart by a separator or by case.
    #[must_use]
    pub fn class(&self, name: &Key) -> Option<Class> {
        let found = self.best(name)?;
        if found == Class::Excluded { None } else { Some(found) }
    }

    /// As [`class`](Self::class), but tells names apart that are excluded on purpose.
    #[must_use]
    pub fn best(&self, name: &Key) -> Option<Class> {
        let text = name.text();
        let mut best = None;
        let mut look = |number: usize| {
            let pattern = &self.patterns[number];
            if best.is_none_or(|best| pattern.class < best) && pattern.fits(name) {
                best = Some(pattern.class);
            }
        };
        self.ends.each(text.iter().rev(), &mut look);
        self.begins.each(text.iter(), &mut look);
        for (at, _) in text.iter().enumerate().filter(|(_, b)| self.initials >> (*b & 31) & 1 == 1) {
            self.inside.each(text[at..].iter(), &mut look);
        }
        best
    }

    /// Each pattern that names a secret, as it is written, without `*`.
    #[must_use]
    pub fn cores(&self) -> &[&'static str] {
        &self.cores
    }

    fn add(&mut self, pattern: Pattern) {
        let number = self.patterns.len();
        match (pattern.before, pattern.behind) {
            (_, Side::Nothing) => self.ends.add(&pattern.core, true, number),
            (Side::Nothing, _) => self.begins.add(&pattern.core, false, number),
            _ => {
                self.initials |= pattern.core.first().map_or(0, |b| 1 << (b & 31));
                self.inside.add(&pattern.core, false, number);
            }
        }
        self.patterns.push(pattern);
    }
}

impl Pattern {
    /// A pattern, and its text without `*`.
    fn read(text: &str, class: Class) -> Result<(&str, Self), String> {
        let (rest, before) = match (text.strip_prefix("*_"), text.strip_prefix('*')) {
            (Some(rest), _) => (rest, Side::Words),
            (None, Some(rest)) => (rest, Side::Anything),
            _ => (text, Side::Nothing),
        };
        let (core, behind) = match (rest.strip_suffix("_*"), rest.strip_suffix('*')) {
            (Some(core), _) => (core, Side::Words),
            (None, Some(core)) => (core, Side::Anything),
            _ => (rest, Side::Nothing),
        };
        let good = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if !core.split('_').all(good) || core.len() > MAX_NAME {
            return Err(format!("name {text:?}: lower-case words with _ between; a * stands at the start or the end"));
        }
        let letters = core.bytes().filter(|b| *b != b'_').collect();
        Ok((core, Self { before, behind, class, core: letters }))
    }

    fn fits(&self, name: &Key) -> bool {
        let (text, core) = (name.text(), &self.core[..]);
        match (self.before, self.behind) {
            (Side::Nothing, Side::Nothing) => text == core,
            (_, Side::Nothing) => text.ends_with(core) && self.parted(name, text.len() - core.len()),
            (Side::Nothing, _) => text.starts_with(core) && self.parted(name, 0),
            _ => (0..=text.len().saturating_sub(core.len()))
                .any(|at| text.get(at) == core.first() && text[at..].starts_with(core) && self.parted(name, at)),
        }
    }

    /// Whether the borders that the pattern wants are there, if its core begins at `at`.
    fn parted(&self, name: &Key, at: usize) -> bool {
        let end = at + self.core.len();
        let here = |side, at| side != Side::Words || (at > 0 && at < name.text().len() && name.border(at));
        here(self.before, at) && here(self.behind, end)
    }
}

/// A name as it is compared: lower-case letters and digits, and where its words begin.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    text: [u8; MAX_NAME],
    len: usize,
    borders: u128,
}

impl Key {
    /// Reads a name; what is beyond [`MAX_NAME`] bytes from its end is left out.
    #[must_use]
    pub fn new(name: &[u8]) -> Self {
        Self::joined(b"", name)
    }

    /// Reads two words as one name.
    #[must_use]
    pub fn joined(first: &[u8], second: &[u8]) -> Self {
        let mut key = Self { text: [0; MAX_NAME], len: 0, borders: 0 };
        key.read(&first[first.len().saturating_sub(MAX_NAME / 2)..]);
        key.borders |= 1 << key.len;
        key.read(&second[second.len().saturating_sub(MAX_NAME - key.len)..]);
        key
    }

    fn read(&mut self, name: &[u8]) {
        let is = |i: usize, class: fn(&u8) -> bool| name.get(i).is_some_and(class);
        for (i, byte) in name.iter().enumerate() {
            if !byte.is_ascii_alphanumeric() {
                self.borders |= 1 << self.len;
                continue;
            }
            let before = |class| i > 0 && is(i - 1, class);
            let capital = byte.is_ascii_uppercase()
                && (before(u8::is_ascii_lowercase)
                    || (before(u8::is_ascii_uppercase) && is(i + 1, u8::is_ascii_lowercase)));
            // Behind a digit only lower case begins a word: random ids end in things like 4PW.
            let counted =
                before(u8::is_ascii_digit) && (byte.is_ascii_lowercase() || is(i + 1, u8::is_ascii_lowercase));
            let number = byte.is_ascii_digit() && !before(u8::is_ascii_digit);
            if capital || number || (counted && byte.is_ascii_alphabetic()) {
                self.borders |= 1 << self.len;
            }
            self.text[self.len] = byte.to_ascii_lowercase();
            self.len += 1;
        }
    }

    /// Lower-case letters and digits.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text[..self.len]
    }

    /// Without digits at its end.
    #[must_use]
    pub fn without_number(mut self) -> Self {
        while self.len > 0 && self.text[self.len - 1].is_ascii_digit() {
            self.len -= 1;
        }
        self
    }

    /// Whether it is a single word.
    #[must_use]
    pub fn is_word(&self) -> bool {
        self.len > 0 && self.len < MAX_NAME && self.borders & ((1 << self.len) - 2) == 0
    }

    /// Whether `word` is its last word, or all of it.
    #[must_use]
    pub fn ends_in(&self, word: &Self) -> bool {
        let (text, word) = (self.text(), word.text());
        text.ends_with(word) && (text.len() == word.len() || self.border(text.len() - word.len()))
    }

    fn border(&self, at: usize) -> bool {
        self.borders >> at & 1 == 1
    }
}

/// The names of one file.
///
/// # Errors
/// Every mistake in it, each with its line.
pub fn parse(file: &str, text: &str) -> Result<Vec<(String, Class)>, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut say = |at: usize, what: String| {
        let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
        mistakes.push(Mistake { origin: Origin { file: file.to_owned().into(), line }, what });
    };
    let mut names = Vec::new();
    match DeTable::parse(text) {
        Err(error) => say(error.span().map_or(0, |s| s.start), error.message().to_owned()),
        Ok(table) => {
            for (key, value) in table.into_inner() {
                list(&mut names, key, value, &mut say);
            }
        }
    }
    if mistakes.is_empty() { Ok(names) } else { Err(mistakes) }
}

fn list(
    names: &mut Vec<(String, Class)>,
    key: Spanned<std::borrow::Cow<'_, str>>,
    value: Spanned<DeValue<'_>>,
    say: &mut impl FnMut(usize, String),
) {
    let word: &str = key.get_ref().as_ref();
    let Some((_, class)) = LISTS.iter().find(|(list, _)| *list == word) else {
        let known: Vec<&str> = LISTS.iter().map(|(list, _)| *list).collect();
        return say(key.span().start, format!("unknown list {word:?}{}", nearest(word, &known)));
    };
    let at = value.span().start;
    let words: Result<Vec<Spanned<String>>, _> = serde::Deserialize::deserialize(value.into_deserializer());
    match words {
        Err(error) => say(at, format!("{word}: {}", error.message())),
        Ok(words) => {
            for name in words {
                let at = name.span().start;
                match Pattern::read(name.get_ref(), *class) {
                    Ok(_) => names.push((name.into_inner(), *class)),
                    Err(what) => say(at, what),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(name: &str, want: Option<Class>) {
        let key = Key::new(name.as_bytes());
        assert_eq!(Names::builtin().class(&key), want, "{name}");
    }

    #[test]
    fn the_built_in_list_is_there() {
        assert!(Names::builtin().cores().len() > 100);
    }

    #[test]
    fn names_are_found_in_every_spelling() {
        for name in ["password", "DB_PASSWORD", "newPassword", "user.passwd", "PGPASSWORD", "pass", "userPass", "x-pin"]
        {
            case(name, Some(Class::Password));
        }
        for name in [
            "mistral_TOKEN",
            "vercelToken",
            "poly_passphraseToken",
            "X-API-Key",
            "apikey",
            "AWS_SECRET_ACCESS_KEY",
            "clientSecretKey",
            "clientSecret",
            "secretKeyBase",
            "HTTP_X_API_KEY",
            "APIKey",
        ] {
            case(name, Some(Class::Strong));
        }
        case("authorization", Some(Class::Authorization));
        case("HTTP_AUTHORIZATION", Some(Class::Authorization));
        case("Set-Cookie", Some(Class::Cookies));
        case("stripeKey", Some(Class::Weak));
        case("tokenish", Some(Class::Weak));
    }

    #[test]
    fn what_only_sounds_sensitive_is_not() {
        for name in [
            "token_type",
            "maxTokens",
            "prompt_tokens",
            "tokens_used",
            "password_reset_url",
            "passwordChangedAt",
            "has_password",
            "OLDPWD",
            "key_id",
            "publicKey",
            "cache_key",
            "keyboard",
            "monkey",
            "author",
            "passenger",
            "secret_name",
            "tokenPath",
            "compass",
            "turkey",
            "zipcode",
            "mesid",
            "bypass",
            "",
        ] {
            case(name, None);
        }
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let says = |text: &str, want: &str| {
            let mistakes = parse("n.toml", text).unwrap_err();
            assert!(mistakes[0].to_string().contains(want), "{mistakes:?}");
        };
        says("weak = [\n\"a\",\n\"B\"]", "n.toml:3: name \"B\"");
        says("weak = [\"a*b\"]", "a * stands at the start or the end");
        says("wek = []", "did you mean \"weak\"");
        says("weak = 3", "n.toml:1");
        says("weak = [", "n.toml:1");
    }
}
