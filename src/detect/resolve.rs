//! Overlapping hits into sorted, disjoint ones.

use crate::span::Hit;

/// Sorts `hits` and merges those that overlap: a merged hit covers both, and keeps the rule of the one that began
/// first, of the longer where both began together, of the surer where they are the same.
pub(crate) fn resolve(hits: &mut Vec<Hit>) {
    merge(hits, |_, _, _| ());
}

/// The same. `overlap` is told of each hit that goes up in another one: the number of that, itself, and the hit.
pub(super) fn merge(hits: &mut Vec<Hit>, mut overlap: impl FnMut(usize, &mut Hit, &Hit)) {
    if hits.len() < 2 {
        return;
    }
    hits.sort_unstable_by(|a, b| {
        let key = |h: &Hit| (h.span.start, std::cmp::Reverse(h.span.end), std::cmp::Reverse(h.confidence), h.rule);
        key(a).cmp(&key(b))
    });
    let mut kept = 0;
    for i in 1..hits.len() {
        let hit = hits[i];
        let last = &mut hits[kept];
        if hit.span.start < last.span.end {
            overlap(kept, last, &hit);
            if hit.span.end > last.span.end {
                last.span.end = hit.span.end;
            }
        } else {
            kept += 1;
            hits[kept] = hit;
        }
    }
    hits.truncate(kept + 1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::{Confidence, Quote, RuleId, Span};

    fn case(spans: &[(usize, usize)], want: &[(usize, usize)]) {
        let hit = |i: usize, s: &(usize, usize)| Hit {
            span: Span::new(s.0, s.1),
            rule: RuleId(i as u16),
            confidence: Confidence::High,
            quote: Quote::None,
        };
        let mut hits: Vec<Hit> = spans.iter().enumerate().map(|(i, s)| hit(i, s)).collect();
        resolve(&mut hits);
        assert_eq!(hits.iter().map(|h| (h.span.start, h.span.end)).collect::<Vec<_>>(), want);
    }

    #[test]
    fn overlaps_become_one_and_neighbours_stay_two() {
        case(&[], &[]);
        case(&[(5, 9), (1, 3)], &[(1, 3), (5, 9)]);
        case(&[(1, 5), (3, 9), (8, 12)], &[(1, 12)]);
        case(&[(1, 9), (3, 4), (9, 10)], &[(1, 9), (9, 10)]);
    }
}
