//! The needles and the tables that tell, at a place where one may stand, which one does.

use crate::catalogue::literal::{TOKEN_HEAD, Unit, frequency};

use super::buckets::Window;
use super::index::{Index, Key, before, behind};
use super::{Candidate, Needle, Place, What, scalar};

/// Bytes of a window for the filter of needles that may stand anywhere.
pub(super) const WIDE: usize = 4;
/// A window that is this rare, as a share of all places, is cheaper looked for anywhere than where its needle is wanted ...
const RARE: f64 = 1e-10;
/// ... one that is this rare only if what the needle begins with is so common.
const FAIRLY_RARE: f64 = 5e-8;
const COMMON: f64 = 3e-7;

/// All needles, by where they are looked for.
#[derive(Debug)]
pub(crate) struct Needles {
    all: Vec<Keyed>,
    pub(super) anywhere: Index,
    /// What begins a word.
    pub(super) words: Index,
    /// What begins a token.
    pub(super) tokens: Index,
    /// What has a name's last letter before a sign.
    pub(super) ends: Index,
}

#[derive(Debug)]
struct Keyed {
    units: Box<[Unit]>,
    place: Place,
    sought: Sought,
    /// Where its key begins, or ends where it is looked for from a name's end.
    window: usize,
    /// So many bytes of a token are wanted from its start on.
    run: usize,
    /// Where a word has to begin, for a needle that is looked for elsewhere.
    begins: Option<usize>,
}

/// Where a needle is looked for, which may be at another of its bytes than where it is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sought {
    Anywhere,
    /// At the start of a word.
    Word,
    /// At the start of a token.
    Token,
    /// Backwards from the last letter of a name.
    End,
}

impl Needles {
    pub(crate) fn new(needles: Vec<Needle>) -> Self {
        let all: Vec<Keyed> = needles.into_iter().map(Keyed::new).collect();
        let index = |sought: Sought| {
            let mine = all.iter().enumerate().filter(|(_, n)| n.sought == sought);
            Index::new(&mine.map(|(i, n)| (n.key(), i as u16)).collect::<Vec<_>>())
        };
        Self {
            anywhere: index(Sought::Anywhere),
            words: index(Sought::Word),
            tokens: index(Sought::Token),
            ends: index(Sought::End),
            all,
        }
    }

    /// The windows of needles that may stand anywhere.
    pub(super) fn wide_windows(&self) -> Vec<Window<WIDE>> {
        self.all.iter().filter(|n| n.sought == Sought::Anywhere).map(Keyed::window).collect()
    }

    /// Reports the needles of `index` whose key begins at one of `places`; with `BACK` ends there. `kept` is memory.
    #[inline(always)]
    pub(super) fn check<const BACK: bool>(
        &self,
        index: &Index,
        block: &[u8],
        places: &[u32],
        kept: &mut [u32],
        out: &mut Vec<Candidate>,
    ) {
        let text = |at: u32| if BACK { before(block, at as usize) } else { behind(block, at as usize) };
        // Kept or not is data, not a branch: at these places the answer cannot be foretold.
        let mut n = 0;
        for at in places {
            if let Some(slot) = kept.get_mut(n) {
                *slot = *at;
            }
            n = n.wrapping_add(usize::from(index.has_head(text(*at) as u32)));
        }
        let kept = &mut kept[..n];
        n = 0;
        for i in 0..kept.len() {
            let at = kept[i];
            kept[n.min(i)] = at;
            n = n.wrapping_add(usize::from(index.may_hold(text(at) as u32)));
        }
        for at in &kept[..n] {
            let text = text(*at);
            for (key, id) in index.slot(text as u32) {
                if key.begins(text) {
                    self.confirm(*id, block, *at as usize, out);
                }
            }
        }
    }

    #[inline(never)]
    fn confirm(&self, id: u16, block: &[u8], at: usize, out: &mut Vec<Candidate>) {
        let needle = &self.all[usize::from(id)];
        let start = at.checked_sub(needle.window).filter(|start| needle.stands(block, *start));
        out.extend(start.map(|start| Candidate { at: start as u32, what: What(id) }));
    }

    /// Every needle compared at `at`.
    pub(crate) fn check_all(&self, block: &[u8], at: usize, out: &mut Vec<Candidate>) {
        for (id, needle) in self.all.iter().enumerate() {
            let wanted = || needle.place != Place::BeforeSign || scalar::sign_behind(&block[at + needle.units.len()..]);
            if needle.stands(block, at) && wanted() {
                out.push(Candidate { at: at as u32, what: What(id as u16) });
            }
        }
    }
}

impl Keyed {
    fn new(needle: Needle) -> Self {
        let Needle { text, place } = needle;
        debug_assert!(text.len() >= 2, "the caller keeps needles of one byte away");
        let cost = |start: usize| frequency(&text[start..text.len().min(start + WIDE)]);
        let costs = (0..=text.len().saturating_sub(WIDE)).map(|start| (cost(start), start));
        let (rarity, rarest) = costs.min_by(|(a, _), (b, _)| a.total_cmp(b)).unwrap_or((1.0, 0));
        let begins = match place {
            Place::WordStart(at) => Some(usize::from(at)),
            Place::TokenStart => Some(0),
            Place::Anywhere | Place::BeforeSign => None,
        };
        // The pass looks at words that begin so.
        let letter = |at: usize| is_letter(text[at].byte);
        let run = if place == Place::TokenStart { TOKEN_HEAD } else { 0 };
        let rare = |at: usize| rarity < RARE || (rarity < FAIRLY_RARE && cost(at) > COMMON);
        let (sought, window) = match place {
            Place::BeforeSign => (Sought::End, text.len() - 1),
            Place::TokenStart if letter(0) => (Sought::Token, 0),
            _ => match (name_end(&text), begins) {
                (Some(at), _) => (Sought::End, at),
                (_, Some(at)) if letter(at) && at + 1 < text.len() && !rare(at) => (Sought::Word, at),
                _ => (Sought::Anywhere, rarest),
            },
        };
        let begins = begins.filter(|_| matches!(sought, Sought::Anywhere | Sought::End));
        Self { sought, window, run, begins, units: text.into_boxed_slice(), place }
    }

    fn window<const S: usize>(&self) -> Window<S> {
        let mut window = [None; S];
        for (place, unit) in window.iter_mut().zip(&self.units[self.window..]) {
            *place = Some(*unit);
        }
        window
    }

    /// What the needle has from its window's start on, or before its end where it is looked for from there.
    fn key(&self) -> Key {
        if self.sought == Sought::End {
            Key::new(self.units[..=self.window].iter().rev().copied())
        } else {
            Key::new(self.units[self.window..].iter().copied())
        }
    }

    fn stands(&self, block: &[u8], start: usize) -> bool {
        let text = block.get(start..start + self.units.len());
        text.is_some_and(|text| self.units.iter().zip(text).all(|(u, b)| u.is(*b)))
            && self.begins.is_none_or(|at| scalar::may_begin(block, start + at))
            && block.get(start..start + self.run).is_some_and(|head| head.iter().all(|b| scalar::is_token(*b)))
    }
}

/// Where in `text` the last letter of a name stands before a sign, with two bytes before it or more, if it does.
fn name_end(text: &[Unit]) -> Option<usize> {
    let bytes: Vec<u8> = text.iter().map(|unit| unit.byte).collect();
    let ends =
        |at: &usize| (bytes[*at].is_ascii_alphabetic() || bytes[*at] == b'_') && scalar::sign_behind(&bytes[at + 1..]);
    let cost = |at: usize| frequency(&text[at.saturating_sub(WIDE - 1)..=at]);
    (2..text.len()).filter(ends).min_by(|a, b| cost(*a).total_cmp(&cost(*b)))
}

/// Whether a word may begin, or a name end, with `byte`.
const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}
