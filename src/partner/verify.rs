//! Whether a call comes from whom it says: Standard Webhooks (`v1`, `v1a`) or HTTP Message Signatures.

use std::time::Duration;

use crate::domain::subscription::secret_fault;
use crate::signing::ed25519;
use crate::signing::explain::{Explanation, Reason, Received, explain};

/// The keys a receiver knows; several while one is rotated.
#[derive(Debug)]
pub struct Verifier {
    shared: Vec<String>,
    public: Vec<String>,
    tolerance: i64,
}

/// A call, as its signature covers it.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The headers; names in lower case.
    pub headers: &'a [(String, String)],
    /// The body's bytes, as they came.
    pub body: &'a [u8],
    /// The method.
    pub method: &'a str,
    /// The whole URL.
    pub url: &'a str,
}

impl Verifier {
    /// With these secrets (`whsec_`) and public keys (`whpk_`).
    ///
    /// # Errors
    /// One of them is none; it is not repeated in the words.
    pub fn new(secrets: &[String], tolerance: Duration) -> Result<Self, String> {
        let (public, shared): (Vec<_>, Vec<_>) = secrets.iter().cloned().partition(|text| text.starts_with("whpk_"));
        if public.iter().any(|text| ed25519::public_key(text).is_none()) {
            return Err("secret: expected whpk_ and 32 bytes in base64".to_owned());
        }
        if shared.iter().any(|text| text.starts_with("whsk_")) {
            return Err("secret: whsk_ is the sender's private key; give the receiver the public one, whpk_".to_owned());
        }
        if let Some(wrong) = shared.iter().find_map(|text| secret_fault("secret", text)) {
            return Err(format!("{wrong}, or whpk_ and 32 bytes in base64"));
        }
        if secrets.is_empty() {
            return Err("secret: expected one or more, got none".to_owned());
        }
        Ok(Self { shared, public, tolerance: i64::try_from(tolerance.as_secs()).unwrap_or(i64::MAX) })
    }

    /// The call's `webhook-id`, once its signature is verified.
    ///
    /// # Errors
    /// Why it does not verify, in words.
    pub fn verify(&self, call: Call<'_>, now: i64) -> Result<String, String> {
        let header = |name: &str| call.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let id = header("webhook-id").filter(|id| !id.is_empty()).ok_or("the header webhook-id is missing")?;
        // A signature that leaves the id open would let anyone make duplicates, or new events of old ones.
        if header("signature-input").is_some_and(|input| !input.contains("\"webhook-id\"")) {
            return Err("signature-input does not cover webhook-id".to_owned());
        }
        let told = [&self.shared, &self.public]
            .into_iter()
            .filter(|keys| !keys.is_empty())
            .map(|keys| self.explain(call, keys, now))
            .collect::<Vec<_>>();
        if told.iter().any(|told| told.valid) {
            return Ok(id.to_owned());
        }
        // The keys of the other kind say nothing about it.
        let of_its_kind = told.iter().find(|told| told.reason != Reason::MalformedSecret).or(told.first());
        Err(match of_its_kind {
            // The rest of that hint is for who asks the sandbox.
            Some(told) if told.reason == Reason::SignatureMismatch => {
                "no secret fits: another one signed, or the call was changed on its way".to_owned()
            }
            Some(told) => told.hint.clone(),
            None => "no key is known".to_owned(),
        })
    }

    fn explain(&self, call: Call<'_>, keys: &[String], now: i64) -> Explanation {
        explain(&Received {
            headers: call.headers,
            body: call.body,
            keys,
            method: call.method,
            url: call.url,
            now,
            tolerance: self.tolerance,
            known: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::standard_webhooks;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const OTHER: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    // Source: RFC 8032 §7.1, test 2.
    const PRIVATE: &str = "whsk_TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=";
    const PUBLIC: &str = "whpk_PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=";

    fn verifier(secrets: &[&str]) -> Result<Verifier, String> {
        let secrets: Vec<_> = secrets.iter().map(|&text| text.to_owned()).collect();
        Verifier::new(&secrets, Duration::from_mins(5))
    }

    #[test]
    fn secrets_of_both_kinds_stand_side_by_side() {
        let both = verifier(&[OTHER, PUBLIC, SECRET]).expect("three keys");
        let shared = standard_webhooks::sign(&[SECRET.to_owned()], "m1", 1000, b"{}").expect("signed");
        let pair = ed25519::sign(&[PRIVATE.to_owned()], "m1", 1000, b"{}").expect("signed");
        for signature in [shared, pair] {
            let headers = [
                ("webhook-id", "m1".to_owned()),
                ("webhook-timestamp", "1000".to_owned()),
                ("webhook-signature", signature),
            ]
            .map(|(name, value)| (name.to_owned(), value));
            let call = Call { headers: &headers, body: b"{}", method: "PUT", url: "http://h/" };
            assert_eq!(both.verify(call, 1300), Ok("m1".to_owned()));
            assert!(both.verify(call, 1301).is_err_and(|words| words.contains("301 seconds old")));
            assert!(both.verify(Call { body: b"{ }", ..call }, 1000).is_err());
            assert!(both.verify(Call { headers: &headers[1..], ..call }, 1000).is_err());
            assert!(verifier(&[OTHER]).expect("a key").verify(call, 1000).is_err());
        }
    }

    #[test]
    fn what_is_no_secret_is_refused_and_not_repeated() {
        for wrong in ["s3cret", "whsec_short", "whpk_s3cret", PRIVATE] {
            let words = verifier(&[SECRET, wrong]).expect_err(wrong);
            assert!(words.starts_with("secret: ") && !words.contains("s3cret"), "{words}");
        }
        assert!(verifier(&[]).is_err());
    }
}
