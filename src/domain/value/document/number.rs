//! `{n}` in texts: the number of a record that is made several times, `{n:04}` with zeros before it.

use std::borrow::Cow;
use std::fmt::Write as _;

/// What begins that which stands for the number.
const NUMBER: &str = "{n";

/// A text with the number in its places.
pub fn numbered(text: &str, n: u32) -> Cow<'_, str> {
    if !text.contains(NUMBER) {
        return Cow::Borrowed(text);
    }
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(NUMBER) {
        filled.push_str(before);
        rest = after;
        match width(after) {
            Some((width, after)) => {
                // Writing to a text does not fail.
                let _ = write!(filled, "{n:0width$}");
                rest = after;
            }
            None => filled.push_str(NUMBER),
        }
    }
    filled.push_str(rest);
    Cow::Owned(filled)
}

/// How wide a number is that stands for `{n`, filled with zeros; and what follows it.
fn width(after: &str) -> Option<(usize, &str)> {
    let (format, rest) = after.split_once('}')?;
    if format.is_empty() {
        return Some((0, rest));
    }
    let digits = format.strip_prefix(":0").filter(|digits| digits.len() <= 2)?;
    digits.parse().ok().map(|width| (width, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_its_width() {
        assert_eq!(numbered("B{n:04}-{n:02}{n}", 7), "B0007-077");
        assert_eq!(numbered("{n:02}", 123), "123");
        assert_eq!(numbered("{n:4}{n:0x}{name}{n:0999}{n", 7), "{n:4}{n:0x}{name}{n:0999}{n");
        assert!(matches!(numbered("plain {x}", 7), Cow::Borrowed(_)));
    }
}
