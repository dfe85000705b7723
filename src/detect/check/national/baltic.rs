//! Estonia, Lithuania, Latvia.

use super::{digit, is_day, is_yymmdd, number, weighted};

/// Estonian isikukood and Lithuanian asmens kodas. Source: EVS 585:2007; Lithuanian law I-2237 on population registers.
pub(crate) fn ee_isikukood(text: &[u8]) -> bool {
    let first = weighted(text, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
    let second = weighted(text, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11;
    let check = if first < 10 { first } else { second % 10 };
    (1..=8).contains(&digit(text, 0)) && is_yymmdd(text, 1) && check == digit(text, 10)
}

/// Latvian personas kods: those that begin with 32 hold no date. Source: Cabinet regulation on the population register;
/// the weights as in python-stdnum's description.
pub(crate) fn lv_personas_kods(text: &[u8]) -> bool {
    let check = (1 + weighted(text, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9])) % 11 % 10;
    is_day(number(text, 0, 2), number(text, 2, 2)) && check == digit(text, 10)
}
