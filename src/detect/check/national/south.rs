//! Spain, Portugal, Italy, Greece, the countries of former Yugoslavia, Romania, Bulgaria, Turkey.

use super::{digit, is_day, is_ddmmyy, is_yymmdd, luhn, mod_11_10, number, value, weighted};

/// Spanish DNI and NIE. Source: Ministerio del Interior, "Cálculo del dígito de control del NIF/NIE".
pub(crate) fn es_nif(text: &[u8]) -> bool {
    let first = match text.first() {
        Some(b'X') => 0,
        Some(b'Y') => 1,
        Some(b'Z') => 2,
        Some(digit) if digit.is_ascii_digit() => u64::from(value(*digit)),
        _ => return false,
    };
    let rest = (first * 10_000_000 + number(text, 1, 7)) % 23;
    text.last() == Some(&b"TRWAGMYFPDXBNJZSQVHLCKE"[rest as usize])
}

/// Spanish número de la Seguridad Social. Source: Seguridad Social, Orden TAS/2865/2003.
pub(crate) fn es_nuss(text: &[u8]) -> bool {
    let (province, serial) = (number(text, 0, 2), number(text, 2, 8));
    let whole = province * if serial < 10_000_000 { 10_000_000 } else { 100_000_000 } + serial;
    matches!(province, 1..=53 | 66) && whole % 97 == number(text, 10, 2)
}

/// Portuguese NIF. Source: Decreto-Lei 14/2013.
pub(crate) fn pt_nif(text: &[u8]) -> bool {
    let check = 11 - weighted(text, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    !matches!(text.first(), Some(b'0' | b'4')) && check % 11 % 10 == digit(text, 8)
}

/// Italian codice fiscale, with the letters that stand for digits where two would have the same. Source: Decreto
/// Ministeriale 23 dicembre 1976.
pub(crate) fn it_codice_fiscale(text: &[u8]) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    const DIGITS: [usize; 7] = [6, 7, 9, 10, 12, 13, 14];
    let place = |byte: u8| if byte.is_ascii_digit() { byte - b'0' } else { byte.wrapping_sub(b'A') % 26 };
    let like_digit = |byte: u8| byte.is_ascii_digit() || b"LMNPQRSTUV".contains(&byte);
    let shaped = text.len() == 16
        && text
            .iter()
            .enumerate()
            .all(|(i, b)| if DIGITS.contains(&i) { like_digit(*b) } else { b.is_ascii_uppercase() })
        && b"ABCDEHLMPRST".contains(&text[8]);
    let sum = text.iter().take(15).enumerate().map(|(i, b)| match i % 2 {
        0 => ODD[usize::from(place(*b))],
        _ => u32::from(place(*b)),
    });
    shaped && text.last() == Some(&(b'A' + (sum.sum::<u32>() % 26) as u8))
}

/// Italian partita IVA. Source: Decreto del Presidente della Repubblica 633/1972; Agenzia delle Entrate.
pub(crate) fn it_partita_iva(text: &[u8]) -> bool {
    number(text, 0, 7) > 0 && matches!(number(text, 7, 3), 1..=100 | 120 | 121 | 888 | 999) && luhn(text)
}

/// Greek AMKA: a date and Luhn. Source: IDIKA, "AMKA".
pub(crate) fn gr_amka(text: &[u8]) -> bool {
    is_ddmmyy(text, 0) && luhn(text)
}

/// Greek AFM. Source: AADE; the powers of two as in the European Commission's TIN algorithms.
pub(crate) fn gr_afm(text: &[u8]) -> bool {
    number(text, 0, 9) > 0 && weighted(text, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 == digit(text, 8)
}

/// Croatian OIB. Source: Porezna uprava, Pravilnik o osobnom identifikacijskom broju.
pub(crate) fn hr_oib(text: &[u8]) -> bool {
    mod_11_10(text)
}

/// JMBG and EMŠO of the countries of former Yugoslavia. Source: law on the unique citizen number of 1976.
pub(crate) fn yu_jmbg(text: &[u8]) -> bool {
    let check = 11 - weighted(text, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    let year = number(text, 4, 3);
    is_ddmmyy(text, 0) && (year >= 900 || year <= 30) && check != 10 && check % 11 == digit(text, 12)
}

/// Slovenian davčna številka. Source: Finančna uprava; the European Commission's TIN algorithms.
pub(crate) fn si_tax(text: &[u8]) -> bool {
    let check = 11 - weighted(text, &[8, 7, 6, 5, 4, 3, 2]) % 11;
    digit(text, 0) > 0 && check != 11 && check % 10 == digit(text, 7)
}

/// Romanian CNP. Source: Ordonanța de urgență 97/2005.
pub(crate) fn ro_cnp(text: &[u8]) -> bool {
    let rest = weighted(text, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    digit(text, 0) > 0 && is_yymmdd(text, 1) && (if rest == 10 { 1 } else { rest }) == digit(text, 12)
}

/// Bulgarian EGN: months of other centuries have 20 or 40 added. Source: GRAO, ordinance RD-02-20-9.
pub(crate) fn bg_egn(text: &[u8]) -> bool {
    let month = number(text, 2, 2);
    month < 60
        && is_day(number(text, 4, 2), month % 20)
        && weighted(text, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == digit(text, 9)
}

/// Turkish T.C. kimlik numarası. Source: Nüfus ve Vatandaşlık İşleri; law 5490.
pub(crate) fn tr_tckn(text: &[u8]) -> bool {
    let odd = weighted(text, &[1, 0, 1, 0, 1, 0, 1, 0, 1]);
    let even = weighted(text, &[0, 1, 0, 1, 0, 1, 0, 1]);
    let all = weighted(text, &[1; 10]);
    digit(text, 0) > 0 && (odd * 7 + 100 - even) % 10 == digit(text, 9) && all % 10 == digit(text, 10)
}
