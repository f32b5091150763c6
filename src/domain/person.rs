//! Generated people: the same seed and account give the same candidates.

use fake::Fake;
use fake::faker::address::en::{CityName, StateAbbr, StreetName};
use fake::faker::name::en::{FirstName, LastName};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::candidate::{Candidate, Text};

/// Invents a candidate from a number of the account's generator.
///
/// Phone numbers are of the fictional 555-01xx range, addresses of `example.org`.
pub fn candidate(number: u64) -> Candidate {
    // ChaCha8 gives the same people on every platform and release of rand, which StdRng does not promise.
    let mut rng = ChaCha8Rng::seed_from_u64(number);
    let first_name: String = FirstName().fake_with_rng(&mut rng);
    let last_name: String = LastName().fake_with_rng(&mut rng);
    let house: u16 = (100..9999).fake_with_rng(&mut rng);
    let street: String = StreetName().fake_with_rng(&mut rng);
    let line: u8 = (0..100).fake_with_rng(&mut rng);
    let zip: u32 = (501..99_951).fake_with_rng(&mut rng);
    let mailbox: String =
        format!("{first_name}.{last_name}").chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').collect();
    let text = |made: String| Text::from(made);
    Candidate {
        candidate_id: format!("C{:08}", number % 100_000_000).into(),
        address1: Some(format!("{house} {street}").into()),
        city: Some(text(CityName().fake_with_rng(&mut rng))),
        country: Some("US".into()),
        email: Some(format!("{}@example.org", mailbox.to_lowercase()).into()),
        home_phone: Some(format!("+1 202 555 01{line:02}").into()),
        postal_code: Some(format!("{zip:05}").into()),
        province_state: Some(text(StateAbbr().fake_with_rng(&mut rng))),
        first_name: first_name.into(),
        last_name: last_name.into(),
        ..Candidate::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_gives_the_same_person_on_every_machine() {
        assert_eq!(candidate(7), candidate(7));
        assert_ne!(candidate(7), candidate(8));
        let person = candidate(7);
        assert!(crate::domain::lint::is_email(person.email.as_deref().unwrap_or_default()), "{person:?}");
        assert!(crate::domain::lint::is_us_state(person.province_state.as_deref().unwrap_or_default()), "{person:?}");
    }
}
