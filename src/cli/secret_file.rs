//! Files of secrets: one value a line, an environment file, or a flat JSON object. The name or the content tells which.

use std::collections::BTreeMap;

use crate::redact::Secret;

/// The secrets in `text`, each named by its key or its line.
///
/// # Errors
/// What in it is no value, by its place.
pub(super) fn read(file: &str, text: &str) -> Result<Vec<Secret>, Vec<String>> {
    let last = file.rsplit('/').next().unwrap_or(file);
    if text.trim_start().starts_with('{') || last.ends_with(".json") {
        json(file, text)
    } else if last.starts_with(".env") || last.ends_with(".env") || assigns(text) {
        environment(file, text)
    } else {
        Ok(lines(file, text))
    }
}

fn lines(file: &str, text: &str) -> Vec<Secret> {
    let named = text.lines().zip(1..).filter(|(line, _)| !line.is_empty());
    named.map(|(line, n)| Secret::new(format!("{file}:{n}"), line.as_bytes())).collect()
}

fn json(file: &str, text: &str) -> Result<Vec<Secret>, Vec<String>> {
    use serde_json::Value;
    // The library's own message could show a part of the text.
    let object: BTreeMap<String, Value> = serde_json::from_str(text).map_err(|error| {
        vec![format!("{file}:{}:{}: it is no JSON object of names and texts", error.line(), error.column())]
    })?;
    let mut wrong = Vec::new();
    let mut found = Vec::new();
    for (name, value) in object {
        let name = format!("{file}: {name:?}");
        match value {
            Value::String(text) => found.push(Secret::new(name, zeroize::Zeroizing::new(text).as_bytes())),
            Value::Number(number) => found.push(Secret::new(name, number.to_string().as_bytes())),
            _ => wrong.push(format!("{name}: the value is no text")),
        }
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}

/// Whether every line of `text` gives a variable a value. Base64 ends in `=`, with nothing behind it.
fn assigns(text: &str) -> bool {
    let upper = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).peekable();
    let some = lines.peek().is_some();
    let one = |line: &str| {
        let line = line.strip_prefix("export ").unwrap_or(line);
        line.split_once('=').is_some_and(|(name, value)| {
            !name.is_empty()
                && name.bytes().all(upper)
                && !matches!(value, "" | "=")
                && !name.starts_with(|c: char| c.is_ascii_digit())
        })
    };
    some && lines.all(one)
}

/// Lines of `NAME=value`, where a value in quotes may go over several.
fn environment(file: &str, text: &str) -> Result<Vec<Secret>, Vec<String>> {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    let mut rest = text;
    let mut line = 1;
    while !rest.is_empty() {
        let end = rest.find('\n').map_or(rest.len(), |n| n + 1);
        let this = rest[..end].trim();
        let mut taken = end;
        if !this.is_empty() && !this.starts_with('#') {
            match rest[..end].split_once('=') {
                Some((name, _)) => {
                    let name_end = name.len() + 1;
                    let name = name.trim().trim_start_matches("export ").trim();
                    let (value, len) = value(&rest[name_end..]);
                    taken = name_end + len;
                    found
                        .push(Secret::new(format!("{file}:{line}: {name}"), zeroize::Zeroizing::new(value).as_bytes()));
                }
                None => wrong.push(format!("{file}:{line}: it gives no variable a value")),
            }
        }
        line += rest[..taken].matches('\n').count();
        rest = &rest[taken..];
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}

/// The value that `text` begins with, and the bytes up to the end of its line.
fn value(text: &str) -> (String, usize) {
    let skip = text.len() - text.trim_start_matches([' ', '\t']).len();
    let inner = &text[skip..];
    let quote = inner.chars().next().filter(|c| matches!(c, '"' | '\''));
    let quoted = quote.and_then(|quote| {
        let (mut value, mut chars) = (String::new(), inner.char_indices().skip(1));
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' if quote == '"' => match chars.next()?.1 {
                    'n' => value.push('\n'),
                    'r' => value.push('\r'),
                    't' => value.push('\t'),
                    other => value.push(other),
                },
                _ if c == quote => return Some((value, skip + at + 1)),
                _ => value.push(c),
            }
        }
        None
    });
    let line_end = |from: usize| text[from..].find('\n').map_or(text.len(), |n| from + n + 1);
    match quoted {
        Some((value, upto)) => (value, line_end(upto)),
        None => {
            let end = line_end(0);
            let plain = text[..end].trim();
            // Only behind a blank does a comment begin.
            let value = plain.split_once(" #").map_or(plain, |(value, _)| value.trim_end());
            (value.to_owned(), end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    fn names(file: &str, text: &str) -> Vec<String> {
        read(file, text).unwrap().into_iter().map(|secret| secret.name).collect()
    }

    #[test]
    fn the_kind_of_file_is_told_by_name_or_content() {
        assert_eq!(names("f", "abc=def\nghi\n\njkl\n"), ["f:1", "f:2", "f:4"]);
        assert_eq!(names("f", "QUJDREVGRw==\n"), ["f:1"]);
        assert_eq!(names("f", "# x\nA_B=cde\nexport F=g # h\n"), ["f:2: A_B", "f:3: F"]);
        assert_eq!(names("x/.env", "a = \"b\nc\"\nd='e'\n"), ["x/.env:1: a", "x/.env:3: d"]);
        assert_eq!(names("f", " {\"a\": \"b\", \"c\": 5}"), ["f: \"a\"", "f: \"c\""]);
    }

    #[test]
    fn values_are_read_without_their_quotes() {
        for (text, want) in [
            ("abc # d", "abc"),
            ("abc#d\nx", "abc#d"),
            (" 'a b' # c", "a b"),
            ("\"a\\\"b\\nc\"", "a\"b\nc"),
            ("'a\nb'\nc", "a\nb"),
            ("\"open\nx", "\"open"),
        ] {
            assert_eq!(super::value(text).0, want, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_by_its_place_alone() {
        let wrong = read("f.json", "{\"a\": [1], \"b\": {\"zq\": 1}, \"c\": null}").unwrap_err();
        assert_eq!(wrong.len(), 3);
        assert!(!read("f.json", "{\"a\": zq}").unwrap_err().concat().contains("zq"));
        assert_eq!(read(".env", "zq\nA=b\nzq").unwrap_err().len(), 2);
    }
}
