//! Which line a place in a text is on, from a list of where lines end: rule files name a line for each rule.

/// Where the lines of a text end.
#[derive(Clone, Debug)]
pub struct Newlines(Vec<usize>);

impl Newlines {
    /// Of `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    /// The line, from 1, that byte `at` is on; an end belongs to the line before it.
    #[must_use]
    pub fn of(&self, at: usize) -> usize {
        self.0.partition_point(|end| *end < at) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_counted() {
        let text = "a\n\nb c\n d";
        let lines = Newlines::new(text);
        for at in 0..=text.len() {
            assert_eq!(lines.of(at), text[..at].matches('\n').count() + 1, "{at}");
        }
    }
}
