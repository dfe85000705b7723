//! Poland, Czechia, Slovakia, Hungary, Germany, Austria, Switzerland.

use super::{digit, is_day, is_ddmmyy, mod_11_10, number, value, weighted};

/// Polish PESEL. Source: Ministry of Digital Affairs, gov.pl, "Czym jest numer PESEL".
pub(crate) fn pl_pesel(text: &[u8]) -> bool {
    is_day(number(text, 4, 2), number(text, 2, 2) % 20)
        && weighted(text, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)
}

/// Polish NIP. Source: Act on the registration of taxpayers of 13 October 1995.
pub(crate) fn pl_nip(text: &[u8]) -> bool {
    number(text, 0, 3) > 100 && weighted(text, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == digit(text, 9)
}

/// Czech and Slovak rodné číslo; those of nine digits, until 1953, have no check digit. Source: Act 133/2000 Coll.
pub(crate) fn cz_rodne_cislo(text: &[u8]) -> bool {
    let month = number(text, 2, 2);
    let month = if month > 50 { month - 50 } else { month };
    let month = if month > 20 { month - 20 } else { month };
    let check = number(text, 0, 9) % 11 % 10 == u64::from(digit(text, 9));
    is_day(number(text, 4, 2), month) && (text.len() == 9 || check)
}

/// Hungarian adóazonosító jel. Source: Act CL of 2017, annex.
pub(crate) fn hu_tax(text: &[u8]) -> bool {
    text.first() == Some(&b'8') && weighted(text, &[1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11 == digit(text, 9)
}

/// German Steuer-Identifikationsnummer. Source: Bundeszentralamt für Steuern, § 139b AO.
pub(crate) fn de_tax_id(text: &[u8]) -> bool {
    let most = (b'0'..=b'9').map(|d| text[..text.len().min(10)].iter().filter(|b| **b == d).count()).max();
    text.first() != Some(&b'0') && most.is_some_and(|most| most <= 3) && mod_11_10(text)
}

/// The sum of the digits of what weights make of digits.
fn cross_sum(digits: impl Iterator<Item = u32>, weights: &[u32]) -> u32 {
    digits.zip(weights).map(|(digit, weight)| digit * weight / 10 + digit * weight % 10).sum()
}

/// A letter as the two digits of its place in the alphabet.
fn two_digits(letter: u8) -> [u32; 2] {
    let place = value(letter).saturating_sub(9);
    [place / 10, place % 10]
}

/// German Rentenversicherungsnummer. Source: § 2 VKVV.
pub(crate) fn de_social_security(text: &[u8]) -> bool {
    let (Some(head), Some(tail), Some(letter)) = (text.get(..8), text.get(9..11), text.get(8)) else { return false };
    let digits = head.iter().map(|b| value(*b)).chain(two_digits(*letter)).chain(tail.iter().map(|b| value(*b)));
    let sum = cross_sum(digits, &[2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]);
    is_ddmmyy(text, 2) && sum % 10 == digit(text, 11)
}

/// German Krankenversichertennummer, its ten unchanging characters. Source: § 290 SGB V, GKV-Spitzenverband.
pub(crate) fn de_health_insurance(text: &[u8]) -> bool {
    let (Some(letter), Some(rest)) = (text.first(), text.get(1..9)) else { return false };
    let digits = two_digits(*letter).into_iter().chain(rest.iter().map(|b| value(*b)));
    cross_sum(digits, &[1, 2, 1, 2, 1, 2, 1, 2, 1, 2]) % 10 == digit(text, 9)
}

/// German doctor's number (LANR): six digits, a check digit, two of the speciality. Source: KBV, Richtlinie nach
/// § 75 Absatz 7 SGB V.
pub(crate) fn de_lanr(text: &[u8]) -> bool {
    number(text, 0, 6) > 0 && (weighted(text, &[4, 9, 4, 9, 4, 9]) + digit(text, 6)).is_multiple_of(10)
}

/// German identity card, nine characters and where there is one the check digit. Source: BSI TR-03105, ICAO 9303-3.
pub(crate) fn de_id_card(text: &[u8]) -> bool {
    let sum = weighted(&text[..text.len().min(9)], &[7, 3, 1, 7, 3, 1, 7, 3, 1]);
    let letters = text.first().is_some_and(|b| b"CFGHJKLMNPRTVWXYZ".contains(b))
        && text.iter().all(|b| b.is_ascii_digit() || b"CFGHJKLMNPRTVWXYZ".contains(b));
    letters
        && text.iter().filter(|b| b.is_ascii_digit()).count() >= 4
        && (text.len() == 9 || sum % 10 == digit(text, 9))
}

/// Austrian Sozialversicherungsnummer. Source: Dachverband der Sozialversicherungsträger.
pub(crate) fn at_svnr(text: &[u8]) -> bool {
    digit(text, 0) > 0 && is_ddmmyy(text, 4) && weighted(text, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 == digit(text, 3)
}

/// Swiss AHV-Nummer, an EAN-13 of the prefix 756. Source: Zentrale Ausgleichsstelle.
pub(crate) fn ch_ahv(text: &[u8]) -> bool {
    text.starts_with(b"756") && weighted(text, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_multiple_of(10)
}

/// Hungarian TAJ, of the health insurance. Source: Act XX of 1996, annex.
pub(crate) fn hu_taj(text: &[u8]) -> bool {
    number(text, 0, 9) > 0 && weighted(text, &[3, 7, 3, 7, 3, 7, 3, 7]) % 10 == digit(text, 8)
}
