//! `{{KIND:N}}` in a rule's examples: N made-up characters, always the same for a rule.
//!
//! So that no file of ours holds a string that looks like a live key.

use super::rule::Rule;
use crate::span::Span;

/// An example with its placeholders filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The line, without `«` and `»`.
    pub text: String,
    /// What stood between `«` and `»`.
    pub secrets: Vec<Span>,
}

/// The rule's examples, or what is wrong with one of them.
///
/// # Errors
/// A placeholder of unknown kind, or a `«` without its `»`.
pub fn examples(rule: &Rule) -> Result<Vec<Example>, String> {
    rule.examples.iter().enumerate().map(|(i, line)| marked(&fill(&rule.id, i, line)?)).collect()
}

/// The rule's near misses, or what is wrong with one of them.
///
/// # Errors
/// A placeholder of unknown kind.
pub fn near_misses(rule: &Rule) -> Result<Vec<String>, String> {
    rule.near_misses.iter().enumerate().map(|(i, line)| fill(&rule.id, i + 100, line)).collect()
}

fn marked(line: &str) -> Result<Example, String> {
    let mut example = Example { text: String::with_capacity(line.len()), secrets: Vec::new() };
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('«') {
        let Some((secret, behind)) = after.split_once('»') else {
            return Err(format!("example {line:?}: « without »"));
        };
        example.text.push_str(before);
        let start = example.text.len();
        example.text.push_str(secret);
        example.secrets.push(Span::new(start, example.text.len()));
        rest = behind;
    }
    example.text.push_str(rest);
    Ok(example)
}

fn fill(id: &str, index: usize, line: &str) -> Result<String, String> {
    let mut random =
        SplitMix(id.bytes().fold(index as u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3)));
    let mut out = String::with_capacity(line.len() * 2);
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((inside, behind)) = after.split_once("}}") else {
            return Err(format!("{line:?}: {{{{ without }}}}"));
        };
        let made =
            inside.split_once(':').and_then(|(kind, count)| Some((alphabet(kind)?, count.parse::<usize>().ok()?)));
        match made {
            Some((alphabet, count)) => out.extend((0..count).map(|_| char::from(random.pick(alphabet)))),
            None => return Err(format!("{line:?}: {{{{{inside}}}}} is no placeholder such as {{{{alnum:36}}}}")),
        }
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

fn alphabet(kind: &str) -> Option<&'static [u8]> {
    Some(match kind {
        "hex" => b"0123456789abcdef",
        "HEX" => b"0123456789ABCDEF",
        "digit" => b"0123456789",
        "lower" => b"abcdefghijklmnopqrstuvwxyz",
        "upper" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "letter" => b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "alnum" => b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "lalnum" => b"0123456789abcdefghijklmnopqrstuvwxyz",
        "ualnum" => b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "b64" => b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/",
        "b64url" => b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_",
        "base32" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        _ => return None,
    })
}

/// Sebastiano Vigna's `SplitMix64`: all that a made-up example needs of randomness.
struct SplitMix(u64);

impl SplitMix {
    fn pick(&mut self, from: &[u8]) -> u8 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        from[((z ^ (z >> 31)) % from.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_placeholders_are_taken_out() {
        let line = fill("some-rule", 0, "key «ab_{{hex:8}}» and {{digit:3}}").unwrap();
        let example = marked(&line).unwrap();
        assert_eq!(example.text.len(), "key ab_01234567 and 012".len());
        assert_eq!(example.secrets, [Span::new(4, 15)]);
        assert_eq!(line, fill("some-rule", 0, "key «ab_{{hex:8}}» and {{digit:3}}").unwrap());
    }

    #[test]
    fn mistakes_are_named() {
        assert!(marked("«open").is_err());
        assert!(fill("r", 0, "{{word:3}}").is_err());
        assert!(fill("r", 0, "{{hex:3").is_err());
    }
}
