//! The checksum of an IBAN, ISO/IEC 7064 MOD 97-10 as ISO 13616 uses it.

/// Whether the characters of an IBAN, capitals and digits without separators, hold the checksum: the first four
/// moved behind the rest, letters as 10 to 35, the whole is 1 modulo 97.
pub(crate) fn holds(iban: impl Iterator<Item = u8> + Clone) -> bool {
    let moved = iban.clone().skip(4).chain(iban.take(4));
    let rest = moved.fold(0u32, |rest, byte| match byte {
        b'A'..=b'Z' => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
        _ => (rest * 10 + u32::from(byte & 0xf)) % 97,
    });
    rest == 1
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn one_pair_of_check_digits_in_97_fits() {
        let fits = |check: u32| holds(format!("GB{check:02}WEST12345698765432").bytes());
        assert_eq!((2..=98).filter(|check| fits(*check)).collect::<Vec<_>>(), [82]);
    }

    #[test]
    fn a_swap_of_neighbours_is_noticed() {
        let good = *b"GB82WEST12345698765432";
        for at in 8..good.len() - 1 {
            let mut swapped = good;
            swapped.swap(at, at + 1);
            assert_eq!(holds(swapped.into_iter()), swapped == good, "{at}");
        }
    }
}
