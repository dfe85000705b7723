//! The circumstances a value was found in, and the weaknesses (CWE) that follow from them.
//!
//! A rule knows what a value is; only the place says which weakness its being there is. A union over all places of a
//! value is kept, so a set of flags.

use crate::catalogue::Rule;

/// A set of circumstances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Situation(u8);

impl Situation {
    /// Inside of a traceback or the body of an error.
    pub(crate) const ERROR: Self = Self(1);
    /// On a line of level debug or trace.
    pub(crate) const DEBUG: Self = Self(1 << 1);
    /// In a URL: its query, or its user and password.
    pub(crate) const URL: Self = Self(1 << 2);
    /// In a stored file, in clear.
    pub(crate) const STORED: Self = Self(1 << 3);
    /// Others than owner and group may read the file.
    pub(crate) const EXPOSED: Self = Self(1 << 4);
    /// The file is source or configuration, no log.
    pub(crate) const SOURCE: Self = Self(1 << 5);

    /// Both sets together.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is in it.
    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Whether a rule finds personal data, not a credential.
pub(crate) fn is_personal(rule: &Rule) -> bool {
    rule.group == "personal" || rule.cwe.contains(&359)
}

/// The weaknesses of a value of `rule` found so: numbers of the Common Weakness Enumeration, the leading one first.
pub(crate) fn weaknesses(rule: &Rule, situation: Situation) -> Vec<u32> {
    // https://cwe.mitre.org/data/definitions/532.html and the pages of the other numbers.
    let source = situation.has(Situation::SOURCE);
    let kind = if is_personal(rule) { 359 } else { 522 };
    let mut all = vec![if source { 540 } else { 532 }, kind];
    let more = [
        (Situation::ERROR, 209),
        (Situation::DEBUG, 215),
        (Situation::STORED, 312),
        (Situation::EXPOSED, 538),
        (Situation::URL, 598),
    ];
    all.extend(more.into_iter().filter(|(flag, _)| situation.has(*flag)).map(|(_, cwe)| cwe));
    for cwe in rule.cwe.iter().copied().filter(|cwe| *cwe != 532) {
        if !all.contains(&cwe) {
            all.push(cwe);
        }
    }
    all
}

/// What a weakness is called.
pub(crate) const fn weakness_name(cwe: u32) -> &'static str {
    match cwe {
        209 => "Generation of Error Message Containing Sensitive Information",
        215 => "Insertion of Sensitive Information Into Debugging Code",
        261 => "Weak Encoding for Password",
        312 => "Cleartext Storage of Sensitive Information",
        321 => "Use of Hard-coded Cryptographic Key",
        359 => "Exposure of Private Personal Information to an Unauthorized Actor",
        522 => "Insufficiently Protected Credentials",
        532 => "Insertion of Sensitive Information into Log File",
        538 => "Insertion of Sensitive Information into Externally-Accessible File or Directory",
        540 => "Inclusion of Sensitive Information in Source Code",
        598 => "Use of GET Request Method With Sensitive Query Strings",
        798 => "Use of Hard-coded Credentials",
        _ => "",
    }
}

/// What to do about a value: its own remedy first, then the place's.
pub(crate) fn remedy(rule: &Rule, situation: Situation) -> String {
    let mut out = String::from(rule.fix.trim());
    let mut say = |words: &str| {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(words);
    };
    if rule.fix.is_empty() {
        say(if is_personal(rule) { "Find out who could read it." } else { "Replace it with a new one." });
    }
    if situation.has(Situation::SOURCE) {
        say("Move it out of the file into a secret store, and out of the version history.");
        return out;
    }
    say(match situation {
        s if s.has(Situation::URL) => "Send it in a header or a body instead of the URL, which every hop logs.",
        s if s.has(Situation::ERROR) => "Keep it out of error messages, where the traceback shows the line.",
        s if s.has(Situation::DEBUG) => "Take it out of the debug output, or lower the log level.",
        _ => "Stop logging it, or put inkout behind the program that does.",
    });
    if situation.has(Situation::STORED) {
        say("Clean the stored copy with `inkout clean`.");
    }
    if situation.has(Situation::EXPOSED) {
        say("Take the others' right to read the file away: chmod o-r.");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_says_which_weakness_it_is() {
        let redactor = crate::Redactor::builder().build().unwrap();
        let rule = |id: &str| redactor.rules().iter().find(|rule| rule.id == id).unwrap();
        let cases = [
            ("email", Situation::default(), vec![532, 359]),
            ("named-value", Situation::STORED.and(Situation::DEBUG), vec![532, 522, 215, 312]),
            ("named-value", Situation::SOURCE.and(Situation::STORED), vec![540, 522, 312]),
            ("jwt", Situation::ERROR.and(Situation::URL).and(Situation::EXPOSED), vec![532, 522, 209, 538, 598]),
            ("private-key", Situation::default(), vec![532, 522, 321]),
        ];
        for (id, situation, want) in cases {
            assert_eq!(weaknesses(rule(id), situation), want, "{id}");
        }
    }

    #[test]
    fn every_weakness_of_the_catalogue_has_a_name() {
        let redactor = crate::Redactor::builder().profile(crate::catalogue::Profile::Strict).build().unwrap();
        for rule in redactor.rules() {
            rule.cwe.iter().for_each(|cwe| assert_ne!(weakness_name(*cwe), "", "{} of {}", cwe, rule.id));
        }
    }
}
