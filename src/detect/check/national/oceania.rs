//! Australia, New Zealand.

use super::{digit, number, weighted};

/// Australian tax file number. Source: Australian Taxation Office, "TFN algorithm".
pub(crate) fn au_tfn(text: &[u8]) -> bool {
    number(text, 0, 9) > 0 && weighted(text, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11)
}

/// Australian Medicare card number. Source: Services Australia, "Medicare card number check digit".
pub(crate) fn au_medicare(text: &[u8]) -> bool {
    (2..=6).contains(&digit(text, 0)) && weighted(text, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == digit(text, 8)
}

/// Australian business number: 1 is taken from the first digit. Source: Australian Business Register, "Format of the ABN".
pub(crate) fn au_abn(text: &[u8]) -> bool {
    let sum = weighted(text, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    digit(text, 0) > 0 && sum >= 10 && (sum - 10).is_multiple_of(89)
}

/// Australian company number. Source: ASIC, "Australian Company Number digit check".
pub(crate) fn au_acn(text: &[u8]) -> bool {
    number(text, 0, 9) > 0 && (weighted(text, &[8, 7, 6, 5, 4, 3, 2, 1]) + digit(text, 8)).is_multiple_of(10)
}

/// New Zealand IRD number, eight or nine digits. Source: Inland Revenue, "Resident withholding tax specification".
pub(crate) fn nz_ird(text: &[u8]) -> bool {
    let all = number(text, 0, 9);
    let nine = format!("{all:09}");
    let check = |weights: &[u32]| (11 - weighted(nine.as_bytes(), weights) % 11) % 11;
    let first = check(&[3, 2, 7, 6, 5, 4, 3, 2]);
    let check = if first == 10 { check(&[7, 4, 3, 2, 5, 2, 7, 6]) } else { first };
    (10_000_000..150_000_000).contains(&all) && check == digit(nine.as_bytes(), 8)
}
