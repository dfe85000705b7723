//! Numbers of things that belong to one person: telephones, cars, papers.

use super::{luhn, number};

/// A telephone's IMEI. Source: 3GPP TS 23.003, annex B.
pub(crate) fn imei(text: &[u8]) -> bool {
    number(text, 0, 8) > 0 && luhn(text)
}

/// A vehicle's identification number with the check digit of North America. Source: ISO 3779; 49 CFR 565.15.
pub(crate) fn vin(text: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let place = |b: &u8| match b {
        b'0'..=b'9' => Some(u32::from(b - b'0')),
        b'A'..=b'H' => Some(u32::from(b - b'A') + 1),
        b'J'..=b'N' => Some(u32::from(b - b'J') + 1),
        b'P' => Some(7),
        b'R' => Some(9),
        b'S'..=b'Z' => Some(u32::from(b - b'S') + 2),
        _ => None,
    };
    let sum = text.iter().zip(WEIGHTS).try_fold(0, |sum, (b, weight)| Some(sum + place(b)? * weight));
    vin_shape(text) && text.get(8) == sum.map(|sum| &b"0123456789X"[(sum % 11) as usize])
}

/// A vehicle's number without a look at the check digit, which Europe does not have. Source: ISO 3779.
pub(crate) fn vin_shape(text: &[u8]) -> bool {
    let letters = text.iter().filter(|b| b.is_ascii_uppercase()).count();
    text.len() == 17
        && !text.iter().any(|b| b"IOQ".contains(b))
        && letters >= 3
        && text[13..].iter().all(u8::is_ascii_digit)
}

/// The number of a passport or another paper: at least five digits.
pub(crate) fn paper(text: &[u8]) -> bool {
    text.iter().filter(|b| b.is_ascii_digit()).count() >= 5
}
