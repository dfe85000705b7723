//! What the sieve looks for: for each name a fixed text that stands in every spelling of it.
//!
//! A separator can stand between the words of a name but never inside one, so a stem is one word. A long word that
//! ordinary logs rarely hold is enough; a short one, and a common one, has the sign behind it that a value needs.

use std::collections::BTreeSet;

use super::command;
use crate::catalogue::literal::{Literal, Unit};
use crate::catalogue::names::Names;

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

/// What may stand behind a name's last word and before its value.
const SIGNS: &[&str] = &[
    "=", ":", "\"", "'", "\\", "]", "[", "%3", "%2", "%5", "&", ">", "`", "(", ",", " =", " :", " ?", " |", " .", " <",
    " !", " -", " +", "\t", "\x1b", "#", "^", "->", "1=", "2=", "3=", "1:", "2:", "1\"", "2\"", "1 ", "2 ",
];

/// Words that may be followed by a blank and a value, and are rare enough for that.
const BEFORE_BLANK: &[&str] = &["key", "pwd", "pass", "pw", "access", "private"];
/// What more may stand behind those.
const FREE: &[&str] = &[" ", "-", "/"];

/// The needles for `names` and for the commands.
pub(super) fn needles(names: &Names) -> Vec<Literal> {
    let mut texts: BTreeSet<String> = command::NEEDLES.iter().map(|n| (*n).to_owned()).collect();
    texts.extend(RARE.iter().map(|w| (*w).to_owned()));
    for words in names.words() {
        if words.iter().any(|word| RARE.iter().any(|rare| word.contains(rare))) {
            continue;
        }
        let Some(last) = words.last() else { continue };
        let signs = SIGNS.iter().copied().chain(FREE.iter().copied().filter(|_| BEFORE_BLANK.contains(&last.as_str())));
        texts.extend(signs.map(|sign| format!("{last}{sign}")));
    }
    texts.into_iter().filter(|text| text.len() > 1).map(|text| text.bytes().map(Unit::caseless).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_stem() {
        let needles = needles(&Names::builtin());
        let text = |n: &Literal| n.iter().map(|u| char::from(u.byte)).collect::<String>();
        let texts: Vec<String> = needles.iter().map(text).collect();
        for words in Names::builtin().words() {
            let name = format!("{}=", words.join("_"));
            assert!(texts.iter().any(|t| name.contains(t.as_str())), "{name}");
        }
        assert!(texts.iter().all(|t| t.len() > 1));
    }
}
