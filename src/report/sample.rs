//! Made-up rules and findings for the tests of the reports.

use super::fingerprint::Fingerprint;
use super::{Finding, Place, Scanned, Situation};
use crate::catalogue::{Boundary, Kind, Origin, Profile, Rule, Severity};
use crate::{Confidence, RuleId};

/// A rule of this severity.
pub(super) fn rule(id: &str, severity: Severity) -> Rule {
    Rule {
        id: id.to_owned().into(),
        title: format!("The <title> & \"kind\" of {id}").into(),
        group: "test".into(),
        severity,
        profile: Profile::Standard,
        kind: Kind::Pattern("x".into()),
        boundary: Boundary::Token,
        checks: Vec::new().into(),
        near: crate::catalogue::near::Near::default(),
        cwe: vec![532, 798].into(),
        fix: "Revoke it, then rotate.".into(),
        reference: "https://example.com/".into(),
        examples: Vec::new().into(),
        near_misses: Vec::new().into(),
        origin: Origin::default(),
    }
}

/// A text with one finding of the rule at `index`, whose value is number `n`.
pub(super) fn scanned(index: usize, confidence: Confidence, n: u64) -> Scanned {
    let mut print = [0; 16];
    print[..8].copy_from_slice(&n.to_be_bytes());
    let finding = Finding {
        rule: RuleId(index as u16),
        confidence,
        situation: Situation::STORED,
        place: Place { line: 3 + n, column: 7, utf16: Some((7, 27)), offset: 40, len: 20 },
        count: 2,
        logged: Some((1_795_598_043, 1_795_598_103)),
        preview: "gh_[...]".to_owned(),
        fingerprint: Fingerprint(print),
    };
    Scanned { findings: vec![finding], bytes: 100, lines: 10, ..Scanned::default() }
}
