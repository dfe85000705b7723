//! Check digits of national and other personal identifiers, one function for each.
//!
//! Each takes the letters and digits of a number whose shape was seen already: capitals, without separators. It says
//! whether a number like it can have been issued, as far as the public description of its scheme goes, which is named
//! at the function. Numbers without a check digit are judged by their dates and prefixes.

mod africa;
mod america;
mod asia;
mod baltic;
mod central;
mod east;
mod nordic;
mod oceania;
mod south;
mod things;
mod west;

pub(crate) use africa::*;
pub(crate) use america::*;
pub(crate) use asia::*;
pub(crate) use baltic::*;
pub(crate) use central::*;
pub(crate) use east::*;
pub(crate) use nordic::*;
pub(crate) use oceania::*;
pub(crate) use south::*;
pub(crate) use things::*;
pub(crate) use west::*;

/// A digit's value; of a letter its place in the alphabet behind 9, so that `A` is 10.
fn value(byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'Z' => u32::from(byte - b'A') + 10,
        _ => 0,
    }
}

/// The value at `at`; 0 where the number is shorter.
fn digit(text: &[u8], at: usize) -> u32 {
    text.get(at).map_or(0, |byte| value(*byte))
}

/// The digits from `from` on, so many of them, as a number.
fn number(text: &[u8], from: usize, len: usize) -> u64 {
    text.iter().skip(from).take(len).fold(0, |n, byte| n * 10 + u64::from(value(*byte) % 10))
}

/// The sum of values and weights, as far as both go.
fn weighted(text: &[u8], weights: &[u32]) -> u32 {
    text.iter().zip(weights).map(|(byte, weight)| value(*byte) * weight).sum()
}

/// Whether there is such a day in some year.
fn is_day(day: u64, month: u64) -> bool {
    let days = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Whether a date `YYMMDD` stands at `at`.
fn is_yymmdd(text: &[u8], at: usize) -> bool {
    is_day(number(text, at + 4, 2), number(text, at + 2, 2))
}

/// Whether a date `DDMMYY` stands at `at`.
fn is_ddmmyy(text: &[u8], at: usize) -> bool {
    is_day(number(text, at, 2), number(text, at + 2, 2))
}

/// Luhn's checksum over the digits.
fn luhn(text: &[u8]) -> bool {
    super::luhn::holds(text.iter().copied())
}

/// ISO/IEC 7064, MOD 11-10.
fn mod_11_10(text: &[u8]) -> bool {
    let product = text[..text.len().saturating_sub(1)].iter().fold(10, |product, byte| {
        let sum = (value(*byte) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (product + digit(text, text.len().saturating_sub(1))) % 10 == 1
}

/// Verhoeff's checksum: J. Verhoeff, "Error Detecting Decimal Codes", 1969.
fn verhoeff(text: &[u8]) -> bool {
    const PERMUTATION: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let permuted = |times: usize, digit: u32| (0..times % 8).fold(digit, |d, _| PERMUTATION[d as usize % 10]);
    text.iter().rev().enumerate().fold(0, |sum, (i, byte)| dihedral(sum, permuted(i, value(*byte)))) == 0
}

/// The product of two elements of the dihedral group of the pentagon.
fn dihedral(a: u32, b: u32) -> u32 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b) % 5 + 5,
        (false, true) => (a + 10 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A public sample of each scheme, and how many of the other characters in one place make it wrong.
    fn case(check: fn(&[u8]) -> bool, good: &str) {
        assert!(check(good.as_bytes()), "{good}");
        let last = good.len() - 1;
        let fits = (b'0'..=b'9').filter(|d| {
            let mut other = good.as_bytes().to_vec();
            other[last] = *d;
            check(&other)
        });
        assert!(fits.count() <= 1, "the last digit of {good} does not matter");
    }

    #[test]
    fn public_samples_hold_and_their_neighbours_do_not() {
        case(fi_hetu, "131052308T");
        case(fi_hetu, "010594Y9021");
        case(se_personnummer, "8112189876");
        case(se_personnummer, "198112189876");
        case(se_orgnummer, "2021005448");
        case(no_fodselsnummer, "15108695088");
        case(is_kennitala_digit, "120174339");
        case(ee_isikukood, "36805280109");
        case(ee_isikukood, "33309240064");
        case(lv_personas_kods, "16117519997");
        case(pl_pesel, "44051401359");
        case(pl_nip, "8567346215");
        case(cz_rodne_cislo, "7103192745");
        case(hu_tax, "8071592153");
        case(de_tax_id, "36574261809");
        case(de_social_security, "15070649C103");
        case(de_health_insurance, "A000500015");
        case(de_id_card, "T220001293");
        case(ch_ahv, "7569217076985");
        case(fr_nir, "295109912611193");
        case(fr_spi, "3023217600053");
        case(be_national, "85073003328");
        case(nl_bsn, "111222333");
        case(lu_matricule, "1893120105732");
        case(gb_nhs, "9434765919");
        case(es_nuss, "281234567840");
        case(pt_nif, "501964843");
        case(it_partita_iva, "00743110157");
        case(gr_amka, "01013099997");
        case(gr_afm, "094259216");
        case(hr_oib, "33392005961");
        case(yu_jmbg, "0101006500006");
        case(ro_cnp, "1630615123457");
        case(bg_egn, "7523169263");
        case(tr_tckn, "17291716060");
        case(ru_snils, "11223344595");
        case(ru_inn, "500100732259");
        case(ua_rnokpp, "1759013776");
        case(us_npi, "1234567893");
        case(us_dea, "AB1234563");
        case(us_aba, "111000025");
        case(ca_sin, "123456782");
        case(br_cpf, "39053344705");
        case(br_cnpj, "16727230000197");
        case(mx_curp, "BOXW310820HNERXN09");
        case(ar_cuit, "20055361682");
        case(cl_rut, "125319092");
        case(cn_resident, "11010519491231002X");
        case(hk_id, "A1234563");
        case(tw_id, "A123456789");
        case(kr_brn, "1168200276");
        case(jp_my_number, "123456789018");
        case(in_aadhaar, "234123412346");
        case(th_id, "1234545678781");
        case(il_id, "039337423");
        case(za_id, "7503305044089");
        case(au_tfn, "123456782");
        case(au_abn, "51824753556");
        case(au_acn, "004085616");
        case(nz_ird, "49091850");
        case(imei, "490154203237518");
    }

    #[test]
    fn check_letters_hold() {
        for (check, good, bad) in [
            (es_nif as fn(&[u8]) -> bool, "54362315K", "54362315L"),
            (es_nif, "X2482300W", "X2482300A"),
            (ie_pps, "6433435F", "6433435E"),
            (ie_pps, "1234567FA", "1234567FB"),
            (it_codice_fiscale, "RCCMNL83S18D969H", "RCCMNL83S18D969I"),
            (sg_nric, "S1234567D", "S1234567C"),
            (sg_uen, "00192200M", "00192200N"),
            (sg_uen, "197401143C", "197401143D"),
            (in_gstin, "27AAPFU0939F1ZV", "27AAPFU0939F1YV"),
            (in_pan, "ACUPA7085R", "ACUXA7085R"),
            (gb_nino, "AA123456A", "QQ123456C"),
            (gb_driving_licence, "MORGA657054SM9IJ", "MORGA697054SM9IJ"),
            (vin, "1M8GDM9AXKP042788", "1M8GDM9A1KP042788"),
            (us_mbi, "1EG4TE5MK73", "1SG4TE5MK73"),
            (at_svnr, "1237010180", "1236010180"),
            (au_medicare, "2123456701", "2123456711"),
            (gb_utr, "1955839661", "2955839661"),
            (kr_rrn, "9710139019902", "9713139019902"),
            (my_nric, "770305021234", "771305021234"),
            (us_ssn, "078051120", "666051120"),
            (us_itin, "912903456", "812903456"),
            (dk_cpr, "2110625629", "3210625629"),
            (de_lanr, "123456601", "123456701"),
            (de_lanr, "123456601", "123456501"),
        ] {
            assert!(check(good.as_bytes()), "{good}");
            assert!(!check(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn nothing_panics_on_other_shapes() {
        for text in ["", "0", "A", "ZZZZZZZZZZZZZZZZZZZZZZ", "000000000000000000000"] {
            for entry in crate::detect::personal::forms::FORMS {
                let _ = (entry.check)(text.as_bytes());
            }
        }
    }
}
