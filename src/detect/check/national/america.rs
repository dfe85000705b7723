//! United States, Canada, Mexico, Brazil, Argentina, Chile.

use super::{digit, is_yymmdd, luhn, number, value, weighted};

/// United States social security number: areas, groups and serials that can be issued. Source: Social Security
/// Administration, "Social Security Number Randomization", 2011.
pub(crate) fn us_ssn(text: &[u8]) -> bool {
    let area = number(text, 0, 3);
    area > 0 && area != 666 && area < 900 && number(text, 3, 2) > 0 && number(text, 5, 4) > 0
}

/// United States individual taxpayer number. Source: IRS, Internal Revenue Manual 3.21.263.
pub(crate) fn us_itin(text: &[u8]) -> bool {
    digit(text, 0) == 9 && matches!(number(text, 3, 2), 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

/// United States national provider identifier: Luhn behind the prefix 80840, which adds 24. Source: CMS, 45 CFR 162.406.
pub(crate) fn us_npi(text: &[u8]) -> bool {
    matches!(text.first(), Some(b'1' | b'2')) && luhn(&[b"80840", text].concat())
}

/// United States DEA registration number. Source: DEA, 21 CFR 1301; the check digit as in its registration manual.
pub(crate) fn us_dea(text: &[u8]) -> bool {
    let digits = text.get(2..).unwrap_or_default();
    let sum = weighted(digits, &[1, 2, 1, 2, 1, 2]);
    text.first().is_some_and(|b| b"ABCDEFGHJKLMPRSTUX".contains(b))
        && number(digits, 0, 6) > 0
        && sum % 10 == digit(digits, 6)
}

/// United States bank routing number. Source: American Bankers Association, Federal Reserve routing ranges.
pub(crate) fn us_aba(text: &[u8]) -> bool {
    matches!(number(text, 0, 2), 1..=12 | 21..=32 | 61..=72 | 80)
        && weighted(text, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
}

/// United States Medicare beneficiary identifier. Source: CMS, "Understanding the MBI format".
pub(crate) fn us_mbi(text: &[u8]) -> bool {
    const SHAPE: &[u8; 11] = b"CAXNAXNAANN";
    let letter = |b: &u8| b.is_ascii_uppercase() && !b"SLOIBZ".contains(b);
    text.len() == SHAPE.len()
        && text.iter().zip(SHAPE).all(|(b, class)| match class {
            b'C' => matches!(b, b'1'..=b'9'),
            b'N' => b.is_ascii_digit(),
            b'A' => letter(b),
            _ => letter(b) || b.is_ascii_digit(),
        })
}

/// Canadian social insurance number. Source: Employment and Social Development Canada.
pub(crate) fn ca_sin(text: &[u8]) -> bool {
    !matches!(text.first(), Some(b'0' | b'8')) && luhn(text)
}

/// Mexican CURP. Source: RENAPO, Instructivo normativo para la asignación de la CURP.
pub(crate) fn mx_curp(text: &[u8]) -> bool {
    // The alphabet has an Ñ behind the N.
    let place = |b: u8| value(b) + u32::from(b > b'N');
    let sum: u32 = text.iter().take(17).zip((2..=18).rev()).map(|(b, weight)| place(*b) * weight).sum();
    matches!(text.get(10), Some(b'H' | b'M' | b'X')) && is_yymmdd(text, 4) && (10 - sum % 10) % 10 == digit(text, 17)
}

/// Brazilian CPF. Source: Receita Federal, Instrução Normativa 1548/2015.
pub(crate) fn br_cpf(text: &[u8]) -> bool {
    let check = |sum: u32| sum * 10 % 11 % 10;
    text.iter().any(|b| Some(b) != text.first())
        && check(weighted(text, &[10, 9, 8, 7, 6, 5, 4, 3, 2])) == digit(text, 9)
        && check(weighted(text, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2])) == digit(text, 10)
}

/// Brazilian CNPJ. Source: Receita Federal, Instrução Normativa 1863/2018.
pub(crate) fn br_cnpj(text: &[u8]) -> bool {
    let check = |sum: u32| sum * 10 % 11 % 10;
    number(text, 0, 12) > 0
        && check(weighted(text, &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])) == digit(text, 12)
        && check(weighted(text, &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])) == digit(text, 13)
}

/// Argentine CUIT and CUIL. Source: AFIP, Resolución General 10/97.
pub(crate) fn ar_cuit(text: &[u8]) -> bool {
    let check = (11 - weighted(text, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    matches!(number(text, 0, 2), 20 | 23..=27 | 30 | 33 | 34) && check != 10 && check == digit(text, 10)
}

/// Chilean RUT. Source: Servicio de Impuestos Internos, "Cálculo del dígito verificador".
pub(crate) fn cl_rut(text: &[u8]) -> bool {
    let Some((last, body)) = text.split_last() else { return false };
    let sum: u32 = body.iter().rev().zip([2, 3, 4, 5, 6, 7].iter().cycle()).map(|(b, w)| value(*b) * w).sum();
    body.iter().any(|b| *b != b'0') && *last == b"0K987654321"[(sum % 11) as usize]
}
