//! Secrets whose values are known: looked for in every encoding, wherever they stand.
//!
//! A value has a few forms: its text in any spelling, base64 in three alignments, hexadecimal. Each form is found by a
//! needle of a few bytes and then compared whole, both ways from there. Of base64 those characters go that depend on the
//! secret alone, and the one at each end that depends on it a little; what is around them in the same run stays, as it
//! is other text.
//!
//! Values are wiped when the rules are dropped. The sieve's needles, of at most eight bytes each, are not.

mod form;
mod refuse;
mod spelling;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fmt;

use zeroize::Zeroizing;

use crate::catalogue::literal::{Literal, Unit, frequency};
use crate::span::{RuleId, Span};
use form::{Form, Kind};

/// A value that may not be seen, and what it is called.
#[derive(Clone)]
pub(crate) struct Secret {
    /// The variable or place it comes from.
    pub(crate) name: String,
    value: Zeroizing<Vec<u8>>,
}

impl Secret {
    /// The line's end that files and shells put behind a value is no part of it.
    pub(crate) fn new(name: impl Into<String>, value: &[u8]) -> Self {
        let end = value.iter().rposition(|b| !matches!(b, b'\n' | b'\r')).map_or(0, |last| last + 1);
        Self { name: name.into(), value: Zeroizing::new(value[..end].to_vec()) }
    }

    /// Whether both are the same value.
    pub(crate) fn is(&self, other: &Self) -> bool {
        *self.value == *other.value
    }

    /// Why it is not looked for, if it is not. The answer tells nothing of the value but that.
    pub(crate) fn refused(&self) -> Option<&'static str> {
        refuse::refused(&self.value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The known secrets, ready to be found.
#[derive(Default)]
pub(super) struct Known {
    rule: Option<RuleId>,
    forms: Vec<Form>,
    anchors: Vec<Anchor>,
    /// The forms by the byte they begin with, and those that may begin with several.
    firsts: HashMap<u8, Vec<u32>>,
    odd: Vec<u32>,
}

/// Where a needle stands in a form.
struct Anchor {
    form: u32,
    /// It ends behind so many bytes of the form.
    upto: u32,
    /// So many bytes long.
    len: u8,
}

/// Longer values are cut into pieces, each found by itself: no spelling of one is longer than what two windows of a
/// long line have in common.
const PIECE: usize = 4 << 10;
/// Bytes that a row of base64 stands for: 64 characters in PEM, 76 in MIME and from base64(1).
const ROWS: [usize; 2] = [48, 57];
/// Bytes of a needle. More would leave more of a secret in the sieve, which does not wipe it.
const NEEDLE: usize = 4;
/// The same for hexadecimal digits, which are fewer.
const HEX_NEEDLE: usize = 8;

impl Known {
    pub(super) fn new(rule: RuleId, secrets: &[Secret]) -> Self {
        let mut known = Self { rule: Some(rule), ..Self::default() };
        let mut seen = HashSet::new();
        for secret in secrets.iter().filter(|secret| secret.refused().is_none()) {
            if seen.insert(&**secret.value) {
                known.value(&secret.value);
            }
        }
        // A line of one value may be one of another.
        for line in secrets.iter().flat_map(|secret| lines(&secret.value)) {
            if seen.insert(line) {
                pieces(line).for_each(|piece| known.add(form::text(piece)));
            }
        }
        known
    }

    fn value(&mut self, value: &[u8]) {
        for piece in pieces(value) {
            self.add(form::text(piece));
            form::base64(piece).for_each(|form| self.add(form));
            self.add(form::hex(piece));
        }
        // Tools break base64 into rows. Which rows is only known where nothing stands before the value.
        for width in ROWS.into_iter().filter(|width| value.len() > *width) {
            let rows = value.chunks(width).filter(|row| refuse::refused(row).is_none());
            rows.flat_map(|row| form::base64(row).take(1)).for_each(|form| self.add(form));
        }
    }

    fn add(&mut self, form: Form) {
        let index = self.forms.len() as u32;
        match form.text.first() {
            Some(first) if form.single(0) => {
                self.firsts.entry(*first).or_default().push(index);
                if form.kind == Kind::Hex && first.is_ascii_lowercase() {
                    self.firsts.entry(first.to_ascii_uppercase()).or_default().push(index);
                }
            }
            _ => self.odd.push(index),
        }
        self.forms.push(form);
    }

    /// The needles, each with the number by which [`find`](Self::find) knows it.
    pub(super) fn needles(&mut self) -> Vec<(Literal, u32)> {
        let mut found = Vec::new();
        let mut used: HashMap<Literal, u32> = HashMap::new();
        for (index, form) in self.forms.iter().enumerate() {
            let needles = window(form, &used).map_or_else(|| joint(form), |needle| vec![needle]);
            for (literal, upto) in needles {
                found.push((literal.clone(), self.anchors.len() as u32));
                self.anchors.push(Anchor { form: index as u32, upto: upto as u32, len: literal.len() as u8 });
                *used.entry(literal).or_default() += 1;
            }
        }
        found
    }

    /// The rule of all of them, if there are any.
    #[cfg(feature = "cli")]
    pub(super) const fn rule(&self) -> Option<RuleId> {
        self.rule
    }

    /// The secret that the needle `anchor`, which begins at `at` of `line`, is a part of.
    pub(super) fn find(&self, line: &[u8], at: usize, anchor: u32) -> Option<(RuleId, Span)> {
        let anchor = &self.anchors[anchor as usize];
        // A needle may hold the line's end itself.
        let behind = Some(at + usize::from(anchor.len)).filter(|behind| *behind <= line.len())?;
        let span = self.forms[anchor.form as usize].around(line, anchor.upto as usize, behind)?;
        Some((self.rule?, span))
    }

    /// Where the end of `line` begins that could become a secret.
    pub(super) fn held(&self, line: &[u8]) -> usize {
        let cut = |start: usize, forms: &[u32]| {
            forms.iter().any(|form| self.forms[*form as usize].forward(line, 0, start).cut)
        };
        let could = |start: &usize| {
            self.firsts.get(&line[*start]).is_some_and(|forms| cut(*start, forms)) || cut(*start, &self.odd)
        };
        match (0..line.len()).find(could) {
            // A character of base64 before it may depend on it, and be spelt in three bytes.
            Some(start) => form::begin(line, start).min(start.saturating_sub(3)),
            None => line.len(),
        }
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known").field("forms", &self.forms.len()).finish_non_exhaustive()
    }
}

/// The value in pieces of about the same length.
fn pieces(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.chunks(value.len().div_ceil(value.len().div_ceil(PIECE).max(1)).max(1))
}

/// The lines of a value of several that are worth looking for by themselves. A brace is not, nor is a frame, nor what
/// is filled up with one character.
fn lines(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let several = value.contains(&b'\n');
    let lines = value.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    lines.filter(move |line| several && !line.starts_with(b"-----") && refuse::refused(line).is_none())
}

/// The best needle for a form among the texts that have one spelling: seldom in logs, and seldom used already, as
/// values often begin alike. With it, where it ends.
fn window(form: &Form, used: &HashMap<Literal, u32>) -> Option<(Literal, usize)> {
    let size = if form.kind == Kind::Hex { HEX_NEEDLE } else { NEEDLE };
    let core = |at: usize| form.single(at) || form.kind == Kind::Text && matches!(form.text[at], b'_' | b'-' | b'.');
    let unit = |b: &u8| if form.kind == Kind::Hex { Unit::caseless(*b) } else { Unit::exact(*b) };
    let mut best: Option<(f64, Literal, usize)> = None;
    let (mut run, mut literal) = (0, Literal::new());
    for at in 0..form.text.len() {
        run = if core(at) { run + 1 } else { 0 };
        if run < size {
            continue;
        }
        literal.clear();
        literal.extend(form.text[at + 1 - size..=at].iter().map(unit));
        let better = |cost: &f64| best.as_ref().is_none_or(|(least, ..)| cost < least);
        // That it is used can only make it worse.
        let rare = Some(frequency(&literal)).filter(better);
        let cost = rare.map(|rare| rare * f64::from(1 + used.get(&literal).copied().unwrap_or(0)));
        if let Some(cost) = cost.filter(better) {
            best = Some((cost, literal.clone(), at + 1));
        }
    }
    best.map(|(_, literal, upto)| (literal, upto))
}

/// Needles for a form in which no few characters have one spelling: every way to spell two that stand together.
fn joint(form: &Form) -> Vec<(Literal, usize)> {
    let bytes = &form.text;
    // A character's own spellings end where it does.
    let within = |upto: usize| bytes.get(upto).is_some_and(|b| b & 0xc0 == 0x80);
    // How many backslashes a backslash is cannot be told from its own end.
    let places = (2..=bytes.len()).filter(|upto| bytes[upto - 1] != b'\\' && !within(*upto));
    let cost = |upto: &usize| frequency(&[Unit::exact(bytes[upto - 2]), Unit::exact(bytes[upto - 1])]);
    let Some(upto) = places.min_by(|a, b| cost(a).total_cmp(&cost(b))) else { return Vec::new() };
    let mut needles: Vec<Literal> = Vec::new();
    form.ending(upto, &mut |last| {
        for end in last.needles() {
            if end.len() > 1 {
                needles.push(end);
                continue;
            }
            form.ending(upto - last.takes, &mut |first| {
                needles.extend(first.needles().map(|begin| [begin, end.clone()].concat()));
            });
        }
    });
    needles.sort_unstable();
    needles.dedup();
    needles.into_iter().map(|needle| (needle, upto)).collect()
}
