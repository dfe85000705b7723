//! Plain lists of texts that have to go: one a line, as many as need be.

use std::sync::Arc;

use super::load::Mistake;
use super::rule::{Kind, Origin, Rule, plain};

/// Shorter ones stand in innocent words all over a log.
const LEAST: usize = 4;
/// Longest literal, in bytes.
const MOST: usize = 4096;
/// Most literals of a file.
const COUNT: usize = 50_000;

/// The rule of a list: every literal, wherever it stands. Empty lines and those that begin with `#` are none.
///
/// # Errors
/// Every line that cannot be a literal, and lists without any.
pub fn rule(file: &str, text: &str) -> Result<Rule, Vec<Mistake>> {
    let place = |line: usize| Origin { file: file.to_owned().into(), line };
    let (mut all, mut wrong): (Vec<Box<[u8]>>, Vec<Mistake>) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(text.lines()) {
        // The text itself is told to nobody: it is a secret.
        let what = match line.trim_end_matches('\r') {
            "" => continue,
            line if line.starts_with('#') => continue,
            line if line.len() < LEAST => format!("the literal has less than {LEAST} bytes"),
            line if line.len() > MOST => format!("the literal has more than {MOST} bytes"),
            line => {
                all.push(line.as_bytes().into());
                continue;
            }
        };
        wrong.push(Mistake { origin: place(number), what });
    }
    all.sort_unstable();
    all.dedup();
    if all.len() > COUNT {
        wrong.push(Mistake { origin: place(1), what: format!("{} literals; {COUNT} is the most", all.len()) });
    }
    if all.is_empty() && wrong.is_empty() {
        wrong.push(Mistake { origin: place(1), what: "no literal; write one a line".to_owned() });
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let stem = std::path::Path::new(file).file_stem().and_then(|stem| stem.to_str()).unwrap_or("list");
    let (id, title) = (format!("literals:{}", plain(stem)), format!("{} literals", all.len()));
    Ok(Rule::brought(id, title, "literals".to_owned(), Kind::Literals(Arc::from(all)), place(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_literals() {
        let read = rule("dir/my list.txt", "# names\nalpha beta\r\n\n gamma\nalpha beta\n").unwrap();
        assert_eq!(read.id, "literals:my-list");
        let Kind::Literals(all) = &read.kind else { panic!() };
        assert_eq!(all.iter().map(|l| l.to_vec()).collect::<Vec<_>>(), [b" gamma".to_vec(), b"alpha beta".to_vec()]);
    }

    #[test]
    fn every_odd_line_is_named_and_never_shown() {
        let wrong = rule("l", &format!("abc\nfine\n{}\n", "x".repeat(5000))).unwrap_err();
        let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        assert_eq!(wrong, ["l:1: the literal has less than 4 bytes", "l:3: the literal has more than 4096 bytes"]);
        assert!(rule("l", "#\n").is_err());
    }
}
