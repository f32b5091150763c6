//! The patterns of paths and headers.

use wildmatch::WildMatchPattern;

/// Whether a text fits a pattern in which `*` stands for any text.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    // No text has a NUL, so that nothing stands for one letter: a `?` is a query's.
    WildMatchPattern::<'*', '\0'>::new(pattern).matches(text)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_any_text_and_nothing_else_does() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "/a?b=c", true),
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "a", true),
            ("a*", "ba", false),
            ("*a", "ba", true),
            ("*a", "ab", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("a*b*a", "abba", true),
            ("a*b*a", "aba", true),
            ("a*b*b*a", "aba", false),
            ("*ab*ab", "abab", true),
            ("a**b", "ab", true),
            ("/accounts/*/candidates", "/accounts/A/candidates", true),
            ("/accounts/*/candidates", "/accounts/A/candidates/C1", false),
            ("?tatus", "status", false),
            ("*?status=*", "/a?status=all", true),
            ("*?status=*", "/a/status=all", false),
            ("Bearer é*", "Bearer éa", true),
            ("A", "a", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern:?} {text:?}");
        }
    }
}
