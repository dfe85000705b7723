//! What wakes a rule, and what that costs by kind.

use super::foreign::{Wake, anchors};
use super::pattern::inspect;
use crate::catalogue::literal::{Literal, TOKEN_HEAD, word_start};
use crate::catalogue::{Boundary, Kind, Rule};

/// The signs of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    /// In a word or two, for people.
    pub(crate) class: &'static str,
    /// The texts that are looked for.
    pub(crate) signs: Vec<String>,
    /// Nothing wakes it: it is tried everywhere.
    pub(crate) slow: bool,
}

/// The cost of a rule, which has been accepted.
pub(crate) fn cost(rule: &Rule) -> Cost {
    let plain = |class| Cost { class, signs: Vec::new(), slow: false };
    match &rule.kind {
        Kind::Detector(_) | Kind::Ident(_) | Kind::Known => plain("detector"),
        Kind::Literals(_) => plain("literals"),
        Kind::Foreign(foreign) => match Wake::new(foreign, anchors(foreign).as_ref()).0 {
            Wake::Text(texts, _) => looked_for(&texts, false, 0),
            Wake::Keyword(texts) => Cost { class: "keyword, then the whole line", ..looked_for(&texts, false, 0) },
            Wake::Always => Cost { slow: true, ..plain("slow") },
        },
        Kind::Pattern(_) => match inspect(rule, b"") {
            Ok(Some(found)) => {
                let free = rule.boundary != Boundary::None && found.back == (0, 0);
                looked_for(&found.literals, free, found.head)
            }
            Ok(None) if !rule.near.words.is_empty() => {
                let signs = rule.near.words.iter().map(|word| word.to_string()).collect();
                Cost { class: "behind a word", signs, slow: false }
            }
            Ok(None) | Err(_) => Cost { slow: true, ..plain("slow") },
        },
    }
}

fn looked_for(texts: &[Literal], free: bool, head: usize) -> Cost {
    let class = if free && head >= TOKEN_HEAD {
        "token start"
    } else if texts.iter().all(|text| word_start(text, free).is_some()) {
        "word start"
    } else {
        "anywhere"
    };
    let shown = |text: &Literal| {
        let bytes: Vec<u8> = text.iter().map(|unit| unit.byte).collect();
        bytes.escape_ascii().to_string()
    };
    Cost { class, signs: texts.iter().map(shown).collect(), slow: false }
}
