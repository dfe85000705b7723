//! The filter expressions of betterleaks, as far as a log can honour them.
//!
//! A filter that holds lets a finding pass. It is taken apart at its outermost `||`: each part that is understood is
//! honoured, and the others are left out, by which more is redacted and never less.

use super::{Let, Target, go};

/// What of a filter is honoured, and the rest in words.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// The parts that are.
    pub(super) lets: Vec<Let>,
    /// Why others are not.
    pub(super) left_out: Vec<String>,
}

impl Filter {
    pub(super) fn parse(text: &str) -> Self {
        let mut filter = Self::default();
        match tokens(text) {
            Ok(tokens) => filter.parts(&tokens),
            Err(what) => filter.left_out.push(what),
        }
        filter
    }

    fn parts(&mut self, tokens: &[Token]) {
        // What `let` names is used by what follows it, which is then not understood.
        let body = tokens.iter().rposition(|t| *t == Token::Sign(";")).map_or(tokens, |at| &tokens[at + 1..]);
        for part in split(body) {
            let part = stripped(part);
            if split(part).len() > 1 {
                self.parts(part);
                continue;
            }
            let mut parser = Parser { tokens: part };
            match parser.any() {
                Ok(Some(found)) if parser.tokens.is_empty() => self.lets.push(found),
                Ok(None) if parser.tokens.is_empty() => self.left_out.push(PATHS.to_owned()),
                Ok(_) => self.left_out.push("a part of `filter` that is not understood is left out".to_owned()),
                Err(what) => self.left_out.push(what),
            }
        }
    }
}

/// A log's lines have no path.
pub(super) const PATHS: &str = "what is allowed by path is not: a line of a log has none";

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number(f64),
    Sign(&'static str),
}

const SIGNS: &[&str] =
    &["||", "&&", "<=", ">=", "==", "!=", "??", "<", ">", "!", "(", ")", "[", "]", ",", ";", ":", "?", "+", "-", "="];

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut rest = text.trim_start();
    let mut found = Vec::new();
    while let Some(first) = rest.chars().next() {
        let len = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '`' || first == '"' || first == '\'' {
            let (text, len) = quoted(rest, first).ok_or("`filter` has a text without an end")?;
            found.push(Token::Text(text));
            len
        } else if first.is_ascii_digit() {
            let len = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            found.push(Token::Number(rest[..len].parse().map_err(|_| "`filter` has a number that is none")?));
            len
        } else if first.is_alphabetic() || first == '_' {
            let len = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').unwrap_or(rest.len());
            found.push(Token::Word(rest[..len].trim_start_matches("filter.").to_owned()));
            len
        } else {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
            let sign = sign.ok_or_else(|| format!("`filter` has a {first:?}, which is not understood"))?;
            found.push(Token::Sign(sign));
            sign.len()
        };
        rest = rest[len..].trim_start();
    }
    Ok(found)
}

/// The text in quotes at the start of `rest`, and how long it is with them.
fn quoted(rest: &str, quote: char) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c == quote => return Some((text, at + 1)),
            '\\' if quote != '`' => match chars.next()?.1 {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'r' => text.push('\r'),
                other => text.push(other),
            },
            _ => text.push(c),
        }
    }
    None
}

/// The parts between the outermost `||`.
fn split(tokens: &[Token]) -> Vec<&[Token]> {
    let (mut depth, mut from, mut parts) = (0i32, 0, Vec::new());
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign("(" | "[") => depth += 1,
            Token::Sign(")" | "]") => depth -= 1,
            Token::Sign("||") if depth == 0 => {
                parts.push(&tokens[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&tokens[from..]);
    parts
}

/// Without the brackets around the whole.
fn stripped(tokens: &[Token]) -> &[Token] {
    let [Token::Sign("("), inner @ .., Token::Sign(")")] = tokens else { return tokens };
    let mut depth = 0i32;
    for token in inner {
        match token {
            Token::Sign("(") => depth += 1,
            Token::Sign(")") => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return tokens;
        }
    }
    inner
}

/// Reads one part; `None` is a condition that can never hold, as a log has no paths.
struct Parser<'t> {
    tokens: &'t [Token],
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Option<Let>, String> {
        let mut all = vec![self.both()?];
        while self.sign("||") {
            all.push(self.both()?);
        }
        let mut all: Vec<Let> = all.into_iter().flatten().collect();
        Ok(if all.len() > 1 { Some(Let::Any(all)) } else { all.pop() })
    }

    fn both(&mut self) -> Result<Option<Let>, String> {
        let mut all = vec![self.one()?];
        while self.sign("&&") {
            all.push(self.one()?);
        }
        let mut all: Option<Vec<Let>> = all.into_iter().collect();
        Ok(match &mut all {
            Some(one) if one.len() == 1 => one.pop(),
            _ => all.map(Let::All),
        })
    }

    fn one(&mut self) -> Result<Option<Let>, String> {
        if self.sign("!") {
            let inner = self.one()?.ok_or("a part of `filter` that turns a path's condition round is left out")?;
            return Ok(Some(Let::Not(Box::new(inner))));
        }
        if self.sign("(") {
            let inner = self.any()?;
            self.want(")")?;
            return Ok(inner);
        }
        match self.word()?.as_str() {
            "entropy" => self.entropy().map(Some),
            "matchesAny" => {
                let (of, texts) = self.arguments()?;
                let Some(of) = of else { return Ok(None) };
                let patterns = texts.iter().map(|text| go::translate(text)).collect::<Result<_, _>>()?;
                Ok(Some(Let::Matches { of, patterns }))
            }
            "containsAny" => {
                let (of, texts) = self.arguments()?;
                Ok(of.map(|of| Let::Holds { of, words: texts.iter().map(|text| text.to_lowercase()).collect() }))
            }
            other => Err(format!("the part of `filter` with {other} is left out: it is not known here")),
        }
    }

    fn entropy(&mut self) -> Result<Let, String> {
        self.want("(")?;
        let of = self.target()?.ok_or("entropy of a path")?;
        self.want(")")?;
        let equal = if self.sign("<=") { true } else { self.want("<").map(|()| false)? };
        match self.next() {
            Some(Token::Number(bits)) => Ok(Let::Entropy { of, bits, equal }),
            _ => Err("a part of `filter` with entropy is not understood".to_owned()),
        }
    }

    /// `(TARGET, ["a", "b"])`
    fn arguments(&mut self) -> Result<(Option<Target>, Vec<String>), String> {
        self.want("(")?;
        let of = self.target()?;
        self.want(",")?;
        self.want("[")?;
        let mut texts = Vec::new();
        while !self.sign("]") {
            match self.next() {
                Some(Token::Text(text)) => texts.push(text),
                _ => return Err("a part of `filter` with a list is not understood".to_owned()),
            }
            self.sign(",");
        }
        self.want(")")?;
        Ok((of, texts))
    }

    /// `finding["secret"]`, or something of `attributes`, which a log does not have.
    fn target(&mut self) -> Result<Option<Target>, String> {
        match self.tokens {
            [Token::Word(word), Token::Sign("["), Token::Text(field), Token::Sign("]"), rest @ ..]
                if word == "finding" =>
            {
                self.tokens = rest;
                match field.as_str() {
                    "secret" => Ok(Some(Target::Secret)),
                    "match" => Ok(Some(Target::Match)),
                    "line" => Ok(Some(Target::Line)),
                    other => Err(format!("the part of `filter` that looks at {other} is left out")),
                }
            }
            _ => {
                let end = self.argument_end();
                let (argument, rest) = self.tokens.split_at(end);
                let paths = argument.iter().any(|token| matches!(token, Token::Word(word) if word == "attributes"));
                self.tokens = rest;
                match argument.iter().find_map(|t| if let Token::Word(word) = t { Some(word) } else { None }) {
                    _ if paths => Ok(None),
                    Some(word) => Err(format!("the part of `filter` that looks at {word} is left out")),
                    None => Err("a part of `filter` that is not understood is left out".to_owned()),
                }
            }
        }
    }

    /// How many tokens the argument has that begins here.
    fn argument_end(&self) -> usize {
        let mut depth = 0i32;
        let ends = |token: &Token| {
            match token {
                Token::Sign("(" | "[") => depth += 1,
                Token::Sign(")" | "]") => depth -= 1,
                _ => {}
            }
            depth < 0 || (depth == 0 && *token == Token::Sign(","))
        };
        self.tokens.iter().position(ends).unwrap_or(self.tokens.len())
    }

    fn next(&mut self) -> Option<Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first.clone())
    }

    fn word(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Word(word)) => Ok(word),
            _ => Err("a part of `filter` that is not understood is left out".to_owned()),
        }
    }

    fn sign(&mut self, sign: &str) -> bool {
        let is = matches!(self.tokens.first(), Some(Token::Sign(s)) if *s == sign);
        if is {
            self.tokens = &self.tokens[1..];
        }
        is
    }

    fn want(&mut self, sign: &str) -> Result<(), String> {
        if self.sign(sign) { Ok(()) } else { Err("a part of `filter` that is not understood is left out".to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_are_understood_are_honoured() {
        let filter = Filter::parse(
            "// words\nlet x = finding[\"a\"][max(1, 2):];\n(filter.entropy(finding[\"secret\"]) <= 3.5\n\
             || luck(finding[\"secret\"])) || !matchesAny(finding[\"match\"], [`^\\d{2}`, \"b\\\\d\"])\n\
             || containsAny(x, [\"A\"]) || containsAny(finding[\"line\"], [\"Ab\",])\n\
             || matchesAny((attributes[\"path\"] ?? \"\"), [`x`])",
        );
        let want = [
            Let::Entropy { of: Target::Secret, bits: 3.5, equal: true },
            Let::Not(Box::new(Let::Matches {
                of: Target::Match,
                patterns: vec![("^\\d{2}".to_owned(), false), ("b\\d".to_owned(), false)],
            })),
            Let::Holds { of: Target::Line, words: vec!["ab".to_owned()] },
        ];
        assert_eq!(filter.lets, want, "{:?}", filter.left_out);
        assert_eq!(filter.left_out.len(), 3);
        assert!(filter.left_out[0].contains("luck") && filter.left_out[1].contains("at x"), "{filter:?}");
        assert_eq!(filter.left_out[2], PATHS);
    }

    #[test]
    fn nothing_makes_it_stumble() {
        for text in ["", "(", "a[", "entropy(", "`", "\"\\", "let", "!", "1.2.3", "entropy(x) < y", "§", "))((", "[,]"]
        {
            let _ = Filter::parse(text);
        }
    }
}
