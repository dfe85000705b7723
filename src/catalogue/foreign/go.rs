//! Patterns in the syntax of Go's `regexp` (RE2) as patterns of ours.
//!
//! The two differ in little: braces and brackets that Go takes as they stand, `\Q..\E`, and `\<`. Classes, `\b` and
//! case are those of ASCII, as RE2 has `\w`, `\d`, `\s` and `\b`.

use regex_syntax::hir::Hir;

use crate::catalogue::literal;

/// `source` in our syntax, and whether its classes have to be those of Unicode.
///
/// # Errors
/// Why it cannot be read: what Go's syntax does not have either, or what is too odd.
pub(super) fn translate(source: &str) -> Result<(String, bool), String> {
    let ours = Translator { rest: source, out: String::with_capacity(source.len() + 8) }.all()?;
    match parse(&ours, false) {
        Ok(_) => Ok((ours, false)),
        Err(what) if what.contains("Unicode") => parse(&ours, true).map(|_| (ours, true)),
        Err(what) => Err(what),
    }
}

/// A translated pattern, parsed.
pub(super) fn parse(pattern: &str, unicode: bool) -> Result<Hir, String> {
    if !unicode {
        return literal::parse(pattern);
    }
    let mut parser = regex_syntax::ParserBuilder::new();
    parser.unicode(true).utf8(false).nest_limit(50).build().parse(pattern).map_err(|_| "pattern: cannot be read".into())
}

struct Translator<'s> {
    rest: &'s str,
    out: String,
}

impl Translator<'_> {
    fn all(mut self) -> Result<String, String> {
        while let Some(c) = self.next() {
            match c {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '{' if !self.counts() => self.out.push_str("\\{"),
                _ => self.out.push(c),
            }
        }
        Ok(self.out)
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    /// Whether what follows a brace makes it a repetition: `3}`, `3,}` or `3,5}`.
    fn counts(&self) -> bool {
        let Some((inner, _)) = self.rest.split_once('}') else { return false };
        let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        match inner.split_once(',') {
            None => number(inner),
            Some((least, most)) => number(least) && (most.is_empty() || number(most)),
        }
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.next() {
            Some('Q') => {
                let (text, behind) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
                self.out.push_str(&regex_syntax::escape(text));
                self.rest = behind;
            }
            // To us these are the edges of words.
            Some(c @ ('<' | '>')) => self.out.push(c),
            Some('C') => return Err("pattern: \\C, a single byte, is not supported".to_owned()),
            Some(c) => self.out.extend(['\\', c]),
            None => return Err("pattern: it ends in a lone backslash".to_owned()),
        }
        Ok(())
    }

    /// The inside of a class, where Go knows no sets in sets and no operations on them.
    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        for (first, ours) in [('^', "^"), (']', "\\]")] {
            if let Some(rest) = self.rest.strip_prefix(first) {
                self.out.push_str(ours);
                self.rest = rest;
            }
        }
        while let Some(c) = self.next() {
            match c {
                ']' => {
                    self.out.push(']');
                    return Ok(());
                }
                '\\' => self.escape()?,
                '[' if self.rest.starts_with(':') && self.rest.contains(":]") => {
                    let (name, behind) = self.rest.split_once(":]").unwrap_or((self.rest, ""));
                    self.out.extend(["[", name, ":]"]);
                    self.rest = behind;
                }
                '[' | '&' | '~' => self.out.extend(['\\', c]),
                '-' if self.rest.starts_with('-') => {
                    self.next();
                    self.out.push_str("-\\-");
                }
                _ => self.out.push(c),
            }
        }
        Err("pattern: a class is not closed".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(go: &str, ours: &str) {
        assert_eq!(translate(go).unwrap(), (ours.to_owned(), false), "{go}");
    }

    #[test]
    fn what_go_takes_as_it_stands_is_escaped() {
        case(r"^\${(?:[A-Z]+)}$", r"^\$\{(?:[A-Z]+)}$");
        case(r"a{2}b{3,}c{4,5}d{x}{,2}", r"a{2}b{3,}c{4,5}d\{x}\{,2}");
        case(r"[^[\]&&a~]", r"[^\[\]\&\&a\~]");
        case(r"[]a][[:alpha:]-]", r"[\]a][[:alpha:]-]");
        case(r"[+--]", r"[+-\-]");
        case(r"\Qa.b\E\<\>", r"a\.b<>");
    }

    #[test]
    fn what_neither_has_is_named() {
        for go in ["(?=a)b", "(?<!a)b", r"(a)\1", "a(", "[a", r"\C", "a\\"] {
            assert!(translate(go).unwrap_err().starts_with("pattern: "), "{go}");
        }
        assert!(translate(r"\pL{3}ab").unwrap().1);
    }
}
