//! The rules that are compiled into the library.

use super::load::{self, Mistake};
use super::rule::Rule;

/// Every built-in rule file: name and text.
pub const FILES: &[(&str, &str)] = &[
    ("ai.toml", include_str!("../../patterns/ai.toml")),
    ("chat.toml", include_str!("../../patterns/chat.toml")),
    ("mail.toml", include_str!("../../patterns/mail.toml")),
    ("packages-ci.toml", include_str!("../../patterns/packages-ci.toml")),
    ("payment.toml", include_str!("../../patterns/payment.toml")),
    ("personal.toml", include_str!("../../patterns/personal.toml")),
    ("saas.toml", include_str!("../../patterns/saas.toml")),
    ("source-hosting.toml", include_str!("../../patterns/source-hosting.toml")),
    ("values.toml", include_str!("../../patterns/values.toml")),
];

/// All built-in rules.
///
/// # Errors
/// None in a build that passed its tests, which read every file.
pub fn rules() -> Result<Vec<Rule>, Vec<Mistake>> {
    let mut all = Vec::new();
    for (name, text) in FILES {
        all.extend(load::rules(name, text)?);
    }
    Ok(all)
}
