//! Shannon entropy of a value.

use std::sync::LazyLock;

/// Values up to this length, in bytes, are measured by a table.
const SHORT: usize = 512;

/// By how much `c log2 c` grows when `c` becomes `c + 1`.
static GROWTH: LazyLock<[f64; SHORT]> = LazyLock::new(|| {
    let weight = |c: f64| if c > 0.0 { c * c.log2() } else { 0.0 };
    std::array::from_fn(|c| weight(c as f64 + 1.0) - weight(c as f64))
});

/// Bits per byte, 0 to 8: how even the distribution of the value's own bytes is.
pub(crate) fn bits(value: &[u8]) -> f32 {
    if value.is_empty() || value.len() > SHORT {
        return exact(value) as f32;
    }
    let growth = &*GROWTH;
    let mut counts = [0u16; 256];
    let mut weight = 0.0;
    for byte in value {
        let count = &mut counts[usize::from(*byte)];
        weight += growth[usize::from(*count)];
        *count += 1;
    }
    let n = value.len() as f64;
    (n.log2() - weight / n) as f32
}

/// The same in twice the precision, where a bound of another program has to be met.
pub(crate) fn exact(value: &[u8]) -> f64 {
    if value.is_empty() {
        return 0.0;
    }
    let mut counts = [0u32; 256];
    for byte in value {
        counts[usize::from(*byte)] += 1;
    }
    let n = value.len() as f64;
    -counts.iter().filter(|c| **c > 0).map(|c| f64::from(*c) / n * (f64::from(*c) / n).log2()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::{SHORT, bits, exact};

    #[test]
    fn known_values() {
        assert_eq!(bits(b""), 0.0);
        assert_eq!(bits(b"aaaa"), 0.0);
        assert!((bits(b"abab") - 1.0).abs() < 1e-6);
        assert!((bits(b"abcdefgh") - 3.0).abs() < 1e-6);
    }

    #[test]
    fn the_table_says_what_the_formula_says() {
        let text: Vec<u8> = (0..2 * SHORT).map(|n| (n * n % 251 % 97) as u8).collect();
        for len in 0..text.len() {
            assert!((f64::from(bits(&text[..len])) - exact(&text[..len])).abs() < 1e-5, "{len}");
            assert!(f64::from(bits(&vec![b'a'; len])).abs() < 1e-6, "{len}");
        }
    }
}
