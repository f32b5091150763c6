//! Identifiers, and the seeded generator that makes them.

use crate::domain::value::chance::mix;
use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use strum::EnumCount;

/// The partner's account code: letters, digits, `-` and `_`, at most 40.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountCode(Arc<str>);

impl AccountCode {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountCode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits =
            (1..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if fits {
            Ok(Self(text.into()))
        } else {
            Err(format!("expected an account code of 1 to 40 letters, digits, '-' or '_', got {text:?}"))
        }
    }
}

impl Borrow<str> for AccountCode {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for AccountCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AccountCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// An identifier that Atlas generates: 8 upper-case letters and digits.
///
/// Source: the Existing Eligibility Model page; bookings observed alike.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code([u8; 8]);

/// `psi_eligiblity_id`.
pub type EligibilityId = Code;

/// `booking_code`.
pub type BookingCode = Code;

/// `payment_id`.
pub type PaymentId = Code;

impl Code {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The number that this code was made of.
    pub fn number(self) -> u64 {
        let digit = |byte: u8| u64::from(if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' + 10 });
        self.0.iter().rev().fold(0, |number, byte| number * 36 + digit(*byte))
    }

    /// The code of a number; numbers that are alike below 36 to the eighth have one code.
    pub fn from_number(mut number: u64) -> Self {
        const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let mut code = [b'0'; 8];
        for place in &mut code {
            *place = DIGITS[usize::try_from(number % 36).unwrap_or(0)];
            number /= 36;
        }
        Self(code)
    }
}

impl FromStr for Code {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match <[u8; 8]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) => Ok(Self(code)),
            _ => Err(format!("expected 8 upper-case letters and digits, got {text:?}")),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// `publication_id`.
pub type PublicationId = Code;

/// `session_id`.
pub type SessionId = Code;

/// What an identifier is for; each kind has a sequence of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumCount)]
pub enum Kind {
    /// `psi_eligiblity_id`.
    Eligibility,
    /// `booking_code`.
    Booking,
    /// Deliveries and their `webhook-id`.
    Delivery,
    /// Generated people.
    Person,
    /// `voucher_code`.
    Voucher,
    /// `payment_id`.
    Payment,
    /// `publication_id`.
    Publication,
    /// `session_id`.
    Session,
}

/// A generator keyed by (seed, account code, kind): the same seed and the same calls give the same identifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ids {
    key: u64,
    drawn: [u64; Kind::COUNT],
}

impl Ids {
    /// The generator of one account.
    pub fn new(seed: u64, account: &AccountCode) -> Self {
        // FNV-1a: stable over platforms and releases, which the standard hasher does not promise.
        let key = account.as_str().bytes().fold(mix(seed) ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self { key: mix(key), drawn: [0; Kind::COUNT] }
    }

    /// The next number of a kind.
    pub fn number(&mut self, kind: Kind) -> u64 {
        let drawn = &mut self.drawn[kind as usize];
        *drawn += 1;
        let lane = mix(self.key ^ mix(kind as u64 + 1));
        mix(lane.wrapping_add(drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// The next 8-character code of a kind; the caller looks whether a record of the account has it.
    pub fn code(&mut self, kind: Kind) -> Code {
        Code::from_number(self.number(kind))
    }

    /// The next text of a kind that is hard to mistype: 8 of 32 letters and digits, none of which looks like another
    /// (no 0 and O, no 1 and I). The caller looks whether a record of the account has it.
    pub fn readable(&mut self, kind: Kind) -> String {
        const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
        let number = self.number(kind);
        let letter = |place: u32| char::from(LETTERS[usize::try_from(number >> (5 * place) & 31).unwrap_or(0)]);
        (0..8).map(letter).collect()
    }

    /// The generator of another account that goes on where this one is.
    #[must_use]
    pub fn of_account(self, seed: u64, account: &AccountCode) -> Self {
        Self { drawn: self.drawn, ..Self::new(seed, account) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn drawn(seed: u64, account: &str) -> Vec<Code> {
        let mut ids = Ids::new(seed, &account.parse().expect("a code"));
        (0..50).map(|_| ids.code(Kind::Booking)).collect()
    }

    #[test]
    fn the_same_seed_and_account_give_the_same_codes() {
        assert_eq!(drawn(7, "ACCT1"), drawn(7, "ACCT1"));
        assert_ne!(drawn(7, "ACCT1"), drawn(8, "ACCT1"));
        assert_ne!(drawn(7, "ACCT1"), drawn(7, "ACCT2"));
    }

    #[test]
    fn readable_codes_have_no_letter_that_looks_like_another() {
        let mut ids = Ids::new(7, &"ACCT1".parse().expect("a code"));
        let codes: BTreeSet<_> = (0..10_000).map(|_| ids.readable(Kind::Voucher)).collect();
        assert_eq!(codes.len(), 10_000);
        let letters: BTreeSet<char> = codes.iter().flat_map(|code| code.chars()).collect();
        assert_eq!(letters.into_iter().collect::<String>(), "23456789ABCDEFGHJKLMNPQRSTUVWXYZ");
        assert_eq!(codes.iter().map(String::len).max(), Some(8));
    }

    #[test]
    fn codes_read_back() {
        for code in drawn(1, "A") {
            assert_eq!(code.as_str().parse(), Ok(code));
            assert_eq!(Code::from_number(code.number()), code);
        }
        assert!("short".parse::<Code>().is_err());
        assert!("lower123".parse::<Code>().is_err());
    }
}
