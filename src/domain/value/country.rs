//! Countries and their states: codes of ISO 3166 and what they stand for.

/// The three-letter code of a country; what is no two-letter code stays as it is.
pub fn alpha3(alpha2: &str) -> String {
    rust_iso3166::from_alpha2(alpha2).map_or_else(|| alpha2.to_owned(), |country| country.alpha3.to_owned())
}

/// The two-letter code of a country; what is no three-letter code stays as it is.
pub fn alpha2(alpha3: &str) -> &str {
    rust_iso3166::from_alpha3(alpha3).map_or(alpha3, |country| country.alpha2)
}

/// Whether a two-letter code is of the country that a text names, by two letters or three, in any case.
pub fn is(alpha2: &str, text: &str) -> bool {
    alpha2.eq_ignore_ascii_case(text) || text.len() == 3 && alpha3(alpha2).eq_ignore_ascii_case(text)
}

/// The full name of a country's state or province; a code that is not known stays as it is.
pub fn state_name(alpha2: &str, code: &str) -> String {
    let known = rust_iso3166::iso3166_2::from_code(&format!("{alpha2}-{code}"));
    known.map_or_else(|| code.to_owned(), |state| state.name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_written_out_and_other_texts_stay() {
        assert_eq!((alpha3("US").as_str(), alpha3("DE").as_str(), alpha3("Utopia").as_str()), ("USA", "DEU", "Utopia"));
        for (country, code, name) in
            [("US", "NJ", "New Jersey"), ("CA", "BC", "British Columbia"), ("US", "Jersey", "Jersey"), ("", "", "")]
        {
            assert_eq!(state_name(country, code), name, "{country}-{code}");
        }
        assert_eq!([alpha2("USA"), alpha2("US"), alpha2("Utopia")], ["US", "US", "Utopia"]);
        assert!(is("US", "usa") && is("US", "us") && !is("US", "USS") && !is("DE", "US"));
    }
}
