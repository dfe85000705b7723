//! Vendors' words and the shapes of their keys, read from TOML: `vendors.toml`.
//!
//! Keys without a form of their own are known by the word before them. This is the table; how it is searched is for
//! `detect`.

use serde::Deserialize;

use super::load::Mistake;
use super::rule::Origin;

/// The table as text has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// How many bytes may stand between a word and a value.
    pub distance: u8,
    /// Words that may stand in between.
    pub between: Vec<String>,
    /// Those of them that say that the value is a key.
    pub telling: Vec<String>,
    /// Vendors of a kind.
    #[serde(rename = "vendor")]
    pub vendors: Vec<Entry>,
}

/// Words whose values have the same shapes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The words.
    pub near: Vec<String>,
    /// What a value may look like.
    pub shapes: Vec<String>,
    /// What else it may look like behind a telling word.
    #[serde(default)]
    pub told: Vec<String>,
    /// Whether a telling word has to stand between them.
    #[serde(default)]
    pub keyed: bool,
    /// Whether the words are looked for before a blank as well.
    #[serde(default)]
    pub free: bool,
}

/// What a value looks like, with its least and its greatest length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Hexadecimal digits.
    Hex(u8, u8),
    /// `8-4-4-4-12` hexadecimal digits.
    Uuid,
    /// Letters and digits, mixed, with `_` or `-` in between.
    Token(u8, u8),
    /// Runs of letters and digits with dashes in between.
    Groups(u8, u8),
}

impl Shape {
    /// Reads `hex:32`, `token:20-64`, `uuid`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        let wrong = || format!("shape {text:?} is none of uuid, hex:N, hex:N-M, token:N-M, groups:N-M");
        let Some((word, numbers)) = text.split_once(':') else {
            return if text == "uuid" { Ok(Self::Uuid) } else { Err(wrong()) };
        };
        let (least, most) = numbers.split_once('-').unwrap_or((numbers, numbers));
        let number = |n: &str| n.parse::<u8>().ok().filter(|n| (8..=128).contains(n));
        let (Some(least), Some(most)) = (number(least), number(most)) else {
            return Err(format!("shape {text:?}: lengths are from 8 to 128"));
        };
        match word {
            _ if least > most => Err(wrong()),
            "hex" => Ok(Self::Hex(least, most)),
            "token" => Ok(Self::Token(least, most)),
            "groups" => Ok(Self::Groups(least, most)),
            _ => Err(wrong()),
        }
    }
}

/// How many places there are for words.
pub const KNOWN: usize = 4096;

/// The place of a word, in either case, among [`KNOWN`], which it shares with few; `None` if it is shorter than words are.
#[must_use]
pub fn place(word: &[u8]) -> Option<usize> {
    let head = word.first_chunk::<4>()?.map(|byte| byte.to_ascii_lowercase());
    let last = word.last()?.to_ascii_lowercase();
    let mixed = u32::from_le_bytes(head).wrapping_mul(0x9e37_79b1) >> 16;
    Some((mixed as usize ^ (usize::from(last) << 5) ^ word.len()) % KNOWN)
}

/// The table of one file.
///
/// # Errors
/// Every mistake in it, each with its line.
pub fn parse(file: &str, text: &str) -> Result<Table, Vec<Mistake>> {
    let mistake = |at: usize, what: String| {
        let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
        Mistake { origin: Origin { file: file.to_owned().into(), line }, what }
    };
    let table: Table = toml::from_str(text)
        .map_err(|error| vec![mistake(error.span().map_or(0, |s| s.start), error.message().to_owned())])?;
    let find = |word: &str| text.find(&format!("\"{word}\"")).unwrap_or(0);
    let mut mistakes = Vec::new();
    for entry in &table.vendors {
        for shape in entry.shapes.iter().chain(&entry.told) {
            mistakes.extend(Shape::read(shape).err().map(|what| mistake(find(shape), what)));
        }
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        for word in entry.near.iter().filter(|w| w.len() < 4 || !w.bytes().all(good)) {
            let what = format!("word {word:?}: at least four lower-case letters and digits");
            mistakes.push(mistake(find(word), what));
        }
    }
    let mut words: Vec<&String> = table.vendors.iter().flat_map(|entry| &entry.near).collect();
    words.sort();
    for twice in words.windows(2).filter(|pair| pair[0] == pair[1]) {
        mistakes.push(mistake(find(twice[0]), format!("word {:?} stands twice", twice[0])));
    }
    let letters = |word: &String| {
        word.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
            && word.bytes().next_back().is_some_and(|b| b.is_ascii_lowercase())
    };
    for word in table.between.iter().filter(|word| !letters(word)) {
        mistakes.push(mistake(find(word), format!("word {word:?} does not begin and end with a lower-case letter")));
    }
    for word in table.telling.iter().filter(|word| !table.between.contains(word)) {
        mistakes.push(mistake(find(word), format!("word {word:?} is not one of `between`")));
    }
    if mistakes.is_empty() { Ok(table) } else { Err(mistakes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_named_with_their_line() {
        let head = "distance = 9\nbetween = [\"key\"]\ntelling = [\"key\"]\n";
        let says = |text: &str, want: &str| {
            let mistakes = parse("v.toml", &format!("{head}{text}")).unwrap_err();
            assert!(mistakes[0].to_string().contains(want), "{mistakes:?}");
        };
        says("[[vendor]]\nshapes = [\"hax:32\"]\nnear = [\"acme\"]", "v.toml:5: shape \"hax:32\"");
        says("[[vendor]]\nshapes = [\"hex:3\"]\nnear = [\"acme\"]", "lengths are from 8 to 128");
        says("[[vendor]]\nshapes = [\"uuid\"]\nnear = [\n\"Acme\"]", "v.toml:7: word \"Acme\"");
        says("[[vendor]]\nshapes = [\"uuid\"]\nnaer = []", "v.toml:6");
        assert!(parse("v.toml", &format!("{head}[[vendor]]\nshapes = [\"uuid\"]\nnear = [\"acme\"]")).is_ok());
    }

    #[test]
    fn shapes_are_read() {
        assert_eq!(Shape::read("hex:32"), Ok(Shape::Hex(32, 32)));
        assert_eq!(Shape::read("token:20-64"), Ok(Shape::Token(20, 64)));
        assert_eq!(Shape::read("uuid"), Ok(Shape::Uuid));
    }
}
