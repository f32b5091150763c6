//! Chance without a generator: the same number gives the same draw, on every platform and in every release.

/// The finaliser of `SplitMix64`.
pub fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A number from 0 to 1, without 1.
#[allow(clippy::cast_precision_loss, reason = "53 bits are what the mantissa holds")]
pub fn fraction(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}
