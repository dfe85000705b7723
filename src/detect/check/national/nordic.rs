//! Finland, Sweden, Norway, Denmark, Iceland.

use super::{digit, is_day, is_ddmmyy, luhn, number, weighted};

/// Finnish henkilötunnus. Source: Digital and Population Data Services Agency, "The personal identity code".
pub(crate) fn fi_hetu(text: &[u8]) -> bool {
    const LETTERS: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";
    // A sign of the century that is a letter counts among the characters.
    let serial = text.len().saturating_sub(4);
    let century = text.get(6..serial).is_some_and(|sign| matches!(sign, [] | [b'A'..=b'F' | b'U'..=b'Y']));
    let rest = (number(text, 0, 6) * 1000 + number(text, serial, 3)) % 31;
    century && is_ddmmyy(text, 0) && number(text, serial, 3) >= 2 && text.last() == Some(&LETTERS[rest as usize])
}

/// Swedish personnummer and samordningsnummer, ten or twelve digits. Source: Skatteverket, SKV 704.
pub(crate) fn se_personnummer(text: &[u8]) -> bool {
    let ten = &text[text.len().saturating_sub(10)..];
    let day = number(ten, 4, 2);
    let century = text.len() == 10 || matches!(text, [b'1', b'8' | b'9', ..] | [b'2', b'0', ..]);
    century && is_day(if day > 60 { day - 60 } else { day }, number(ten, 2, 2)) && luhn(ten)
}

/// Swedish organisationsnummer. Source: Skatteverket, SKV 709.
pub(crate) fn se_orgnummer(text: &[u8]) -> bool {
    digit(text, 0) > 0 && digit(text, 2) >= 2 && luhn(text)
}

/// Norwegian fødselsnummer and D-nummer. Source: Skatteetaten, "Fødselsnummer".
pub(crate) fn no_fodselsnummer(text: &[u8]) -> bool {
    let (day, month) = (number(text, 0, 2), number(text, 2, 2));
    let (day, month) = (if day > 40 { day - 40 } else { day }, if month > 80 { month - 80 } else { month });
    let month = if month > 40 { month - 40 } else { month };
    is_day(day, month)
        && weighted(text, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]).is_multiple_of(11)
        && weighted(text, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}

/// Danish CPR-nummer: numbers since 2007 have no check digit. Source: CPR-kontoret, "Personnummeret i CPR".
pub(crate) fn dk_cpr(text: &[u8]) -> bool {
    is_ddmmyy(text, 0)
}

/// Icelandic kennitala. Source: Þjóðskrá, "Kennitölur".
pub(crate) fn is_kennitala(text: &[u8]) -> bool {
    matches!(text.last(), Some(b'0' | b'8' | b'9')) && is_kennitala_digit(text)
}

/// The date and the check digit, which is the last but one.
pub(crate) fn is_kennitala_digit(text: &[u8]) -> bool {
    let day = number(text, 0, 2);
    is_day(if day > 40 { day - 40 } else { day }, number(text, 2, 2))
        && weighted(text, &[3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}
