//! How many values were logged when, by the lines' own timestamps, in bounded memory.
//!
//! Counts are kept for spans of equal length. Where there are too many, the spans double: the picture gets coarser,
//! never wrong.

use std::collections::BTreeMap;

use crate::catalogue::Severity;

/// How many values of each severity: low, medium, high, critical.
pub(crate) type PerSeverity = [u64; 4];

/// More spans than any chart has columns.
const MOST: usize = 1024;

/// Counts over time.
#[derive(Clone, Debug)]
pub(crate) struct Timeline {
    /// Seconds of a span.
    width: i64,
    /// By the number of the span since 1970.
    spans: BTreeMap<i64, PerSeverity>,
}

/// Counts as a chart shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    /// Seconds of a column.
    pub(crate) width: i64,
    /// Each column's start and counts.
    pub(crate) columns: Vec<(i64, PerSeverity)>,
    /// Values long before or after the rest, which have no column.
    pub(crate) outside: u64,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { width: 60, spans: BTreeMap::new() }
    }
}

impl Timeline {
    /// One value more.
    pub(crate) fn add(&mut self, moment: i64, severity: Severity) {
        self.spans.entry(moment.div_euclid(self.width)).or_default()[severity as usize] += 1;
        if self.spans.len() > MOST {
            self.widen();
        }
    }

    /// Those of another one as well.
    pub(crate) fn merge(&mut self, mut other: Self) {
        while self.width < other.width {
            self.widen();
        }
        while other.width < self.width {
            other.widen();
        }
        for (span, counts) in other.spans {
            add(self.spans.entry(span).or_default(), &counts);
        }
        while self.spans.len() > MOST {
            self.widen();
        }
    }

    /// At most `most` columns without a gap.
    pub(crate) fn columns(&self, most: usize) -> Columns {
        let (mut all, outside) = self.middle();
        let length = |all: &Self| match (all.spans.keys().next(), all.spans.keys().next_back()) {
            (Some(first), Some(last)) => (last - first) as usize + 1,
            _ => 0,
        };
        while length(&all) > most.max(2) {
            all.widen();
        }
        let first = all.spans.keys().next().copied().unwrap_or(0);
        let count = |n: i64| all.spans.get(&n).copied().unwrap_or_default();
        let columns = (first..first + length(&all) as i64).map(|n| (n * all.width, count(n))).collect();
        Columns { width: all.width, columns, outside }
    }

    /// This without the first and the last hundredth, where these take most of the time: a few lines of another year
    /// would leave nothing to see of the rest. And how many values they are.
    fn middle(&self) -> (Self, u64) {
        let sum = |counts: &PerSeverity| counts.iter().sum::<u64>();
        let hundredth = self.spans.values().map(sum).sum::<u64>() / 100;
        let edge = |spans: &mut dyn Iterator<Item = (&i64, &PerSeverity)>| {
            let mut before = 0;
            let over = |(span, counts): (&i64, &PerSeverity)| {
                before += sum(counts);
                (before > hundredth).then_some(*span)
            };
            spans.filter_map(over).next()
        };
        let (first, last) = (edge(&mut self.spans.iter()), edge(&mut self.spans.iter().rev()));
        let whole = self.spans.keys().next().zip(self.spans.keys().next_back());
        match (first.zip(last), whole) {
            (Some((first, last)), Some((start, end))) if (last - first + 1) * 4 < end - start => {
                let spans: BTreeMap<i64, PerSeverity> = self.spans.range(first..=last).map(|(n, c)| (*n, *c)).collect();
                let outside = self.spans.values().map(sum).sum::<u64>() - spans.values().map(sum).sum::<u64>();
                (Self { width: self.width, spans }, outside)
            }
            _ => (self.clone(), 0),
        }
    }

    fn widen(&mut self) {
        self.width *= 2;
        for (span, counts) in std::mem::take(&mut self.spans) {
            add(self.spans.entry(span.div_euclid(2)).or_default(), &counts);
        }
    }
}

fn add(to: &mut PerSeverity, counts: &PerSeverity) {
    to.iter_mut().zip(counts).for_each(|(to, n)| *to += n);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_when_spans_double() {
        let (mut one, mut two) = (Timeline::default(), Timeline::default());
        for n in 0..5000 {
            one.add(n * 61, Severity::High);
            two.add(n * 3600, Severity::Low);
        }
        one.merge(two);
        assert!(one.spans.len() <= MOST);
        let Columns { width, columns, outside } = one.columns(60);
        assert!(columns.len() <= 60 && columns.windows(2).all(|w| w[1].0 - w[0].0 == width));
        let sum = |n: usize| columns.iter().map(|(_, counts)| counts[n]).sum::<u64>();
        assert_eq!((sum(0) + sum(2) + outside, outside), (10_000, 0));
        assert_eq!(Timeline::default().columns(10).columns, []);
    }

    #[test]
    fn a_line_of_another_year_does_not_hide_the_rest() {
        let mut all = Timeline::default();
        (0..1000).for_each(|n| all.add(1_795_598_043 + n * 60, Severity::High));
        all.add(1_000_000_000, Severity::Low);
        let found = all.columns(60);
        assert!(found.outside >= 1 && found.outside < 30 && found.width < 3600, "{found:?}");
    }
}
