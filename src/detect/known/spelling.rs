//! How one character of a known secret may be spelt in a log.
//!
//! Encoders differ in which characters they escape, not in how an escaped one looks. So a secret is not compared with a
//! list of its encodings but character by character, each in any spelling: as it is, `%24`, `\u0024`, `\x24`, `\044`,
//! `&#36;`, behind backslashes and so on. That holds for encoders nobody has thought of, and for half-encoded text.
//! Letters and digits are spelt as they are: what spells them otherwise spells everything so (hexadecimal, base64),
//! which has forms of its own.

use std::ops::Range;

use crate::catalogue::literal::{Literal, Unit};
use crate::detect::text::hex_digits;

/// JSON in JSON in JSON has seven backslashes before a quote; one more for good measure.
const SLASHES: u8 = 8;
/// Bytes of the longest spelling behind its backslashes, `ud83d\\ude00`.
const LONGEST: usize = 16;
/// Bytes of a character of UTF-8 at the most.
pub(super) const WIDEST: usize = 4;

/// One way to spell a character or a byte: backslashes, then a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spelling {
    /// So many backslashes stand before the text, at least and at most.
    slashes: (u8, u8),
    text: [u8; LONGEST],
    len: u8,
    /// Upper or lower case does not matter, as in `%2f`.
    caseless: bool,
    /// So many bytes of the secret it stands for.
    pub(super) takes: usize,
}

/// How a spelling fits the beginning of a text.
pub(super) struct Fit {
    /// It takes so many bytes; any of them.
    pub(super) whole: Range<usize>,
    /// The text ends before it does.
    pub(super) cut: bool,
}

impl Spelling {
    /// `None` for a text that is too long to be one.
    fn new(slashes: (u8, u8), parts: &[&[u8]], caseless: bool, takes: usize) -> Option<Self> {
        let mut text = [0; LONGEST];
        let mut len = 0;
        for byte in parts.iter().copied().flatten() {
            *text.get_mut(len)? = *byte;
            len += 1;
        }
        Some(Self { slashes, text, len: len as u8, caseless, takes })
    }

    fn text(&self) -> &[u8] {
        &self.text[..usize::from(self.len)]
    }

    fn same(&self, text: &[u8], mine: &[u8]) -> bool {
        if self.caseless { text.eq_ignore_ascii_case(mine) } else { text == mine }
    }

    /// How `text` begins with it.
    pub(super) fn begins(&self, text: &[u8]) -> Fit {
        let (least, most) = (usize::from(self.slashes.0), usize::from(self.slashes.1));
        let slashes = text.iter().take(most).take_while(|b| **b == b'\\').count();
        let (rest, mine) = (&text[slashes..], self.text());
        let common = mine.len().min(rest.len());
        let fits = self.same(&rest[..common], &mine[..common]);
        let cut = fits && (common < mine.len() || rest.is_empty() && slashes < most);
        let whole = match slashes {
            _ if !fits || common < mine.len() || slashes < least => 0..0,
            _ if mine.is_empty() => least..slashes + 1,
            _ => slashes + common..slashes + common + 1,
        };
        Fit { whole, cut }
    }

    /// The numbers of bytes that it takes at the end of `text`: one for each number of backslashes.
    pub(super) fn ends(&self, text: &[u8]) -> impl Iterator<Item = usize> + use<> {
        let (least, most) = (usize::from(self.slashes.0), usize::from(self.slashes.1));
        let len = self.text().len();
        let before = text.len().checked_sub(len).filter(|at| self.same(&text[*at..], self.text()));
        let found = before.map(|at| text[..at].iter().rev().take(most).take_while(|b| **b == b'\\').count());
        found.into_iter().flat_map(move |found| (least..=found).map(move |slashes| slashes + len))
    }

    /// Needles, one of which ends wherever this ends; they have one byte where it is spelt by itself.
    pub(super) fn needles(&self) -> impl Iterator<Item = Literal> {
        let unit = |b: &u8| if self.caseless { Unit::caseless(*b) } else { Unit::exact(*b) };
        let bare: Literal = self.text().iter().map(unit).collect();
        let slashed: Literal = std::iter::once(Unit::exact(b'\\')).chain(bare.iter().copied()).collect();
        let (least, most) = self.slashes;
        [(least == 0).then_some(bare), (most > 0).then_some(slashed)].into_iter().flatten()
    }
}

/// Calls `each` with every spelling of what begins at `at` of `secret`. With `base64`, that is a text of base64.
pub(super) fn spellings(secret: &[u8], at: usize, base64: bool, each: &mut dyn FnMut(Spelling)) {
    let byte = secret[at];
    let mut say = |spelling: Option<Spelling>| {
        if let Some(spelling) = spelling {
            each(spelling);
        }
    };
    of_byte(byte, &mut say);
    match byte {
        b'+' if base64 => of_byte(b'-', &mut say),
        b'/' if base64 => of_byte(b'_', &mut say),
        0x80.. => of_char(&secret[at..], &mut say),
        _ => {}
    }
}

/// Whether a byte has no spelling but itself.
pub(super) const fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn of_byte(byte: u8, say: &mut dyn FnMut(Option<Spelling>)) {
    let escape = (1, SLASHES);
    let literal = match byte {
        // A backslash is nothing but backslashes.
        b'\\' => Spelling::new(escape, &[], false, 1),
        _ if plain(byte) || byte >= 0x80 || byte.is_ascii_control() => Spelling::new((0, 0), &[&[byte]], false, 1),
        _ => Spelling::new((0, SLASHES), &[&[byte]], false, 1),
    };
    say(literal);
    if plain(byte) {
        return;
    }
    let hex = hex_digits(byte);
    say(Spelling::new(escape, &[b"x", &hex], true, 1));
    say(Spelling::new((0, 0), &[b"%", &hex], true, 1));
    say(Spelling::new((0, 0), &[b"%25", &hex], true, 1));
    let octal = [b'0' + (byte >> 6), b'0' + (byte >> 3 & 7), b'0' + (byte & 7)];
    say(Spelling::new(escape, &[&octal], false, 1));
    let short: &[u8] = match byte {
        b'\n' => b"n",
        b'\r' => b"r",
        b'\t' => b"t",
        0x0c => b"f",
        0x08 => b"b",
        0x0b => b"v",
        0x07 => b"a",
        0x1b => b"e",
        0 => b"0",
        _ => b"",
    };
    if !short.is_empty() {
        say(Spelling::new(escape, &[short], false, 1));
    }
    let more: &[&[u8]] = match byte {
        b' ' => &[b"+"],
        // Shells, SQL and what JSON makes of a shell's.
        b'\'' => &[b"'\\''", b"'\\\\''", b"'\"'\"'", b"'\\\"'\\\"'", b"''", b"&apos;", b"&amp;apos;"],
        b'"' => &[b"\"\"", b"&quot;", b"&amp;quot;"],
        b'<' => &[b"&lt;", b"&amp;lt;"],
        b'>' => &[b"&gt;", b"&amp;gt;"],
        b'&' => &[b"&amp;", b"&amp;amp;"],
        b'%' => &[b"%%"],
        _ => &[],
    };
    more.iter().for_each(|text| say(Spelling::new((0, 0), &[text], false, 1)));
    if byte < 0x80 {
        of_code(u32::from(byte), 1, say);
    }
}

/// A character of more than one byte, if one begins here.
fn of_char(text: &[u8], say: &mut dyn FnMut(Option<Spelling>)) {
    let head = &text[..text.len().min(WIDEST)];
    let valid = std::str::from_utf8(head).unwrap_or_else(|error| {
        let upto = error.valid_up_to();
        std::str::from_utf8(&head[..upto]).unwrap_or_default()
    });
    if let Some(c) = valid.chars().next() {
        of_code(u32::from(c), c.len_utf8(), say);
    }
}

/// The spellings by number.
fn of_code(code: u32, takes: usize, say: &mut dyn FnMut(Option<Spelling>)) {
    let escape = (1, SLASHES);
    let (four, eight, shortest) = (format!("u{code:04x}"), format!("U{code:08x}"), format!("{code:x}"));
    if code > 0xffff {
        let low = (code - 0x1_0000) & 0x3ff;
        let high = (code - 0x1_0000) >> 10;
        let (high, low) = (format!("u{:04x}", 0xd800 + high), format!("u{:04x}", 0xdc00 + low));
        for (slashes, between) in [(1, &b"\\"[..]), (2, b"\\\\"), (4, b"\\\\\\\\")] {
            say(Spelling::new((slashes, slashes), &[high.as_bytes(), between, low.as_bytes()], true, takes));
        }
    } else {
        say(Spelling::new(escape, &[four.as_bytes()], true, takes));
    }
    say(Spelling::new(escape, &[eight.as_bytes()], true, takes));
    say(Spelling::new(escape, &[b"u{", shortest.as_bytes(), b"}"], true, takes));
    if (0x80..0x100).contains(&code) {
        say(Spelling::new(escape, &[b"x", shortest.as_bytes()], true, takes));
    }
    for and in [&b"&#"[..], b"&amp;#"] {
        for number in [format!("{code};"), format!("0{code};"), format!("x{shortest};"), format!("x0{shortest};")] {
            say(Spelling::new((0, 0), &[and, number.as_bytes()], true, takes));
        }
    }
}
