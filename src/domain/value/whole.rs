//! Whole numbers that are written with a fraction of zero: `5.0` is one, as JSON Schema has it.

/// The most of a count or a length: what `int32` of the documents holds, as every language has it.
pub const MOST: u32 = 2_147_483_647;

/// The largest number up to which every whole one has its own float, 2^53.
const LIMIT: f64 = 9_007_199_254_740_992.0;

/// The whole number that a float is; `None` where it has a fraction, or is so large that its digits are not all told.
pub fn of(value: f64) -> Option<i64> {
    (value.fract() == 0.0 && value.abs() < LIMIT).then(|| format!("{value:.0}").parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_fraction_of_zero_is_none() {
        for (value, expected) in [
            (5.0, Some(5)),
            (-0.0, Some(0)),
            (-7e3, Some(-7000)),
            (423_387.0, Some(423_387)),
            (0.5, None),
            (1e16, None),
            (f64::INFINITY, None),
            (f64::NAN, None),
        ] {
            assert_eq!(of(value), expected, "{value}");
        }
    }
}
