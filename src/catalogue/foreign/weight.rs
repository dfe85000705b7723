//! How large a pattern would be when compiled, told from its text alone: compiling hundreds to find out takes too long.

use regex_syntax::hir::{Class, Hir, HirKind};

/// About so many states a pattern has.
pub(super) fn states(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len() as u64,
        HirKind::Class(Class::Bytes(_)) => 1,
        HirKind::Class(Class::Unicode(class)) => 1 + 4 * class.ranges().len() as u64,
        HirKind::Capture(group) => states(&group.sub).saturating_add(2),
        HirKind::Repetition(rep) => {
            let turns = u64::from(rep.max.unwrap_or_else(|| rep.min.saturating_add(1)).max(1));
            states(&rep.sub).saturating_add(1).saturating_mul(turns)
        }
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().fold(1, |sum: u64, part| sum.saturating_add(states(part)))
        }
    }
}

/// Whether the pattern can go over the ends of lines on its way: it repeats what a newline is, too, next to nearly
/// everything else.
pub(super) fn spans_lines(hir: &Hir) -> bool {
    let any = |class: &Class| match class {
        Class::Bytes(class) => {
            let count: usize = class.iter().map(|r| usize::from(r.end() - r.start()) + 1).sum();
            count >= 256
        }
        Class::Unicode(class) => class.iter().any(|r| r.start() == '\0' && r.end() == char::MAX),
    };
    match hir.kind() {
        HirKind::Repetition(rep) => match rep.sub.kind() {
            HirKind::Class(class) => rep.max.is_none_or(|n| n > 1) && any(class),
            _ => spans_lines(&rep.sub),
        },
        HirKind::Capture(group) => spans_lines(&group.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(spans_lines),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_multiply() {
        let states = |pattern: &str| states(&crate::catalogue::literal::parse(pattern).unwrap());
        assert!(states("ab[0-9]{3}") < 20);
        assert!(states("((a{100}){100}){100}") > 1_000_000);
    }

    #[test]
    fn what_goes_over_lines_is_seen() {
        let over = |pattern: &str| spans_lines(&crate::catalogue::literal::parse(pattern).unwrap());
        assert!(over(r"a(?s:.){0,9}b") && over(r"a(?:.|[\r\n])*b"));
        assert!(!over(r"a\s*b[^x]c.*"));
    }
}
