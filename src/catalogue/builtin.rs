//! The rules that are compiled into the library.

use super::load::{self, Mistake};
use super::rule::Rule;

/// Every built-in rule file: name and text.
pub const FILES: &[(&str, &str)] = &[
    ("personal.toml", include_str!("../../patterns/personal.toml")),
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
