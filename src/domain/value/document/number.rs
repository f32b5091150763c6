//! Places in texts: `{n}` is the number of a record that is made several times, `{n:04}` with zeros before it, and
//! `{account}` the code of the account. `{{n}}` is the text `{n}`.

use std::borrow::Cow;
use std::fmt::Write as _;

/// What the places in a text are filled with.
#[derive(Debug, Clone, Copy)]
pub struct Filling<'a> {
    /// The account's code; its places stay where it is not known yet.
    pub account: Option<&'a str>,
    /// Which of several alike it is, from 1.
    pub n: u32,
}

/// A place in a text.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// The number, so wide at least.
    Number(usize),
    /// The account's code.
    Account,
}

impl Filling<'_> {
    /// A text with its places filled. Places in double braces stay until the account is known, and lose a pair then.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        each_place(text, |filled, written, place, is_doubled| match (place, self.account) {
            (_, Some(_)) if is_doubled => filled.push_str(&written[1..written.len() - 1]),
            (Place::Number(width), _) if !is_doubled => {
                // Writing to a text does not fail.
                let _ = write!(filled, "{:0width$}", self.n);
            }
            (Place::Account, Some(account)) => filled.push_str(account),
            _ => filled.push_str(written),
        })
    }
}

/// A text written so that it is itself once its places are filled.
pub fn literal(text: &str) -> Cow<'_, str> {
    each_place(text, |filled, written, _, _| {
        filled.push('{');
        filled.push_str(written);
        filled.push('}');
    })
}

/// A text with something in place of each place, which is given as it is written, and whether in double braces.
fn each_place(text: &str, mut put: impl FnMut(&mut String, &str, Place, bool)) -> Cow<'_, str> {
    if !text.contains("{n") && !text.contains("{account}") {
        return Cow::Borrowed(text);
    }
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        let doubled =
            rest[1..].strip_prefix('{').and_then(place).filter(|(_, inner)| rest[inner + 2..].starts_with('}'));
        let (written, found) = match (doubled, place(&rest[1..])) {
            (Some((place, inner)), _) => (&rest[..inner + 3], Some((place, true))),
            (None, Some((place, inner))) => (&rest[..=inner], Some((place, false))),
            (None, None) => (&rest[..1], None),
        };
        match found {
            Some((place, is_doubled)) => put(&mut filled, written, place, is_doubled),
            None => filled.push_str(written),
        }
        rest = &rest[written.len()..];
    }
    filled.push_str(rest);
    Cow::Owned(filled)
}

/// The place that a text after a brace begins with, and its length with the closing brace.
fn place(after: &str) -> Option<(Place, usize)> {
    let (name, _) = after.split_once('}')?;
    let place = match name {
        "account" => Place::Account,
        "n" => Place::Number(0),
        _ => Place::Number(name.strip_prefix("n:0").filter(|digits| digits.len() <= 2)?.parse().ok()?),
    };
    Some((place, name.len() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_wherever_they_stand() {
        let filling = Filling { account: Some("A-1"), n: 7 };
        for (text, filled) in [
            ("B{n:04}-{n:02}{n}", "B0007-077"),
            ("{n:4}{n:0x}{name}{n:0999}{n", "{n:4}{n:0x}{name}{n:0999}{n"),
            ("{account}/{n}{n}/{m}", "A-1/77/{m}"),
            ("{{n}}{{n:02}}{{account}}", "{n}{n:02}{account}"),
            ("{{{n}}} {{n} {n}}", "{{n}} {7 7}"),
        ] {
            assert_eq!(filling.text(text), filled, "{text}");
        }
        assert!(matches!(filling.text("plain {x}"), Cow::Borrowed(_)));
        assert_eq!(Filling { account: None, n: 7 }.text("{account}{n}{{n}}"), "{account}7{{n}}");
    }

    #[test]
    fn a_literal_text_comes_out_as_it_was() {
        let filling = Filling { account: Some("A-1"), n: 7 };
        for text in ["{n}", "{n:04} {account}", "{{n}}", "{{{n}}}", "{n", "{}", "plain"] {
            assert_eq!(filling.text(&literal(text)), text);
        }
    }
}
