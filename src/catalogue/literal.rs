//! The fixed text that every match of a pattern holds, read off the parsed pattern.
//!
//! The sieve looks for these anchors and for nothing else, so the promise "no match without a candidate" starts here:
//! each match of the pattern holds one of the anchors, and the anchor begins between `back.0` and `back.1` bytes
//! behind the match's start.

use regex_syntax::hir::{Class, Hir, HirKind};

/// One byte of an anchor: the text byte with `fold` set in it equals `byte`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit {
    /// The byte, a lower-case letter where `fold` is set.
    pub byte: u8,
    /// 0x20 for a letter of either case, else 0.
    pub fold: u8,
}

impl Unit {
    /// This byte and no other.
    #[must_use]
    pub const fn exact(byte: u8) -> Self {
        Self { byte, fold: 0 }
    }

    /// Either case of a letter; any other byte is exact.
    #[must_use]
    pub const fn caseless(byte: u8) -> Self {
        if byte.is_ascii_alphabetic() { Self { byte: byte | 0x20, fold: 0x20 } } else { Self::exact(byte) }
    }

    /// Whether the text byte `b` is meant.
    #[must_use]
    pub const fn is(self, b: u8) -> bool {
        b | self.fold == self.byte
    }
}

/// A fixed text.
pub type Literal = Vec<Unit>;

/// The anchors of one pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchors {
    /// Every match holds one of these.
    pub literals: Vec<Literal>,
    /// How many bytes behind the match's start it begins, least and most.
    pub back: (usize, usize),
    /// How many bytes of letters, digits, `_`, `-` and `.` every match begins with, at the least.
    pub head: usize,
}

/// Furthest an anchor may begin behind a match's start.
pub const MAX_BACK: usize = 64;
/// Bytes that a token needs at the least for its start to be a sign of its own (see `sieve`).
pub const TOKEN_HEAD: usize = 16;
/// Longest anchor kept: more would not make a candidate rarer.
const MAX_LITERAL: usize = 16;
/// Words that begin more often than this, as a share of all places, are no sign.
const COMMON: f64 = 2e-4;
/// What one more literal costs that may stand anywhere, as if it were found this often: a filter with fewer is wrong
/// less often.
const PER_LITERAL: f64 = 5e-6;
/// The same for one that is looked for where words begin, about every fifth place.
const PER_WORD: f64 = 3e-7;
/// Most literals one pattern may ask for.
const MAX_LITERALS: usize = 64;

/// The pattern over bytes, with ASCII classes.
///
/// # Errors
/// What is wrong with it, as the user should read it.
pub fn parse(source: &str) -> Result<Hir, String> {
    let mut parser = regex_syntax::ParserBuilder::new();
    parser.unicode(false).utf8(false).nest_limit(50).build().parse(source).map_err(|error| match &error {
        regex_syntax::Error::Parse(e) => format!("pattern: {} at byte {}", e.kind(), e.span().start.offset),
        regex_syntax::Error::Translate(e) => format!("pattern: {} at byte {}", e.kind(), e.span().start.offset),
        _ => "pattern: cannot be read".to_owned(),
    })
}

/// The rarest anchors of a pattern, if it has any of at least two bytes. `free`: no word goes on over the match's start.
#[must_use]
pub fn anchors(hir: &Hir, free: bool) -> Option<Anchors> {
    // A literal at the very start of a token is the cheapest of all.
    let head = head(hir).0;
    search(hir, head, free).map(|(_, anchors)| anchors)
}

/// The cheapest anchors of `hir` with their cost; `head` is that of the whole pattern.
fn search(hir: &Hir, head: usize, free: bool) -> Option<(f64, Anchors)> {
    let mut walk = Walk { run: vec![Vec::new()], run_back: (0, 0), back: (0, 0), head, free, best: None };
    walk.visit(hir);
    walk.close();
    walk.best
}

/// How many bytes of a token every match of `hir` begins with, and whether it can have no others.
fn head(hir: &Hir) -> (usize, bool) {
    let token = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    match hir.kind() {
        HirKind::Empty => (0, true),
        HirKind::Look(_) => (0, false),
        HirKind::Literal(literal) => {
            let n = literal.0.iter().take_while(|b| token(**b)).count();
            (n, n == literal.0.len())
        }
        HirKind::Class(class) => {
            let all = match class {
                Class::Bytes(class) => class.iter().all(|r| (r.start()..=r.end()).all(token)),
                Class::Unicode(_) => false,
            };
            (usize::from(all), all)
        }
        HirKind::Capture(group) => head(&group.sub),
        HirKind::Repetition(rep) => {
            let (n, all) = head(&rep.sub);
            if all { (n * rep.min as usize, true) } else { (n.min(n * rep.min as usize), false) }
        }
        HirKind::Concat(parts) => {
            let mut sum = 0;
            for part in parts {
                let (n, all) = head(part);
                sum += n;
                if !all {
                    return (sum, false);
                }
            }
            (sum, true)
        }
        HirKind::Alternation(parts) => {
            let all: Vec<_> = parts.iter().map(head).collect();
            (all.iter().map(|(n, _)| *n).min().unwrap_or(0), all.iter().all(|(_, a)| *a))
        }
    }
}

/// Where in `literal` a word begins that is best looked for, with at least two bytes from there on. With `free` the
/// literal's own first byte begins one. Numbers are no words here.
#[must_use]
pub fn word_start(literal: &[Unit], free: bool) -> Option<usize> {
    let word = |unit: &Unit| unit.byte.is_ascii_alphanumeric() || unit.byte == b'_';
    let begins = |at: &usize| {
        // Half of the words in a log are numbers: none is looked for.
        let named = word(&literal[*at]) && !literal[*at].byte.is_ascii_digit();
        named && if *at == 0 { free } else { !word(&literal[at - 1]) }
    };
    let rare = |at: &usize| frequency(&literal[*at..literal.len().min(at + 4)]);
    let places = (0..literal.len().saturating_sub(1)).filter(begins);
    places.filter(|at| rare(at) < COMMON).min_by(|a, b| rare(a).total_cmp(&rare(b)))
}

/// How often a literal is expected in ordinary logs, as a share of all places: the product of its bytes' shares.
#[must_use]
pub fn frequency(literal: &[Unit]) -> f64 {
    literal.iter().map(|unit| share(*unit)).product()
}

/// Rough share of a byte in application logs (measured on nothing but habit: only the order matters).
#[must_use]
pub fn share(unit: Unit) -> f64 {
    let one = |byte: u8| SHARES[usize::from(byte)];
    if unit.fold == 0 { one(unit.byte) } else { one(unit.byte) + one(unit.byte & !0x20) }
}

/// By byte. A table, as a program that starts asks for thousands of them.
static SHARES: [f64; 256] = {
    let mut shares = [0.0; 256];
    let mut byte = 0;
    while byte < shares.len() {
        shares[byte] = share_of(byte as u8);
        byte += 1;
    }
    shares
};

const fn share_of(byte: u8) -> f64 {
    match byte {
        b' ' => 0.12,
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b'r' | b's' => 0.045,
        b'0' | b'1' | b'2' => 0.04,
        b'l' | b'c' | b'd' | b'p' | b'm' | b'u' | b'h' | b'g' => 0.022,
        b'3'..=b'9' | b'.' | b':' | b'-' | b'/' | b'"' => 0.02,
        b'f' | b'b' | b'v' | b'w' | b'y' | b'k' | b'=' | b',' => 0.01,
        b'A'..=b'Z' | b'_' | b'x' => 0.004,
        b'j' | b'q' | b'z' | b'[' | b']' | b'(' | b')' | b'\'' | b'\\' => 0.003,
        0x21..=0x7e => 0.001,
        _ => 0.0003,
    }
}

struct Walk {
    /// All texts that the elements since the last wide one may stand for.
    run: Vec<Literal>,
    run_back: (usize, usize),
    /// Least and most bytes between the match's start and here.
    back: (usize, usize),
    head: usize,
    free: bool,
    best: Option<(f64, Anchors)>,
}

impl Walk {
    fn visit(&mut self, hir: &Hir) {
        match hir.kind() {
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.visit(part)),
            HirKind::Capture(group) => self.visit(&group.sub),
            HirKind::Repetition(rep) if rep.min >= 1 && finite(hir).is_none() => {
                // At least one turn happens first: its text is the run's continuation, the rest is wide.
                self.visit(&rep.sub);
                self.close();
                let (least, most) = width(hir);
                let (once_least, once_most) = width(&rep.sub);
                self.advance(least.saturating_sub(once_least), most.saturating_sub(once_most));
                self.open();
            }
            _ => match finite(hir) {
                Some(texts) if self.fits(&texts) => self.extend(&texts, width(hir)),
                Some(texts) => {
                    self.close();
                    self.open();
                    self.extend(&texts, width(hir));
                }
                None => {
                    self.close();
                    if let HirKind::Alternation(parts) = hir.kind() {
                        self.branches(parts);
                    }
                    let (least, most) = width(hir);
                    self.advance(least, most);
                    self.open();
                }
            },
        }
    }

    fn fits(&self, texts: &[Literal]) -> bool {
        self.run.len() * texts.len() <= MAX_LITERALS
    }

    fn extend(&mut self, texts: &[Literal], (least, most): (usize, usize)) {
        if texts.len() > 1 {
            // What is fixed so far may do by itself, with fewer literals.
            self.judge(self.run.clone(), self.run_back);
        }
        self.run = self.run.iter().flat_map(|a| texts.iter().map(move |b| [a.as_slice(), b].concat())).collect();
        self.advance(least, most);
    }

    fn advance(&mut self, least: usize, most: usize) {
        self.back = (self.back.0.saturating_add(least), self.back.1.saturating_add(most));
    }

    fn open(&mut self) {
        self.run = vec![Vec::new()];
        self.run_back = self.back;
    }

    /// One set of anchors for all branches, if each has its own.
    fn branches(&mut self, parts: &[Hir]) {
        let all: Option<Vec<Anchors>> =
            parts.iter().map(|part| search(part, 0, false).map(|(_, anchors)| anchors)).collect();
        let Some(all) = all else { return };
        let least = all.iter().map(|a| a.back.0).min().unwrap_or(0);
        let most = all.iter().map(|a| a.back.1).max().unwrap_or(0);
        let back = (self.back.0.saturating_add(least), self.back.1.saturating_add(most));
        self.judge(all.into_iter().flat_map(|a| a.literals).collect(), back);
    }

    /// Judges the run that ends here.
    fn close(&mut self) {
        let run = std::mem::take(&mut self.run);
        self.judge(run, self.run_back);
    }

    fn judge(&mut self, mut literals: Vec<Literal>, back: (usize, usize)) {
        if literals.is_empty() || literals.iter().any(|l| l.len() < 2) || back.1 > MAX_BACK {
            return;
        }
        literals.iter_mut().for_each(|l| l.truncate(MAX_LITERAL));
        literals.sort_unstable();
        literals.dedup();
        while let Some(fewer) = shorter(&literals) {
            literals = fewer;
        }
        let tries = (back.1 - back.0 + 1) as f64;
        let free = self.free && back == (0, 0);
        let each = literals.iter().map(|l| match word_start(l, free) {
            Some(at) => frequency(&l[at..l.len().min(at + 4)]) / 5.0 + PER_WORD,
            None => frequency(l) + PER_LITERAL,
        });
        let mut cost = each.sum::<f64>() * tries.sqrt();
        if back == (0, 0) && self.head >= TOKEN_HEAD {
            // It is only looked for where a token begins, which costs next to nothing.
            cost *= 1e-6;
        }
        if self.best.as_ref().is_none_or(|(least, _)| cost < *least) {
            self.best = Some((cost, Anchors { literals, back, head: self.head }));
        }
    }
}

/// The literals without their last byte, where that is only the spelling out of a class and enough is left.
fn shorter(literals: &[Literal]) -> Option<Vec<Literal>> {
    if literals.iter().any(|l| l.len() <= 4) {
        return None;
    }
    let mut shorter: Vec<Literal> = literals.iter().map(|l| l[..l.len() - 1].to_vec()).collect();
    shorter.dedup();
    (shorter.len() * 2 <= literals.len()).then_some(shorter)
}

/// All texts that `hir` may stand for, if they are few.
fn finite(hir: &Hir) -> Option<Vec<Literal>> {
    let texts = match hir.kind() {
        HirKind::Empty => vec![Vec::new()],
        HirKind::Literal(literal) => vec![literal.0.iter().map(|b| Unit::exact(*b)).collect()],
        HirKind::Class(class) => units(class)?.into_iter().map(|unit| vec![unit]).collect(),
        HirKind::Look(_) => return None,
        HirKind::Capture(group) => finite(&group.sub)?,
        HirKind::Alternation(parts) => parts.iter().map(finite).collect::<Option<Vec<_>>>()?.concat(),
        HirKind::Concat(parts) => {
            let mut all = vec![Vec::new()];
            for part in parts {
                all = product(&all, &finite(part)?)?;
            }
            all
        }
        HirKind::Repetition(rep) => {
            let (min, max) = (rep.min, rep.max?);
            if max > 8 {
                return None;
            }
            let once = finite(&rep.sub)?;
            let mut power = vec![Vec::new()];
            let mut all: Vec<Literal> = Vec::new();
            for turn in 0..=max {
                if turn >= min {
                    all.extend(power.iter().cloned());
                }
                power = product(&power, &once)?;
            }
            all
        }
    };
    (texts.len() <= MAX_LITERALS).then_some(texts)
}

fn product(a: &[Literal], b: &[Literal]) -> Option<Vec<Literal>> {
    (a.len() * b.len() <= MAX_LITERALS * 4)
        .then(|| a.iter().flat_map(|x| b.iter().map(move |y| [x.as_slice(), y].concat())).collect())
}

/// A class of few bytes as units, where a letter in both cases is one.
fn units(class: &Class) -> Option<Vec<Unit>> {
    let bytes: Vec<u8> = match class {
        Class::Bytes(class) => class.iter().flat_map(|r| r.start()..=r.end()).take(17).collect(),
        Class::Unicode(class) => {
            if class.iter().any(|r| r.end() as u32 > 0x7f) {
                return None;
            }
            class.iter().flat_map(|r| r.start() as u8..=r.end() as u8).take(17).collect()
        }
    };
    if bytes.is_empty() || bytes.len() > 16 {
        return None;
    }
    let folded = |b: u8| b.is_ascii_alphabetic() && bytes.contains(&(b ^ 0x20));
    let mut units: Vec<Unit> = Vec::new();
    for b in &bytes {
        let unit = if folded(*b) { Unit::caseless(*b) } else { Unit::exact(*b) };
        if !units.contains(&unit) {
            units.push(unit);
        }
    }
    Some(units)
}

/// Least and most bytes a match of `hir` may have.
fn width(hir: &Hir) -> (usize, usize) {
    let properties = hir.properties();
    (properties.minimum_len().unwrap_or(0), properties.maximum_len().unwrap_or(usize::MAX / 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(pattern: &str, want: &[&str], back: (usize, usize)) {
        let hir = parse(pattern).unwrap();
        let got = anchors(&hir, true).unwrap();
        let text = |l: &Literal| l.iter().map(|u| char::from(u.byte)).collect::<String>();
        assert_eq!(
            (got.literals.iter().map(text).collect::<Vec<_>>(), got.back),
            (want.iter().map(|w| (*w).to_owned()).collect(), back),
            "{pattern}"
        );
    }

    #[test]
    fn the_rarest_fixed_text_is_found() {
        case("ghp_[A-Za-z0-9]{36,}", &["ghp_"], (0, 0));
        case("gh[pousr]_[A-Za-z0-9]{36}", &["gho_", "ghp_", "ghr_", "ghs_", "ghu_"], (0, 0));
        case("[a-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9]{60,}", &[".atlasv1."], (14, 14));
        case("(?i:sk)_live_(?P<secret>[a-z]+)", &["sk_live_"], (0, 0));
        case("[a-f0-9]{32}-us[0-9]{1,2}", &["-us"], (32, 32));
        case("(?:ab_){1,9}[0-9]+", &["ab_"], (0, 0));
    }

    #[test]
    fn no_fixed_text_no_anchor() {
        let hir = regex_syntax::parse("[0-9]{4}-?[0-9]{4}").unwrap();
        assert_eq!(anchors(&hir, true), None);
        let hir = regex_syntax::parse("[a-z]{70}xyzzy").unwrap();
        assert_eq!(anchors(&hir, true), None);
    }
}
