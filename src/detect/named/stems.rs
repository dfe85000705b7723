//! What the sieve looks for: for each name a fixed text that stands in every spelling of it.
//!
//! A separator can stand between the words of a name but never inside one, so a stem is one word. A long word that
//! ordinary logs rarely hold is enough; a short one, and a common one, has the sign behind it that a value needs.

use super::command;
use crate::catalogue::literal::{Unit, word_start};
use crate::catalogue::names::Names;
use crate::sieve::{Needle, Place};

/// Words that are rare enough in logs to be looked for alone.
const RARE: &[&str] = &[
    "passw",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "credential",
    "authorization",
    "cookie",
    "apikey",
    "kennwort",
    "contrasena",
    "mnemonic",
    "verifier",
    "subscription",
    "csrf",
    "xsrf",
    "bearer",
    "jsessionid",
    "phpsessid",
    "sessionid",
];

/// Words that may be followed by a blank and a value, and are rare enough for that.
const BEFORE_BLANK: &[&str] = &["key", "pwd", "pass", "pw", "private"];

/// What more may stand behind those.
const FREE: &[&str] = &[" ", "-", "/"];

/// Names may end a line, with their value on the next one.
const AT_END: &[&str] = &["key\n", "key\r\n"];

/// Ends of names that may be followed by a blank and a value.
const ENDS: &[&str] = &["_pass ", "_pwd "];

/// Names that a number may end, with a blank behind it: `seed1 := x`. Rare ones are found with whatever is behind them.
const COUNTED: &[&str] = &["seed", "nkey"];

/// Last words that are too common to be looked for without the one before.
const COMMON: &[&str] = &["id"];

/// What may stand between two words of a name.
const JOINS: &[&str] = &["", "_", "-", ".", " "];

/// The needles for `names` and for the commands.
pub(super) fn needles(names: &Names) -> Vec<Needle> {
    let mut needles: Vec<Needle> = RARE.iter().map(|text| needle(text, Place::Anywhere)).collect();
    needles.extend(ENDS.iter().map(|text| needle(text, Place::Anywhere)));
    needles.extend(AT_END.iter().map(|text| needle(text, Place::WordStart(0))));
    needles.extend(command::NEEDLES.iter().map(|text| with_word(text)));
    let mut lasts = Vec::new();
    for core in names.cores().iter().filter(|core| !is_rare(core)) {
        // A number that ends a name is no part of what is looked for: the sign may stand behind it.
        let letters = |word: &&str| word.bytes().all(|b| b.is_ascii_lowercase());
        let mut behind_first = core.rsplit('_').filter(letters);
        let (Some(last), before) = (behind_first.next(), behind_first.next()) else { continue };
        match before {
            Some(before) if COMMON.contains(&last) => {
                needles.extend(JOINS.iter().map(|join| needle(&format!("{before}{join}{last}"), Place::Anywhere)));
            }
            _ => lasts.push(last),
        }
    }
    // Many names end alike.
    lasts.sort_unstable();
    lasts.dedup();
    needles.extend(lasts.iter().map(|last| needle(last, Place::BeforeSign)));
    for word in COUNTED {
        needles.extend((0..10).map(|number| needle(&format!("{word}{number} "), Place::WordStart(0))));
    }
    for word in BEFORE_BLANK {
        needles.extend(FREE.iter().map(|sign| needle(&format!("{word}{sign}"), Place::WordStart(0))));
    }
    needles
}

/// Whether a word of the name holds one of [`RARE`].
fn is_rare(name: &str) -> bool {
    let has = letters(name);
    RARE.iter().zip(&RARE_LETTERS).any(|(rare, wanted)| has & wanted == *wanted && name.contains(rare))
}

/// Which letters each of [`RARE`] has: few names have them all, so few are searched.
static RARE_LETTERS: [u32; RARE.len()] = {
    let mut all = [0; RARE.len()];
    let mut i = 0;
    while i < all.len() {
        all[i] = letters(RARE[i]);
        i += 1;
    }
    all
};

const fn letters(text: &str) -> u32 {
    let (bytes, mut set, mut i) = (text.as_bytes(), 0, 0);
    while i < bytes.len() {
        set |= 1 << (bytes[i] & 31);
        i += 1;
    }
    set
}

/// A text that is looked for where a word begins in it.
fn with_word(text: &str) -> Needle {
    let needle = needle(text, Place::Anywhere);
    let place = word_start(&needle.text, false).map_or(Place::Anywhere, |at| Place::WordStart(at as u8));
    Needle { place, ..needle }
}

fn needle(text: &str, place: Place) -> Needle {
    Needle { text: text.bytes().map(Unit::caseless).collect(), place }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_stem() {
        let needles = needles(&Names::builtin());
        let text = |n: &Needle| n.text.iter().map(|u| char::from(u.byte)).collect::<String>();
        let texts: Vec<String> = needles.iter().map(text).collect();
        for core in Names::builtin().cores() {
            let name = format!("{core}=");
            assert!(texts.iter().any(|t| name.contains(t.as_str())), "{name}");
        }
        assert!(texts.iter().all(|t| t.len() > 1));
    }
}
