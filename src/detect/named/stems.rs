//! What the sieve looks for: for each name a fixed text that stands in every spelling of it.
//!
//! A separator can stand between the words of a name but never inside one, so a stem is one word. A long word that
//! ordinary logs rarely hold is enough; a short one, and a common one, has the sign behind it that a value needs.

use std::collections::BTreeSet;

use super::command;
use crate::catalogue::literal::Unit;
use crate::catalogue::names::Names;
use crate::sieve::{Behind, Needle};

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

/// The needles for `names` and for the commands.
pub(super) fn needles(names: &Names) -> Vec<Needle> {
    let needle =
        |text: &str, behind| Needle { text: text.bytes().map(Unit::caseless).collect(), token_start: false, behind };
    let mut needles: Vec<Needle> = command::NEEDLES.iter().chain(RARE).map(|text| needle(text, Behind::Any)).collect();
    let mut lasts: BTreeSet<&str> = BTreeSet::new();
    for words in names.words() {
        if !words.iter().any(|word| RARE.iter().any(|rare| word.contains(rare))) {
            lasts.extend(words.last().map(String::as_str));
        }
    }
    for last in lasts.into_iter().filter(|last| last.len() > 1) {
        needles.push(needle(last, Behind::Sign));
        needles.push(needle(last, Behind::BlankAndSign));
        if BEFORE_BLANK.contains(&last) {
            needles.push(needle(&format!("{last} "), Behind::Any));
        }
    }
    needles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_stem() {
        let needles = needles(&Names::builtin());
        let text = |n: &Needle| n.text.iter().map(|u| char::from(u.byte)).collect::<String>();
        let texts: Vec<String> = needles.iter().map(text).collect();
        for words in Names::builtin().words() {
            let name = format!("{}=", words.join("_"));
            assert!(texts.iter().any(|t| name.contains(t.as_str())), "{name}");
        }
        assert!(texts.iter().all(|t| t.len() > 1));
    }
}
