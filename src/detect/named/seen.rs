//! Names that were looked up already: a log repeats its few names on every line.

use crate::catalogue::names::{Class, Key, Names};

/// What a name says, and whether it is a single word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) class: Option<Class>,
    pub(super) word: bool,
}

/// The names last seen, by hash; a new one takes the place of an older one.
#[derive(Debug)]
pub(crate) struct Seen(Box<[Slot; SLOTS]>);

/// How many are remembered.
const SLOTS: usize = 256;

/// The longest name that is remembered, in bytes.
const LONGEST: usize = 40;

#[derive(Clone, Copy, Debug)]
struct Slot {
    /// 0 for an empty slot.
    len: u8,
    name: [u8; LONGEST],
    known: Known,
}

impl Default for Seen {
    fn default() -> Self {
        Self(Box::new([Slot { len: 0, name: [0; LONGEST], known: Known { class: None, word: false } }; SLOTS]))
    }
}

impl Seen {
    /// What `name` says: one name, or two words with a blank between.
    pub(super) fn know(&mut self, names: &Names, name: &[u8]) -> Known {
        let hash = name.iter().fold(name.len(), |hash, byte| (hash ^ usize::from(*byte)).wrapping_mul(0x0100_0193));
        let slot = &mut self.0[(hash >> 8) % SLOTS];
        let Some(own) = slot.name.get_mut(..name.len()).filter(|own| !own.is_empty()) else {
            return look_up(names, name);
        };
        if usize::from(slot.len) != name.len() || own != name {
            own.copy_from_slice(name);
            slot.len = name.len() as u8;
            slot.known = look_up(names, name);
        }
        slot.known
    }
}

fn look_up(names: &Names, name: &[u8]) -> Known {
    let blank = memchr::memchr(b' ', name);
    let key = blank.map_or_else(|| Key::new(name), |at| Key::joined(&name[..at], &name[at + 1..]));
    // `password2` is one more password; short ones, `sig2` and `pin1`, are something else.
    let plain = key.without_number();
    let counted = names.best(&plain).filter(|class| *class != Class::Excluded && plain.text().len() > 3);
    let counted = if blank.is_some() { None } else { counted };
    Known { class: names.best(&key).into_iter().chain(counted).min(), word: key.is_word() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_what_is_looked_up() {
        let (names, mut seen) = (Names::builtin(), Seen::default());
        let long = "x".repeat(LONGEST) + "_token";
        for round in 0..2 {
            for name in ["token", "Token", "api key", "password2", "state", "colour", "monkey", "", &long] {
                assert_eq!(seen.know(&names, name.as_bytes()), look_up(&names, name.as_bytes()), "{name} {round}");
            }
            for i in 0..2000 {
                let name = format!("n{i}_{}", ["token", "colour"][i % 2]);
                assert_eq!(seen.know(&names, name.as_bytes()), look_up(&names, name.as_bytes()), "{name} {round}");
            }
        }
    }
}
