//! South Africa.

use super::{digit, is_yymmdd, luhn};

/// South African identity number. Source: Department of Home Affairs, Identification Act 68 of 1997.
pub(crate) fn za_id(text: &[u8]) -> bool {
    is_yymmdd(text, 0) && digit(text, 10) <= 2 && luhn(text)
}
