//! Shannon entropy of a value.

/// Bits per byte, 0 to 8: how even the distribution of the value's own bytes is.
pub(crate) fn bits(value: &[u8]) -> f32 {
    exact(value) as f32
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
    use super::bits;

    #[test]
    fn known_values() {
        assert_eq!(bits(b""), 0.0);
        assert_eq!(bits(b"aaaa"), 0.0);
        assert!((bits(b"abab") - 1.0).abs() < 1e-6);
        assert!((bits(b"abcdefgh") - 3.0).abs() < 1e-6);
    }
}
