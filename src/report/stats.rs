//! The counts of a run as text or JSON.

use std::fmt::Write;

use super::{INTERNAL, UNFINISHED};

/// Counts at one moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stats {
    /// Bytes read.
    pub(crate) bytes_in: u64,
    /// Bytes written.
    pub(crate) bytes_out: u64,
    /// Newlines in what was written; `None` where nobody asked for them.
    pub(crate) lines: Option<u64>,
    /// Rules that hit, with how often.
    pub(crate) rules: Vec<(String, u64)>,
    /// Entries of the allowlist that let something pass, with how often.
    pub(crate) allowed: Vec<(String, u64)>,
    /// Lines blacked out because the matcher failed.
    pub(crate) internal_errors: u64,
    /// Lines that were cut off by a signal and blacked out from there.
    pub(crate) unfinished_lines: u64,
    /// Since the start.
    pub(crate) seconds: f64,
}

impl Stats {
    fn hits(&self) -> u64 {
        self.rules.iter().map(|(_, count)| count).sum()
    }

    /// Lines for a person: the totals, then the rules, the busiest first.
    pub(crate) fn text(&self) -> String {
        let mut rules: Vec<(&str, u64)> = self.rules.iter().map(|(id, count)| (id.as_str(), *count)).collect();
        let others = [(INTERNAL, self.internal_errors), (UNFINISHED, self.unfinished_lines)];
        rules.extend(others.into_iter().filter(|(_, count)| *count > 0));
        rules.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let lines = self.lines.map_or_else(String::new, |lines| format!("{lines} lines, "));
        let mut out = format!(
            "inkout: {} bytes in, {} bytes out, {lines}{} hits, {:.2} s\n",
            self.bytes_in,
            self.bytes_out,
            self.hits(),
            self.seconds
        );
        for (id, count) in rules {
            let _ = writeln!(out, "inkout: {count:>8}  {id}");
        }
        for (name, count) in &self.allowed {
            let _ = writeln!(out, "inkout: {count:>8}  allowed by {name}");
        }
        out
    }

    /// One line of JSON.
    pub(crate) fn json(&self) -> String {
        let rules: serde_json::Map<String, serde_json::Value> =
            self.rules.iter().map(|(id, count)| (id.clone(), (*count).into())).collect();
        let allowed: serde_json::Map<String, serde_json::Value> =
            self.allowed.iter().map(|(name, count)| (name.clone(), (*count).into())).collect();
        let all = serde_json::json!({
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "lines": self.lines,
            "hits": self.hits(),
            "internal_errors": self.internal_errors,
            "unfinished_lines": self.unfinished_lines,
            "seconds": self.seconds,
            "rules": rules,
            "allowed": allowed,
        });
        format!("{all}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let stats = Stats {
            bytes_in: 10,
            bytes_out: 8,
            lines: Some(2),
            rules: vec![("a-b".to_owned(), 1), ("c-d".to_owned(), 3)],
            allowed: vec![("c.toml:3 (why)".to_owned(), 2)],
            internal_errors: 1,
            unfinished_lines: 0,
            seconds: 0.5,
        };
        assert_eq!(
            stats.text(),
            "inkout: 10 bytes in, 8 bytes out, 2 lines, 4 hits, 0.50 s\n\
             inkout:        3  c-d\ninkout:        1  a-b\ninkout:        1  internal-error\n\
             inkout:        2  allowed by c.toml:3 (why)\n"
        );
        let json: serde_json::Value = serde_json::from_str(&stats.json()).unwrap();
        assert_eq!(json["hits"], 4);
        assert_eq!(json["rules"]["c-d"], 3);
    }
}
