//! Why a rule hit in a line, or why it did not: the same candidates and the same rules, asked one by one.
//!
//! For a person with one line at hand. It takes its time, and says nothing of the bytes but where they stand.

use super::allow::Allowed;
use super::{Engine, Learnt, Owner, What, near};
use crate::span::{Hit, RuleId, Span};

/// What became of a rule at a place of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// Where the sign stands that woke the rule.
    pub(crate) at: usize,
    pub(crate) rule: RuleId,
    pub(crate) verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It hit.
    Hit(Span),
    /// It hit what the allowlist lets pass, by entry number.
    Allowed(Span, usize),
    /// It did not, for this reason.
    No(Why),
}

/// Why not; the later, the further it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    /// No keyword stands in the line.
    Keyword,
    /// A word goes on over the match's start.
    Before,
    /// The pattern does not match.
    Pattern,
    /// A detector has found nothing.
    Detector,
    /// A word goes on over the match's end.
    Behind,
    /// A check does not hold.
    Check(&'static str),
    /// A word that it is to be near to is not there, or one that it may not be.
    Near,
    /// The rule's own allowlist, entropy or filter lets it pass.
    Let,
    /// It is less sure than is asked for.
    Unsure,
    /// It is a mark of ours.
    Mark,
}

impl Engine {
    /// What became of each rule that a sign in `line` woke, in order of place. `line` has no newline.
    pub(crate) fn explain(&self, line: &[u8]) -> Vec<Look> {
        let (mut looks, mut candidates) = (Vec::new(), Vec::new());
        self.sieve.scan(line, &mut candidates);
        let mut learnt = Learnt::default();
        learnt.next_line(line.len());
        for candidate in candidates {
            let at = candidate.at as usize;
            match candidate.what {
                What::AT => self.detectors(&[self.on.url, self.on.email], at, &mut looks),
                What::DIGITS => self.detectors(&[self.on.card, self.on.ssn], at, &mut looks),
                What::IBAN => self.detectors(&[self.on.iban], at, &mut looks),
                What::PERSONAL => {}
                What(needle) => {
                    for owner in &self.owners[usize::from(needle)] {
                        self.owner(*owner, line, at, &mut looks);
                    }
                }
            }
        }
        for index in &self.slow_foreign {
            self.owner(Owner::Foreign(*index as u16, None), line, 0, &mut looks);
        }
        for index in &self.slow {
            self.owner(Owner::Pattern { index: *index as u16, back: (0, 0) }, line, 0, &mut looks);
        }
        let hits = self.all_hits(line);
        looks.retain(|look| hits.iter().all(|hit| hit.rule != look.rule));
        looks.extend(hits.iter().map(|hit| self.hit(line, hit, &self.allowed)));
        looks.sort_by_key(|look| (look.rule, look.at));
        // The place where a rule came furthest will do.
        looks.dedup_by(|b, a| match (a.verdict, b.verdict) {
            (Verdict::No(first), Verdict::No(second)) if a.rule == b.rule => {
                if second > first {
                    *a = *b;
                }
                true
            }
            _ => a == b,
        });
        looks.sort_by_key(|look| look.at);
        looks
    }

    /// Every hit of `line`, those that pass and those that overlap as well.
    fn all_hits(&self, line: &[u8]) -> Vec<Hit> {
        let mut scratch = super::Scratch::default();
        self.raw(line, super::Carry::default(), &mut scratch);
        scratch.hits
    }

    fn hit(&self, line: &[u8], hit: &Hit, allowed: &Allowed) -> Look {
        let wishes = self.wishes();
        let verdict = match allowed.passes(line, hit) {
            Some(entry) => Verdict::Allowed(hit.span, entry),
            None if wishes.is_some_and(|wishes| hit.confidence < wishes.least) => Verdict::No(Why::Unsure),
            None if wishes.is_some_and(|wishes| wishes.marks.hold(line, hit.span)) => Verdict::No(Why::Mark),
            None => Verdict::Hit(hit.span),
        };
        Look { at: hit.span.start, rule: hit.rule, verdict }
    }

    fn detectors(&self, rules: &[Option<RuleId>], at: usize, looks: &mut Vec<Look>) {
        let no = |rule: &RuleId| Look { at, rule: *rule, verdict: Verdict::No(Why::Detector) };
        looks.extend(rules.iter().flatten().map(no));
    }

    fn owner(&self, owner: Owner, line: &[u8], at: usize, looks: &mut Vec<Look>) {
        match owner {
            Owner::Pattern { index, back } => {
                let pattern = &self.patterns[usize::from(index)];
                let starts = at.saturating_sub(usize::from(back.1))..=at.saturating_sub(usize::from(back.0));
                if let Some(why) = starts.filter_map(|start| pattern.why(line, start)).max() {
                    looks.push(Look { at, rule: pattern.rule(), verdict: Verdict::No(why) });
                }
            }
            Owner::Near { index, len } => {
                let pattern = &self.patterns[usize::from(index)];
                let word = Span::new(at, at + usize::from(len));
                let starts = near::behind(pattern, line, word);
                if let Some(why) = starts.filter_map(|start| pattern.why(line, start)).max() {
                    looks.push(Look { at, rule: pattern.rule(), verdict: Verdict::No(why) });
                }
            }
            Owner::Foreign(index, _) => {
                let (rule, why) = self.foreigners.why(index.into(), line);
                looks.push(Look { at, rule, verdict: Verdict::No(why) });
            }
            Owner::Literal(index) => self.detectors(&[self.literals.rule(index)], at, looks),
            Owner::Named(_) => self.detectors(&[self.named.rule()], at, looks),
            Owner::Scheme => self.detectors(&[self.on.scheme], at, looks),
            // Any rule may hit inside; what did, is among the hits.
            Owner::Encoded(_) => {}
            Owner::Vendor { .. } => self.detectors(&[self.on.vendor], at, looks),
            Owner::Known(_) => self.detectors(&[self.known.rule()], at, looks),
            Owner::Key => self.detectors(&[self.on.key], at, looks),
            Owner::At(_) => self.detectors(&[self.on.email], at, looks),
            Owner::Personal(rule, _) => self.detectors(&[Some(rule)], at, looks),
        }
    }
}
