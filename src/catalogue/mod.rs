//! Rules as data: what they are, how they are read, which of them are on.
//!
//! Nothing here searches a log. A rule's pattern is text until `detect` compiles it.

pub mod allow;
pub mod builtin;
pub mod foreign;
pub mod ident;
mod index;
pub mod lines;
pub mod literal;
pub mod literals;
pub mod load;
pub mod names;
pub mod near;
pub mod placeholder;
pub mod rule;
pub mod select;
pub mod vendors;
mod words;

pub use ident::Ident;
pub use load::Mistake;
pub use rule::{Boundary, Check, Detector, Kind, Origin, Profile, Rule, Severity};
