//! Words around a match: those of which one has to stand before it, and those that let it pass.
//!
//! They make rules of values that have no form of their own. A word is searched for as it stands, without case; what
//! follows it or stands before it does not matter.

use super::rule::{List, Text};

/// What has to stand near a match, and what may not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Near {
    /// One of these stands before it, in its line. None where nothing is asked for.
    pub words: List<Text>,
    /// Not one of these stands before it nor behind it.
    pub not: List<Text>,
    /// How many bytes may stand between a word and the match, to count.
    pub distance: u16,
}

/// The distance of a rule that says none: that of the vendors' table.
const DISTANCE: u16 = 40;
/// The largest. Each place up to there behind a word is tried.
const FURTHEST: u16 = 256;
/// A shorter word would wake its rule in every other line.
const SHORTEST: usize = 3;
const LONGEST: usize = 64;
/// All of them are looked for around each match.
const MOST: usize = 100;

impl Near {
    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.words.is_empty() && self.not.is_empty()
    }

    /// Of what a rule file says.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn new(words: Vec<String>, not: Vec<String>, distance: Option<i64>) -> Result<Self, Vec<String>> {
        let mut wrong = Vec::new();
        for (key, list) in [("near", &words), ("not_near", &not)] {
            if list.len() > MOST {
                wrong.push(format!("{key}: it has {} words; {MOST} is the most", list.len()));
            }
            wrong.extend(list.iter().filter_map(|word| odd(word)).map(|what| format!("{key}: {what}")));
        }
        let both = words.iter().filter(|word| not.iter().any(|other| other.eq_ignore_ascii_case(word)));
        wrong.extend(both.map(|word| format!("near: {word:?} is in not_near, too: no match could pass")));
        let least = 0..=i64::from(FURTHEST);
        match distance {
            Some(distance) if !least.contains(&distance) => {
                wrong.push(format!("distance is a number of bytes from 0 to {FURTHEST}, not {distance}"));
            }
            Some(_) if words.is_empty() && not.is_empty() => {
                wrong.push("distance says how far a word may be: it needs near or not_near".to_owned());
            }
            _ => {}
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let list = |words: Vec<String>| words.into_iter().map(Text::from).collect();
        let distance = distance.and_then(|distance| u16::try_from(distance).ok()).unwrap_or(DISTANCE);
        Ok(Self { words: list(words), not: list(not), distance })
    }
}

/// What is wrong with a word.
fn odd(word: &str) -> Option<String> {
    if !(SHORTEST..=LONGEST).contains(&word.len()) {
        return Some(format!("{word:?} has {} bytes; a word has {SHORTEST} to {LONGEST}", word.len()));
    }
    if word.bytes().any(|b| b.is_ascii_control()) {
        return Some(format!("{word:?} has a control character, and would never be found in a line"));
    }
    (word.trim() != word).then(|| format!("{word:?} has blanks around it: take them off"))
}
