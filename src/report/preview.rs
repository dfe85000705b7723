//! How much of a value a report may show: enough to tell which key of several it was, never enough to be of use.
//!
//! Only the issued kinds show anything: their beginning is the issuer's mark, the same for everyone. A password, a number or an
//! address shows nothing, as each of its characters narrows it down.

use crate::catalogue::{Kind, Rule};

/// A shorter value shows nothing.
const SHORT: usize = 16;
/// The most that is shown, and at most a third of the value.
const SHOWN: usize = 4;
/// Names are shown up to this length; what is longer is none.
const NAME: usize = 32;

/// `value`, found by `rule`, as a report shows it; `before` is what stands before it on its line.
pub(crate) fn preview(rule: &Rule, value: &[u8], before: &[u8]) -> String {
    const REST: &str = "[...]";
    match rule.kind {
        Kind::Pattern(_) if value.len() >= SHORT && rule.group != "personal" => {
            let most = SHOWN.min(value.len() / 3);
            let plain = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
            let shown = value.iter().take(most).take_while(plain).map(|b| char::from(*b));
            shown.chain(REST.chars()).collect()
        }
        Kind::Detector(crate::catalogue::Detector::NamedValue) => match name(before) {
            Some(name) => format!("{name}={REST}"),
            None => REST.to_owned(),
        },
        _ => REST.to_owned(),
    }
}

/// The name that ends `before`, such as `api_key` of `"api_key": "`.
fn name(before: &[u8]) -> Option<&str> {
    let sign = |b: &u8| matches!(b, b' ' | b'\t' | b'"' | b'\'' | b'\\' | b':' | b'=' | b'>');
    let end = before.iter().rposition(|b| !sign(b))? + 1;
    // A blank alone is what stands behind a scheme, such as Bearer.
    let says = |b: &u8| matches!(b, b':' | b'=' | b'>');
    if !before[end..].iter().any(says) || before.len() - end > 8 {
        return None;
    }
    let word = |b: &u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'.');
    let start = before[..end].iter().rposition(|b| !word(b)).map_or(0, |n| n + 1);
    // A digit before it might be the tail of something that is no name.
    let cut = start > 0 && before[start - 1].is_ascii_alphanumeric();
    let name = std::str::from_utf8(&before[start..end]).ok()?;
    (!cut && (2..=NAME).contains(&name.len())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_or_nothing_is_shown() {
        let redactor = crate::Redactor::builder().build().unwrap();
        let rule = |id: &str| redactor.rules().iter().find(|rule| rule.id == id).unwrap();
        let cases: &[(&str, &str, &str, &str)] = &[
            ("github-pat", "ghp_", "token ", "ghp_[...]"),
            ("named-value", "hunter2hunter2hunter2", r#"{"user":"a","api_key": ""#, "api_key=[...]"),
            ("named-value", "hunter2", "login password=", "password=[...]"),
            ("named-value", "hunter2", r#"x3f_token\": \""#, "[...]"),
            ("named-value", "hunter2", "nothing here", "[...]"),
            ("named-value", "hunter2hunter2", "Authorization: Bearer ", "[...]"),
            ("email", "ada.lovelace@example.com", "mail ", "[...]"),
            ("payment-card", "4111111111111111", "card ", "[...]"),
        ];
        for (id, value, before, want) in cases {
            let value = if *id == "github-pat" { format!("{value}{}", "a1".repeat(18)) } else { (*value).to_owned() };
            assert_eq!(preview(rule(id), value.as_bytes(), before.as_bytes()), *want, "{id} {before}");
        }
    }

    #[test]
    fn never_more_than_a_third() {
        let redactor = crate::Redactor::builder().build().unwrap();
        for rule in redactor.rules() {
            for len in [1, 8, 15, 16, 17, 40] {
                let value = "Z".repeat(len);
                let shown = preview(rule, value.as_bytes(), b"").matches('Z').count();
                assert!(shown * 3 <= len && (len >= SHORT || shown == 0), "{} {len}", rule.id);
            }
        }
    }
}
