//! A value on the line below its name: the text of an element, a YAML block, a quoted string or a list behind a sign
//! that ends its line.
//!
//! What is carried on is the name's class, the column it stood in and a hash of what stood before it, never a byte of
//! the text. A state lives for [`BLANKS`] blank lines and [`LINES`] lines of a block or list, so that it reaches a
//! stated distance; each line is judged by its first [`LONGEST`] bytes and by what is carried, and so the same however
//! the text was cut into blocks. A log's prefix before the name, a date for one, stands before the value too: it is
//! known again by its shape.

use super::glyph::{MARKER, glyph};
use super::innocent::{Value, plainly};
use super::judge::small_number;
use super::link::Join;
use super::{ident, shape};
use crate::catalogue::names::Class;
use crate::detect::check::words;
use crate::detect::text::contains;
use crate::span::{Confidence, Span};

/// So many blank lines may stand between a name and its value.
const BLANKS: u8 = 1;
/// A block or a list is followed for so many lines.
const LINES: u8 = 64;
/// A longer line holds no such value.
const LONGEST: usize = 4096;
/// A longer prefix is not known again.
const PREFIX: usize = 256;

/// A name whose value is yet to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Below {
    class: Class,
    kind: Kind,
    /// What the text before the name looks like; `None` where there is none but blanks.
    prefix: Option<Outline>,
    /// Blanks before the name, behind the prefix.
    indent: usize,
    lines: u8,
    blanks: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `<name>` ended the line.
    Element,
    /// A sign did.
    Sign,
    /// `|` or `>` did, as YAML has them; `taken` once its first line went.
    Block { taken: bool },
    /// `[` did.
    List,
    /// The name itself did.
    Bare,
    /// `name: NAME` did, or another way to say that the next line has its value: so many lines may stand between.
    Pair { left: u8 },
}

/// What stands before the name in a pair of lines, less quotes and blanks, in small letters.
const NAMED: &[&str] = &["name:", "key:", "name\":", "key\":", "variable", "<name>", "<key>"];
/// What stands before the value.
const VALUED: &[&str] = &["value:", "\"value\":", "default =", "<value>", "<string>"];
/// What may stand behind the name.
const CLOSED: &[&[u8]] = &[b"", b"\"", b"\",", b"'", b"',", b"\" {", b"</name>", b"</key>"];

impl Below {
    /// What the name at `name` of `line` leaves to the next line, if the line ends at `at`, behind the sign, or in an
    /// opening of a value.
    pub(super) fn open(line: &[u8], name: Span, class: Class, at: usize, join: Option<Join>) -> Option<Self> {
        if matches!(class, Class::Excluded | Class::Authorization | Class::Cookies) {
            return None;
        }
        let rest = line.get(at..)?.trim_ascii();
        let kind = match (join, rest) {
            (Some(Join::Markup), b"") => Kind::Element,
            (Some(Join::Sign { .. }), b"" | b"(" | b"\\") => Kind::Sign,
            (Some(Join::Sign { .. }), b"[") => Kind::List,
            (Some(Join::Sign { colon: true, .. }), [b'|' | b'>', rest @ ..]) if rest.len() < 3 => {
                let sign = |b: &u8| matches!(b, b'-' | b'+' | b'0'..=b'9');
                rest.iter().all(sign).then_some(Kind::Block { taken: false })?
            }
            (None, b"") if class != Class::Weak => Kind::Bare,
            _ => return None,
        };
        let before = &line[..name.start];
        let opens = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'<' | b'"' | b'\'' | b'-');
        let own = before.iter().rev().take_while(|b| opens(b)).count();
        // A value is no name: `token_type=bearer`.
        if kind == Kind::Bare && own == 0 && !before.is_empty() {
            return None;
        }
        let prefix = before.len() - own;
        // Other tags are no prefix of a log.
        let tag = |pair: &[u8]| pair[0] == b'<' && pair[1].is_ascii_alphabetic();
        let prefix = if kind == Kind::Element { before.windows(2).position(tag).unwrap_or(prefix) } else { prefix };
        let prefix = before[..prefix].trim_ascii_end().len();
        // What a pass before has taken out of a prefix makes unlike ones alike.
        if prefix > PREFIX || contains(before, MARKER) {
            return None;
        }
        let indent = before[prefix..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        let prefix = (prefix > 0).then(|| Outline::of(&before[..prefix]));
        Some(Self { class, kind, prefix, indent, lines: 0, blanks: 0 })
    }

    /// The same where the line says that it holds the name of a pair: `- name: DB_PASSWORD`, `"key": "password",`.
    pub(super) fn pair(line: &[u8], name: Span, class: Class) -> Option<Self> {
        let rest = line[name.end..].get(..16).unwrap_or(&line[name.end..]).trim_ascii_end();
        if !CLOSED.contains(&rest) || matches!(class, Class::Excluded | Class::Authorization | Class::Cookies) {
            return None;
        }
        let before = line[..name.start].trim_ascii_end();
        let before =
            before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before).trim_ascii_end();
        let ends = |word: &&&str| {
            let at = before.len().checked_sub(word.len());
            at.is_some_and(|at| before[at..].eq_ignore_ascii_case(word.as_bytes()))
        };
        let label = NAMED.iter().find(ends)?;
        let before = &before[..before.len() - label.len()];
        let own = before.iter().rev().take_while(|b| matches!(b, b' ' | b'\t' | b'-' | b'"' | b'{')).count();
        let prefix = before[..before.len() - own].trim_ascii_end();
        if prefix.len() > PREFIX || contains(prefix, MARKER) {
            return None;
        }
        let outline = (!prefix.is_empty()).then(|| Outline::of(prefix));
        Some(Self { class, kind: Kind::Pair { left: 2 }, prefix: outline, indent: 0, lines: 0, blanks: 0 })
    }

    /// The next line: adds what of it goes, and says what is still to come.
    pub(crate) fn follow(mut self, line: &[u8], out: &mut dyn FnMut(Span, Confidence)) -> Option<Self> {
        if line.len() > LONGEST {
            return None;
        }
        let content = self.content(line)?;
        let text = &line[content.range()];
        if text.is_empty() {
            self.blanks += 1;
            return (self.blanks <= BLANKS && self.kind != Kind::Bare).then_some(self);
        }
        self.lines += 1;
        let site = Site { line, class: self.class };
        match self.kind {
            Kind::Element => site.element(content, out),
            Kind::Sign => site.string(content, self.indented(line, content), out),
            Kind::Bare => site.bare(content, out),
            Kind::Pair { left } => {
                let nested = matches!(text.last(), Some(b':' | b'{' | b'['));
                let more = !site.valued(content, out) && !nested && left > 0;
                self.kind = Kind::Pair { left: left.saturating_sub(1) };
                return more.then_some(self);
            }
            Kind::List => {
                let open = site.item(content, out) && self.lines < LINES;
                return open.then_some(self);
            }
            Kind::Block { taken } => {
                let goes = self.indented(line, content) && self.lines < LINES && (taken || site.block(content));
                if goes {
                    out(content, Confidence::Medium);
                    self.kind = Kind::Block { taken: true };
                }
                return goes.then_some(self);
            }
        }
        None
    }

    /// The line without its blanks and the log's prefix; `None` where it has none and should.
    fn content(&self, line: &[u8]) -> Option<Span> {
        let known = self.prefix.and_then(|prefix| prefix.end(line));
        // A token may begin as the prefix does: `Your` and `Zxc2...`.
        let border = |end: &usize| !line.get(*end).is_some_and(u8::is_ascii_alphanumeric);
        let known = known.filter(|end| border(end) && !contains(&line[..*end], MARKER));
        let from = match (known, self.prefix) {
            (Some(end), _) => end,
            (None, None) => 0,
            (None, Some(_)) if self.kind == Kind::Bare || line.first().is_none_or(u8::is_ascii_whitespace) => 0,
            _ => return None,
        };
        let text = &line[from..];
        let start = from + (text.len() - text.trim_ascii_start().len());
        Some(Span::new(start, (start).max(from + text.trim_ascii_end().len())))
    }

    fn indented(&self, line: &[u8], content: Span) -> bool {
        let blanks = line[..content.start].iter().rev().take_while(|b| b.is_ascii_whitespace()).count();
        blanks > self.indent
    }
}

/// A line in which a value of a name of this class may stand.
struct Site<'l> {
    line: &'l [u8],
    class: Class,
}

impl Site<'_> {
    /// The text of an element, with or without the closing tag behind it.
    fn element(&self, content: Span, out: &mut dyn FnMut(Span, Confidence)) {
        let text = &self.line[content.range()];
        let len = text.iter().position(|b| *b == b'<').unwrap_or(text.len());
        let span = Span::new(content.start, content.start + text[..len].trim_ascii_end().len());
        if span.is_empty() {
            return;
        }
        match self.quotes(span) {
            Some(inner) if self.goes(inner, true) => out(inner, Confidence::Medium),
            Some(_) => {}
            None if self.goes(span, true) && !self.line[span.range()].contains(&b' ') => out(span, Confidence::Medium),
            None => {}
        }
    }

    /// A quoted string that has its line to itself but for what closes it; bare, a token in a deeper column.
    fn string(&self, content: Span, indented: bool, out: &mut dyn FnMut(Span, Confidence)) {
        match self.quotes(content) {
            Some(inner) if self.goes(inner, true) => out(inner, Confidence::Medium),
            Some(_) => {}
            None if indented => self.bare(content, out),
            None => {}
        }
    }

    /// `value: x`; says whether it was one.
    fn valued(&self, content: Span, out: &mut dyn FnMut(Span, Confidence)) -> bool {
        let text = &self.line[content.range()];
        let begins = |label: &&&str| text.get(..label.len()).is_some_and(|t| t.eq_ignore_ascii_case(label.as_bytes()));
        let Some(label) = VALUED.iter().find(begins) else { return false };
        let rest = &text[label.len()..];
        let start = content.start + label.len() + (rest.len() - rest.trim_ascii_start().len());
        let tag = label.starts_with('<');
        let len = self.line[start..content.end].iter().position(|b| tag && *b == b'<');
        let span = Span::new(start, len.map_or(content.end, |len| start + len));
        match self.quotes(span) {
            Some(inner) if self.goes(inner, true) => out(inner, Confidence::Medium),
            Some(_) => {}
            None if !span.is_empty() && !self.line[span.range()].contains(&b' ') && self.goes(span, tag) => {
                out(span, Confidence::Medium);
            }
            None => {}
        }
        true
    }

    /// One token and nothing else.
    fn bare(&self, content: Span, out: &mut dyn FnMut(Span, Confidence)) {
        let text = &self.line[content.range()];
        let ends = text.len() - text.iter().rev().take_while(|b| matches!(b, b',' | b';')).count();
        let text = &text[..ends];
        let signs = |b: &u8| b.is_ascii_alphanumeric() || b"_-.+/=~".contains(b);
        if text.iter().all(signs) && (shape::free_token(text) || shape::uuid(text)) && !named(text) {
            let span = Span::new(content.start, content.start + ends);
            if self.goes(span, false) {
                out(span, Confidence::Low);
            }
        }
    }

    /// An element of a list; says whether the list may go on.
    fn item(&self, content: Span, out: &mut dyn FnMut(Span, Confidence)) -> bool {
        let text = &self.line[content.range()];
        let dash = text.starts_with(b"- ");
        let skip = if dash { 2 + (text[2..].len() - text[2..].trim_ascii_start().len()) } else { 0 };
        let content = Span::new(content.start + skip, content.end);
        let Some(inner) = self.quotes(content) else { return self.is_bare(content) };
        if self.goes(inner, true) {
            out(inner, Confidence::Medium);
        }
        true
    }

    /// A number or a word of JSON, which may get quotes in a pass before this one.
    fn is_bare(&self, content: Span) -> bool {
        let text = &self.line[content.range()];
        text.iter().all(|b| b.is_ascii_digit() || b"+-.eE,truefalsn ".contains(b))
    }

    /// The first line of a block.
    fn block(&self, content: Span) -> bool {
        let text = &self.line[content.range()];
        !text.contains(&b' ') && !text.ends_with(b":") && self.goes(content, true)
    }

    /// What stands between the quotes of a string that has `span` to itself, but for what closes it.
    fn quotes(&self, span: Span) -> Option<Span> {
        let text = &self.line[span.range()];
        let skip = text.iter().take(2).take_while(|b| b"bBrRuUfFL@".contains(b)).count();
        let quote = glyph(self.line, span.start + skip).filter(|g| g.is_quote() && g.is_plain())?;
        let inner = span.start + skip + 1;
        let body = &self.line[inner..span.end];
        let closing = |b: &u8| matches!(b, b',' | b';' | b')' | b']' | b'}' | b'+' | b'\\' | b' ');
        let end = body.len() - body.iter().rev().take_while(|b| closing(b)).count();
        let body = body[..end].strip_suffix(&[quote.byte])?;
        let escaped = body.iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1;
        // Two strings, or a pair.
        let more = body.iter().enumerate().any(|(i, b)| *b == quote.byte && (i == 0 || body[i - 1] != b'\\'));
        (!escaped && !more).then(|| Span::new(inner, inner + body.len()))
    }

    fn goes(&self, span: Span, quoted: bool) -> bool {
        let text = &self.line[span.range()];
        let join = Join::Sign { colon: true, loose: false };
        let value = Value { text, quoted, join, behind: &self.line[span.end..] };
        if text.is_empty() || contains(text, MARKER) || plainly(&value) {
            return false;
        }
        match self.class {
            Class::Password => !text.contains(&b' ') || !words::plain(text),
            Class::Weak => shape::token(text) || shape::uuid(text),
            _ => !(text.contains(&b' ') || small_number(text) || (text.len() <= 16 && words::plain(text))),
        }
    }
}

/// `name:` or `name=`, the next pair.
fn named(text: &[u8]) -> bool {
    let len = ident::ahead(text, 0);
    matches!(text.get(len), Some(b':' | b'=')) && text.get(len + 1).is_some_and(|b| *b != b'=')
}

/// What a text looks like: a hash of its bytes, where digits, letters and blanks count as such, and runs of them once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Outline {
    units: u16,
    hash: u64,
}

impl Outline {
    const EMPTY: Self = Self { units: 0, hash: 0xcbf2_9ce4_8422_2325 };

    fn of(text: &[u8]) -> Self {
        text.iter().fold((Self::EMPTY, 0), |(outline, last), byte| outline.with(*byte, last)).0
    }

    /// Where the beginning of `line` ends that looks the same.
    fn end(self, line: &[u8]) -> Option<usize> {
        let (mut seen, mut last) = (Self::EMPTY, 0);
        for (at, byte) in line.iter().enumerate() {
            let next = seen.with(*byte, last);
            if next.0.units > self.units {
                return (seen == self).then_some(at);
            }
            (seen, last) = next;
        }
        (seen == self).then_some(line.len())
    }

    /// With one more byte behind a byte of the kind `last`; says also what kind it is of.
    fn with(self, byte: u8, last: u8) -> (Self, u8) {
        let kind = match byte {
            b'0'..=b'9' => b'0',
            b'\t' => b' ',
            byte if byte.is_ascii_alphabetic() => b'a',
            byte => byte,
        };
        if kind == last && matches!(kind, b'0' | b'a' | b' ') {
            return (self, kind);
        }
        let hash = (self.hash ^ u64::from(kind)).wrapping_mul(0x0100_0000_01b3);
        (Self { units: self.units.saturating_add(1), hash }, kind)
    }
}

#[cfg(test)]
mod tests {
    use crate::detect::trial;

    fn case(marked: &str) {
        trial::case("named-value", marked);
    }

    #[test]
    fn the_text_of_an_element_goes() {
        case("<fooToken>\n    «aB3dE6gH9»\n</fooToken>");
        case("<password>\r\n«open sesame 12»</password>\r\n".replace(" sesame 12", "sesame12").as_str());
        case("Jan 02 host app: <fooToken>\nFeb 13 host app:     «aB3dE6gH9»\nMar 14 host app: </fooToken>");
        case("<a><secret>\n«aB3dE6gH9»\n");
        case("<134>Mar  4 05:06:07 web-3 app[7]: <fooToken>\n<6>Mar 14 5:06:07 web-3 app[2210]:   «aB3dE6gH9»\n");
        case("<passwords>\n  <entry>x</entry>\n</passwords>");
        case("<token>\n  ${TOKEN}\n</token>");
        case("Jan 02 host app: <fooToken>\nother-line-altogether\n");
    }

    #[test]
    fn blocks_and_strings_go() {
        case("password: |\n  «hunter2»\nuser: alice\n");
        case("a:\n  secret: >-\n    «aB3dE6gH9»\n    «iJ2kL5mN8»\n  user: alice\n");
        case("{\n  \"api_key\":\n    \"«aB3dE6gH9»\",\n  \"n\": 1\n}");
        case("const token =\n  '«aB3dE6gH9»';\n");
        case("\"passwords\": [\n  \"«hunter2»\",\n  \"«hunter3»\"\n],\n\"names\": [\n  \"alice\"\n]");
        case("# the client password\n«aB3dE6gH9aB3dE6gH9kL»\n");
        case("Your token\n«ZXC2JK3HV4TY5UIO6PLK»\nYour API key\r\n«ZXC2JK3HV4TY5UIO6PLK»\r\n");
        case("the primary key\nZXC2JK3HV4TY5UIO6PLK\nkey\nZXC2JK3HV4TY5UIO6PLK\nthe access key\nis missing\n");
        case("secret:\n  name: foo\n  key_ref: bar\n");
        case("token:\nnext line\n");
        case("the token\nwas refreshed\n");
        case("description: |\n  hunter2\n");
    }

    #[test]
    fn the_value_of_a_pair_goes() {
        case("- name: DB_PASSWORD\n  value: «hunter2»\n- name: X\n  value: y\n");
        case("{\n  \"name\": \"DB_PASSWORD\",\n  \"type\": \"String\",\n  \"value\": \"«hunter2»\"\n}");
        case("variable \"db_password\" {\n  default = \"«hunter2»\"\n}");
        case("<name>fs.secret.key</name>\n<value>«a1b2c3d4e5f6a7b8»</value>");
        case("Jan 02 host app: - name: DB_PASSWORD\nFeb 13 host app:   value: «hunter2»");
        case("- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      value: x\n");
        case("- name: DB_PASSWORD\n  value: $(OTHER)\n");
        case("- name: PATH\n  value: hunter2\n");
        case("- name: password\n  in: query\n  required: true\n  schema: x\n  value: hunter2\n");
    }

    #[test]
    fn the_reach_is_bounded() {
        case("token:\n\n\n  \"aB3dE6gH9\"\n");
        let lines = (0..100).map(|i| if i < 63 { format!("  «x{i}»\n") } else { format!("  x{i}\n") });
        case(&format!("secret: |\n{}", lines.collect::<String>()));
    }
}
