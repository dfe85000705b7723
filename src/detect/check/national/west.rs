//! France, Belgium, Netherlands, Luxembourg, Ireland, United Kingdom.

use super::{digit, is_day, is_yymmdd, luhn, number, value, verhoeff, weighted};

/// French numéro de sécurité sociale (NIR). Source: INSEE, "Numéro de sécurité sociale".
pub(crate) fn fr_nir(text: &[u8]) -> bool {
    // Corsica: 2A counts as 19 and 2B as 18.
    let (corsica, less) = match text.get(6) {
        Some(b'A') => (true, 1_000_000),
        Some(b'B') => (true, 2_000_000),
        _ => (false, 0),
    };
    let body = text.iter().take(13).map(|b| if b.is_ascii_digit() { value(*b) } else { 0 });
    let body = body.fold(0u64, |n, d| n * 10 + u64::from(d));
    let month = number(text, 3, 2);
    let letters = text.iter().filter(|b| !b.is_ascii_digit()).count();
    matches!(text.first(), Some(b'1'..=b'4' | b'7' | b'8'))
        && (matches!(month, 1..=12 | 20..=42 | 50..=99))
        && letters == usize::from(corsica)
        && body > less
        && 97 - (body - less) % 97 == number(text, 13, 2)
}

/// French numéro fiscal (SPI). Source: impots.gouv.fr, "Le numéro fiscal".
pub(crate) fn fr_spi(text: &[u8]) -> bool {
    digit(text, 0) <= 3 && number(text, 0, 10) > 0 && number(text, 0, 10) % 511 == number(text, 10, 3)
}

/// Belgian rijksregisternummer. Source: royal decree of 3 April 1984.
pub(crate) fn be_national(text: &[u8]) -> bool {
    let (body, check) = (number(text, 0, 9), number(text, 9, 2));
    let month = number(text, 2, 2);
    let month = if month > 40 { month - 40 } else { month };
    let month = if month > 20 { month - 20 } else { month };
    is_day(number(text, 4, 2), month) && [body, 2_000_000_000 + body].iter().any(|n| 97 - n % 97 == check)
}

/// Dutch burgerservicenummer: the test of eleven. Source: Rijksdienst voor Identiteitsgegevens, "Logisch ontwerp BSN".
pub(crate) fn nl_bsn(text: &[u8]) -> bool {
    let sum = weighted(text, &[9, 8, 7, 6, 5, 4, 3, 2]);
    number(text, 0, 9) > 0 && sum % 11 == digit(text, 8)
}

/// Luxembourg matricule: a Luhn digit and a Verhoeff digit, both over the first eleven. Source: law of 19 June 2013 on
/// the identification of persons, regulation of 28 November 2013.
pub(crate) fn lu_matricule(text: &[u8]) -> bool {
    let (Some(twelve), Some(eleven)) = (text.get(..12), text.get(..11)) else { return false };
    let second = [eleven, &text[12..]].concat();
    matches!(number(text, 0, 4), 1850..=2100) && is_yymmdd(text, 2) && luhn(twelve) && verhoeff(&second)
}

/// Irish PPS number. Source: Department of Social Protection, "Personal Public Service Number".
pub(crate) fn ie_pps(text: &[u8]) -> bool {
    let place = |byte: u8| if byte == b'W' { 0 } else { value(byte).saturating_sub(9) };
    let second = match text.get(8) {
        None => 0,
        Some(letter @ (b'A'..=b'I' | b'W')) => place(*letter) * 9,
        Some(_) => return false,
    };
    let sum = weighted(text, &[8, 7, 6, 5, 4, 3, 2]) + second;
    text.get(7).is_some_and(|letter| place(*letter) <= 22 && sum % 23 == place(*letter))
}

/// British NHS number. Source: NHS Data Dictionary, "NHS Number".
pub(crate) fn gb_nhs(text: &[u8]) -> bool {
    number(text, 0, 9) > 0 && weighted(text, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}

/// British unique taxpayer reference. Source: HMRC, "UTR check digit", as published for software developers.
pub(crate) fn gb_utr(text: &[u8]) -> bool {
    let rest = weighted(text.get(1..).unwrap_or_default(), &[6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11;
    text.first() == Some(&b"21987654321"[rest as usize])
}

/// British National Insurance number. Source: HMRC, NIM39110.
pub(crate) fn gb_nino(text: &[u8]) -> bool {
    let [first, second, .., last] = text else { return false };
    !b"DFIQUV".contains(first)
        && !b"DFIQUVO".contains(second)
        && ![b"BG", b"GB", b"NK", b"KN", b"TN", b"NT", b"ZZ"].contains(&&[*first, *second])
        && (b'A'..=b'D').contains(last)
}

/// British driving licence: five of the name, birth date with the year around it, two initials. Source: DVLA, INF 45.
pub(crate) fn gb_driving_licence(text: &[u8]) -> bool {
    let (Some(name), Some(initials)) = (text.get(..5), text.get(11..13)) else { return false };
    let letters = name.iter().take_while(|b| b.is_ascii_uppercase()).count();
    let month = number(text, 6, 2);
    let initial = |b: &u8| b.is_ascii_uppercase() || *b == b'9';
    letters > 0
        && name[letters..].iter().all(|b| *b == b'9')
        && is_day(number(text, 8, 2), if month > 50 { month - 50 } else { month })
        && initials.iter().all(initial)
}

/// British temporary reference number, `99A99999`. Source: HMRC, NIM39140.
pub(crate) fn gb_trn(text: &[u8]) -> bool {
    text.get(2).is_some_and(u8::is_ascii_uppercase)
}
