//! Russia, Ukraine.

use super::{digit, number, weighted};

/// Russian SNILS. Source: decree 192p of the pension fund.
pub(crate) fn ru_snils(text: &[u8]) -> bool {
    let check = weighted(text, &[9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101 % 100;
    number(text, 0, 9) > 1_001_998 && u64::from(check) == number(text, 9, 2)
}

/// Russian INN of ten or twelve digits. Source: Federal Tax Service, order MMV-7-6/435.
pub(crate) fn ru_inn(text: &[u8]) -> bool {
    let check = |weights: &[u32]| weighted(text, weights) % 11 % 10;
    match text.len() {
        10 => check(&[2, 4, 10, 3, 5, 9, 4, 6, 8]) == digit(text, 9) && number(text, 0, 10) > 0,
        12 => {
            check(&[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == digit(text, 10)
                && check(&[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == digit(text, 11)
                && number(text, 0, 12) > 0
        }
        _ => false,
    }
}

/// Ukrainian taxpayer number (RNOKPP). Source: State Tax Service; the weights as in python-stdnum's description.
pub(crate) fn ua_rnokpp(text: &[u8]) -> bool {
    // The first weight is -1, which is 10 modulo 11.
    number(text, 0, 10) > 0 && weighted(text, &[10, 5, 7, 9, 4, 6, 10, 5, 7]) % 11 % 10 == digit(text, 9)
}
