//! Names in one list and their values in another: `user, password = "a", "b"`, `INSERT INTO t (user, password) VALUES
//! ('a', 'b')`.
//!
//! A value belongs to the name at the same place. Both lists have to be plain ones, and of one length where no brackets
//! hold them, since in a call's arguments `user, password = "a", "b"` means something else. Every walk is bounded, and a
//! list of columns is walked once, at the first of its sensitive names.

use super::glyph::{Form, glyph, skip_blanks};
use super::ident::is_part;
use super::link::{Join, Link};
use super::{Memo, extent};
use crate::catalogue::names::{Class, Key, Names};
use crate::span::Span;

/// More names than this are not assigned at once.
const TUPLE: usize = 8;
/// The names of a tuple reach so far, in bytes, and so do its values.
const REACH: usize = 512;
/// The columns of a table reach so far.
const COLUMNS: usize = 2048;
/// A longer value ends the list ...
const VALUE: usize = 4096;
/// ... and so does one with more than this outside of quotes.
const BARE: usize = 256;

/// A value, and the name that stands at its place.
pub(super) struct Cell {
    pub(super) name: Span,
    pub(super) class: Class,
    pub(super) link: Link,
    pub(super) value: Span,
}

/// What ends a list of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Nothing that values stand behind.
    Other,
    /// `=` or `:=`, with the values from here on.
    Sign(usize),
    /// `) VALUES (`, with the bracket here.
    Values(usize),
}

/// A run of bytes that names in a list may have, so far as it was looked at, and what ends it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    end: usize,
    ending: Ending,
}

impl Default for Run {
    fn default() -> Self {
        Self { end: 0, ending: Ending::Other }
    }
}

impl Run {
    /// What ends the list that the name at `name` stands in, if it may stand in one.
    pub(super) fn ending(&mut self, line: &[u8], name: Span) -> Ending {
        let quote = glyph(line, name.end).filter(|g| g.is_quote() || g.byte == b']').map_or(0, |g| g.len);
        let listed = matches!(line.get(name.end + quote), Some(b',' | b')')) || line[..name.start].ends_with(b", ");
        if !listed {
            return Ending::Other;
        }
        if name.end >= self.end {
            let reach = line.len().min(name.end + COLUMNS);
            self.end = name.end + line[name.end..reach].iter().take_while(|b| in_list(**b)).count();
            self.ending = ends(line, self.end);
        }
        self.ending
    }
}

/// What a list of names is followed by that ends at `end`.
fn ends(line: &[u8], end: usize) -> Ending {
    match line.get(end) {
        Some(b'=') if line.get(end + 1) != Some(&b'=') => Ending::Sign(end + 1),
        Some(b':') if line.get(end + 1) == Some(&b'=') => Ending::Sign(end + 2),
        Some(b')') => {
            let word = skip_blanks(line, end + 1);
            let values = line.get(word..word + 6).is_some_and(|w| w.eq_ignore_ascii_case(b"values"));
            let at = skip_blanks(line, word + 6);
            if values && line.get(at) == Some(&b'(') { Ending::Values(at) } else { Ending::Other }
        }
        _ => Ending::Other,
    }
}

/// The value of the name at `name`, which several names get at once: `user, password := "a", "b"`. The values begin
/// at `values`.
pub(super) fn tuple(line: &[u8], name: Span, class: Class, values: usize, memo: &mut Memo) -> Option<Cell> {
    let (mut end, mut behind) = (name.end, 0);
    while let Some(next) = next_name(line, end) {
        (end, behind) = (next, behind + 1);
        if behind > TUPLE || end > name.end + REACH {
            return None;
        }
    }
    // Go's type may stand behind the last: `const a, b string = "x", "y"`.
    let kind = line.get(end..values)?.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b' ' | b':' | b'='));
    let before = names_before(line, name.start)?;
    let count = before + 1 + behind;
    if !kind || !(2..=TUPLE).contains(&count) {
        return None;
    }
    let mut values = Values { line: &line[..line.len().min(values + REACH)], at: values, open: true };
    let mut found = None;
    let mut total = 0;
    while let Some(value) = values.next(memo) {
        if total == before {
            found = value;
        }
        total += 1;
    }
    let (link, value) = found.filter(|_| total == count)?;
    Some(Cell { name, class, link, value })
}

/// Where the name behind `, ` at `at` ends.
fn next_name(line: &[u8], at: usize) -> Option<usize> {
    let rest = line.get(at..)?.strip_prefix(b", ")?;
    let len = rest.iter().take(64).take_while(|b| is_part(**b)).count();
    (len > 0).then_some(at + 2 + len)
}

/// How many names with `, ` behind them stand before `at`; `None` where they are arguments.
fn names_before(line: &[u8], at: usize) -> Option<usize> {
    let (mut start, mut count) = (at, 0);
    while let Some(text) = line[..start].strip_suffix(b", ") {
        let len = text.iter().rev().take(64).take_while(|b| is_part(**b)).count();
        start = text.len() - len;
        count += 1;
        if len == 0 || count > TUPLE {
            return None;
        }
    }
    matches!(line[..start].last(), None | Some(b' ' | b'\t' | b'n' | b't' | b';' | b'"')).then_some(count)
}

/// Gives `out` all that stands in the columns with sensitive names, where the name at `name` is one in the list of an
/// `INSERT` whose values begin at `values`; says whether it is such a list.
pub(super) fn insert(
    line: &[u8],
    (name, values): (Span, usize),
    names: &Names,
    memo: &mut Memo,
    out: &mut impl FnMut(Cell),
) -> bool {
    let len = line[..name.start].iter().rev().take(COLUMNS).take_while(|b| in_list(**b)).count();
    let start = name.start - len;
    if line[..start].last() != Some(&b'(') {
        return false;
    }
    let columns = columns(line, Span::new(start, memo.list.end), names);
    let mut at = values;
    while line.get(at) == Some(&b'(') {
        let mut values = Values { line, at: at + 1, open: true };
        let mut place = 0;
        while let Some(value) = values.next(memo) {
            if let Some((_, name, class)) = columns.iter().find(|(column, ..)| *column == place)
                && let Some((link, value)) = value
            {
                out(Cell { name: *name, class: *class, link, value });
            }
            place += 1;
        }
        if line.get(values.at) != Some(&b')') {
            break;
        }
        at = skip_blanks(line, values.at + 1);
        at = skip_blanks(line, at + usize::from(line.get(at) == Some(&b',')));
    }
    memo.upto = memo.upto.max(memo.list.end);
    true
}

const fn in_list(byte: u8) -> bool {
    is_part(byte) || matches!(byte, b',' | b' ' | b'\t' | b'"' | b'`' | b'\\' | b'[' | b']')
}

/// The columns with sensitive names: their places, the names and what these say.
fn columns(line: &[u8], list: Span, names: &Names) -> Vec<(usize, Span, Class)> {
    let mut at = list.start;
    let mut found = Vec::new();
    for (place, column) in line[list.range()].split(|b| *b == b',').enumerate() {
        let skip = column.iter().take_while(|b| !is_part(**b)).count();
        let len = column[skip..].iter().take_while(|b| is_part(**b)).count();
        let name = Span::new(at + skip, at + skip + len);
        at += column.len() + 1;
        if let Some(class) = names.best(&Key::new(&line[name.range()])).filter(|class| *class != Class::Excluded) {
            found.push((place, name, class));
        }
    }
    found
}

/// Values with commas between.
struct Values<'l> {
    line: &'l [u8],
    at: usize,
    /// A comma stood behind the last one.
    open: bool,
}

impl Values<'_> {
    /// The next value; a quoted one, by itself or in a call such as `MD5('x')`, with its span.
    fn next(&mut self, memo: &mut Memo) -> Option<Option<(Link, Span)>> {
        if !std::mem::take(&mut self.open) {
            return None;
        }
        let mut at = skip_blanks(self.line, self.at);
        let (mut depth, mut bare, mut quoted) = (0usize, 0, None);
        let mut begins = true;
        loop {
            // Behind a quoted value the list goes on with a comma or not at all.
            let done = depth == 0 && quoted.is_some();
            if !done && let Some(link) = self.opened(at, begins) {
                let span = self.string(&link, memo)?;
                at = span.end + link.quote.map_or(0, |g| g.len);
                (quoted, begins) = (quoted.or(Some((link, span))), false);
                continue;
            }
            begins = false;
            match self.line.get(at) {
                Some(b'(') => (depth, begins) = (depth + 1, true),
                Some(b')') if depth > 0 => depth -= 1,
                Some(b',') if depth == 0 => {
                    self.open = true;
                    break;
                }
                None | Some(b')' | b';') => break,
                Some(byte) if done && !byte.is_ascii_whitespace() => break,
                Some(_) => {}
            }
            (at, bare) = (at + 1, bare + 1);
            if bare > BARE {
                return None;
            }
        }
        self.at = at + usize::from(self.open);
        Some(quoted)
    }

    /// The quoted text that begins at `at`; the letter of a literal, as in `N'x'`, stands where a value begins.
    fn opened(&self, at: usize, begins: bool) -> Option<Link> {
        if !begins && !glyph(self.line, at)?.is_quote() {
            return None;
        }
        let join = Join::Sign { colon: false, loose: false };
        let link = Link::new(self.line, at, join, Form::Slashes(0), false);
        link.quote.is_some().then_some(link)
    }

    /// What stands between the quotes; SQL writes a quote twice where the text has one.
    fn string(&self, link: &Link, memo: &mut Memo) -> Option<Span> {
        let quote = link.quote?;
        let mut end = link.at;
        loop {
            let start = end;
            end = extent::quoted(self.line, start, quote, || memo.inside(self.line, start))?;
            let behind = end + quote.len;
            if end - link.at > VALUE {
                return None;
            }
            if glyph(self.line, behind) != Some(quote) || quote.byte != b'\'' {
                return Some(Span::new(link.at, end));
            }
            end = behind + quote.len;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::detect::trial;

    fn case(marked: &str) {
        trial::case("named-value", marked);
    }

    #[test]
    fn a_name_gets_the_value_at_its_place() {
        case("user, password = \"alice\", \"«hunter2»\"");
        case("password, user := \"«hunter2»\", \"alice\"");
        case("\tconst a_password, b_password string = \"«hunter2»\", '«hunter3»'");
        case("{\"m\":\"user, password = \\\"alice\\\", \\\"«hunter2»\\\"\",\"n\":1}");
        case("host, password, port = 'db', '«hunter2»', 5432");
    }

    #[test]
    fn a_column_gets_the_values_at_its_place() {
        case("INSERT INTO users (name, password, mail) VALUES ('bob', '«hunter2»', 'x')");
        case("insert into u(id,password) values(1,'«hunter2»'),(2,'«it''s me»'), (3, NULL)");
        case("INSERT INTO `u` (`password`, `n`, `token`) VALUES ('«hunter2»', 'password', '«a1b2c3»'); SELECT 1");
        case("{\"m\":\"INSERT INTO \\\"u\\\" (\\\"n\\\", \\\"password\\\") VALUES ('a', '«hunter2»')\",\"n\":1}");
        case("INSERT INTO u (n, password) VALUES (concat('a', 'b'), MD5('«hunter2»'))");
        case("INSERT INTO u (api_key, n) VALUES (N'«a1b2c3»', N'x') RETURNING id");
    }

    #[test]
    fn other_lists_stay() {
        for text in [
            "for user, password in users:",
            "user, password = credentials()",
            "user, password = login(\"alice\", \"b1c2d3\")",
            "password, err := read(\"b1c2d3\", \"x\")",
            "INSERT INTO u (name, password) VALUES (?, ?), ($1, $2)",
            "INSERT INTO u (name, password_hint) VALUES ('bob', 'first pet')",
            "INSERT INTO u (name, password) VALUES ('bob', NULL)",
            "columns (name, password) values are missing",
            "user, password, and token, are required = 'x'",
        ] {
            case(text);
        }
    }
}
