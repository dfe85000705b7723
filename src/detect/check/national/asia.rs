//! China, Hong Kong, Taiwan, Korea, Japan, India, Singapore, Malaysia, Thailand, Israel, Philippines.

use super::{digit, is_yymmdd, luhn, number, value, verhoeff, weighted};

/// Chinese resident identity number. Source: GB 11643-1999.
pub(crate) fn cn_resident(text: &[u8]) -> bool {
    let rest = weighted(text, &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11;
    matches!(number(text, 0, 2), 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83)
        && matches!(number(text, 6, 2), 18..=20)
        && is_yymmdd(text, 8)
        && text.last() == Some(&b"10X98765432"[rest as usize])
}

/// Hong Kong identity card. Source: Immigration Department; check digit as in its published patent description.
pub(crate) fn hk_id(text: &[u8]) -> bool {
    let letters = text.iter().take_while(|b| b.is_ascii_uppercase()).count();
    // One letter counts as if a blank, of value 36, stood before it.
    let blank = if letters == 1 { 36 * 9 } else { 0 };
    let weights = &[9, 8, 7, 6, 5, 4, 3, 2][2 - letters.min(2)..];
    let body = text.len().saturating_sub(1);
    let sum = blank + weighted(&text[..body], weights);
    let check = match text.last() {
        Some(b'A') => 10,
        Some(digit) if digit.is_ascii_digit() => value(*digit),
        _ => return false,
    };
    (1..=2).contains(&letters) && (sum + check).is_multiple_of(11)
}

/// Taiwanese national identification and resident number. Source: Ministry of the Interior, "Unified number".
pub(crate) fn tw_id(text: &[u8]) -> bool {
    const LETTERS: &[u8; 26] = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";
    let Some(place) = text.first().and_then(|b| LETTERS.iter().position(|l| l == b)) else { return false };
    let letter = place as u32 + 10;
    let sum = letter / 10 + letter % 10 * 9 + weighted(&text[1..], &[8, 7, 6, 5, 4, 3, 2, 1, 1]);
    matches!(text.get(1), Some(b'1' | b'2' | b'8' | b'9')) && sum.is_multiple_of(10)
}

/// Korean resident and foreigner registration number: those issued since October 2020 have no check digit. Source:
/// Resident Registration Act, enforcement rules.
pub(crate) fn kr_rrn(text: &[u8]) -> bool {
    is_yymmdd(text, 0)
}

/// Korean business registration number. Source: National Tax Service, Hometax.
pub(crate) fn kr_brn(text: &[u8]) -> bool {
    let sum = weighted(text, &[1, 3, 7, 1, 3, 7, 1, 3, 5]) + digit(text, 8) * 5 / 10;
    number(text, 0, 3) > 100 && (sum + digit(text, 9)).is_multiple_of(10)
}

/// Japanese individual number. Source: Ministry of Internal Affairs and Communications, ordinance 85 of 2014.
pub(crate) fn jp_my_number(text: &[u8]) -> bool {
    let rest = weighted(text, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    number(text, 0, 11) > 0 && (if rest <= 1 { 0 } else { 11 - rest }) == digit(text, 11)
}

/// Indian Aadhaar. Source: UIDAI, "Aadhaar numbering scheme".
pub(crate) fn in_aadhaar(text: &[u8]) -> bool {
    digit(text, 0) >= 2 && text.iter().any(|b| Some(b) != text.first()) && verhoeff(text)
}

/// Indian permanent account number: the fourth letter is the kind of holder. Source: Income Tax Department.
pub(crate) fn in_pan(text: &[u8]) -> bool {
    text.get(3).is_some_and(|b| b"ABCFGHJLPTKEN".contains(b)) && number(text, 5, 4) > 0
}

/// Indian goods and services tax number: a state, a PAN, and a Z last but one. Source: GST Network, rule 10.
pub(crate) fn in_gstin(text: &[u8]) -> bool {
    matches!(number(text, 0, 2), 1..=38 | 97 | 99) && text.get(13) == Some(&b'Z')
}

/// Indian voter identity card. Source: Election Commission of India, EPIC.
pub(crate) fn in_voter(text: &[u8]) -> bool {
    number(text, 3, 7) > 0
}

/// Singapore NRIC and FIN. Source: Immigration and Checkpoints Authority; check letters as published by others.
pub(crate) fn sg_nric(text: &[u8]) -> bool {
    let (more, letters): (u32, &[u8; 11]) = match text.first() {
        Some(b'S') => (0, b"JZIHGFEDCBA"),
        Some(b'T') => (4, b"JZIHGFEDCBA"),
        Some(b'F') => (0, b"XWUTRQPNMLK"),
        Some(b'G') => (4, b"XWUTRQPNMLK"),
        Some(b'M') => (3, b"XWUTRQPNJLK"),
        _ => return false,
    };
    let sum = more + weighted(text.get(1..).unwrap_or_default(), &[2, 7, 6, 5, 4, 3, 2]);
    text.last() == Some(&letters[(sum % 11) as usize])
}

/// Singapore unique entity number, of a business, a company, or another body. Source: ACRA, uen.gov.sg; check letters as
/// in python-stdnum's description.
pub(crate) fn sg_uen(text: &[u8]) -> bool {
    const OTHER: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWX0123456789";
    let last = text.last();
    match (text.len(), text.first()) {
        (9, _) => last == Some(&b"XMKECAWLJDB"[(weighted(text, &[10, 4, 9, 3, 8, 2, 7, 1]) % 11) as usize]),
        (10, Some(b'R' | b'S' | b'T')) => {
            let place = |b: &u8| OTHER.iter().position(|o| o == b).unwrap_or(0) as u32;
            let sum: u32 = text.iter().zip([4, 3, 5, 3, 10, 2, 2, 5, 7]).map(|(b, w)| place(b) * w).sum();
            last == Some(&OTHER[((sum + 6) % 11) as usize])
        }
        (10, _) => {
            let year = matches!(number(text, 0, 4), 1800..=2100);
            year && last == Some(&b"ZKCMDNERGWH"[(weighted(text, &[10, 8, 6, 4, 9, 7, 5, 3, 1]) % 11) as usize])
        }
        _ => false,
    }
}

/// Malaysian NRIC: a date and a place of birth. Source: Jabatan Pendaftaran Negara.
pub(crate) fn my_nric(text: &[u8]) -> bool {
    let place = number(text, 6, 2);
    is_yymmdd(text, 0) && !matches!(place, 0 | 17..=20 | 69 | 70 | 73 | 80 | 81 | 94..=97)
}

/// Thai national identification number. Source: Bureau of Registration Administration.
pub(crate) fn th_id(text: &[u8]) -> bool {
    let sum = weighted(text, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    (1..=8).contains(&digit(text, 0)) && (11 - sum % 11) % 10 == digit(text, 12)
}

/// Israeli identity number. Source: Population and Immigration Authority; the check digit is Luhn's.
pub(crate) fn il_id(text: &[u8]) -> bool {
    number(text, 0, 9) > 0 && luhn(text)
}

/// Philippine taxpayer number: no check digit is public. Source: Bureau of Internal Revenue.
pub(crate) fn ph_tin(text: &[u8]) -> bool {
    number(text, 3, 6) > 0
}
