//! Verifies the signature of a call: Standard Webhooks (`v1`, `v1a`) or HTTP Message Signatures.

use std::time::Duration;

use crate::domain::record::subscription::secret_misfit;
use crate::signing::ed25519;
use crate::signing::explain::{Explanation, Received, explain};
use crate::signing::http_message;
use crate::signing::reason::VerificationReason;

/// The keys that a receiver knows; several while a secret is rotated.
#[derive(Debug)]
pub struct Verifier {
    shared: Vec<String>,
    public: Vec<String>,
    tolerance: i64,
}

/// What the signature of a call can cover.
#[derive(Debug, Clone, Copy)]
pub struct SignedCall<'a> {
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
    /// A verifier with these secrets (with or without `whsec_`) and public keys (`whpk_`).
    ///
    /// # Errors
    /// One of them is malformed, in words that do not repeat it.
    pub fn new(secrets: &[String], tolerance: Duration) -> Result<Self, String> {
        let (public, mut shared): (Vec<_>, Vec<_>) =
            secrets.iter().cloned().partition(|text| text.starts_with("whpk_"));
        if public.iter().any(|text| ed25519::public_key(text).is_none()) {
            return Err("secret: expected whpk_ and 32 bytes in base64".to_owned());
        }
        if shared.iter().any(|text| text.starts_with("whsk_")) {
            return Err("secret: whsk_ is the sender's private key; give the receiver the public one, whpk_".to_owned());
        }
        for secret in shared.iter_mut().filter(|secret| !secret.starts_with("whsec_")) {
            secret.insert_str(0, "whsec_");
        }
        if let Some(wrong) = shared.iter().find_map(|text| secret_misfit("secret", text)) {
            return Err(format!("{wrong}, or whpk_ and 32 bytes in base64"));
        }
        if secrets.is_empty() {
            return Err("secret: expected one or more, got none".to_owned());
        }
        Ok(Self { shared, public, tolerance: i64::try_from(tolerance.as_secs()).unwrap_or(i64::MAX) })
    }

    /// Verifies a call and returns its `webhook-id`.
    ///
    /// # Errors
    /// Why it does not verify, in words.
    pub fn verify(&self, call: SignedCall<'_>, now: i64) -> Result<String, String> {
        let header = |name: &str| call.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let id = header("webhook-id").filter(|id| !id.is_empty()).ok_or("the header webhook-id is missing")?;
        let calls = header("signature-input").map_or_else(|| vec![call.headers.to_vec()], |input| split(&call, input));
        // A signature that does not cover the id would let anyone turn an old event into a duplicate or a new one.
        if calls.is_empty() {
            return Err("signature-input does not cover webhook-id".to_owned());
        }
        let keys = [&self.shared, &self.public].into_iter().filter(|keys| !keys.is_empty());
        let explanations: Vec<_> = keys
            .flat_map(|keys| calls.iter().map(|headers| self.explain(SignedCall { headers, ..call }, keys, now)))
            .collect();
        if explanations.iter().any(|explanation| explanation.valid) {
            return Ok(id.to_owned());
        }
        // Skip explanations that say nothing: those of keys of the other kind, and of signatures by other keys.
        let without = |silent: &[VerificationReason]| {
            explanations.iter().find(|explanation| !silent.contains(&explanation.reason))
        };
        let useful = without(&[VerificationReason::MalformedSecret, VerificationReason::SignatureMismatch]);
        let useful = useful.or_else(|| without(&[VerificationReason::MalformedSecret])).or(explanations.first());
        Err(match useful {
            // The usual hint is for users of the sandbox's own endpoint.
            Some(explanation) if explanation.reason == VerificationReason::SignatureMismatch => {
                "no secret fits: another one signed, or the call was changed on its way".to_owned()
            }
            Some(explanation) => explanation.hint.clone(),
            None => "no key is known".to_owned(),
        })
    }

    fn explain(&self, call: SignedCall<'_>, keys: &[String], now: i64) -> Explanation {
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

/// Splits a call with several HTTP Message Signatures: the headers once for each signature that covers `webhook-id`,
/// with only that signature. So no signature can borrow the components or the date of another.
fn split(call: &SignedCall<'_>, input: &str) -> Vec<Vec<(String, String)>> {
    let covering = http_message::members(input).into_iter().filter(|(_, parameters)| covers_id(parameters));
    covering
        .map(|(label, parameters)| {
            let mut headers = call.headers.to_vec();
            headers.retain(|(name, _)| name != "signature-input");
            headers.push(("signature-input".to_owned(), format!("{label}={parameters}")));
            headers
        })
        .collect()
}

/// Whether `webhook-id` is among the covered components, which are the list in parentheses.
fn covers_id(parameters: &str) -> bool {
    let covered = parameters.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    covered.is_some_and(|(names, _)| names.split_ascii_whitespace().any(|name| name == "\"webhook-id\""))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use hmac::Mac as _;

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
            let call = SignedCall { headers: &headers, body: b"{}", method: "PUT", url: "http://h/" };
            assert_eq!(both.verify(call, 1300), Ok("m1".to_owned()));
            assert!(both.verify(call, 1301).is_err_and(|words| words.contains("301 seconds old")));
            assert!(both.verify(SignedCall { body: b"{ }", ..call }, 1000).is_err());
            assert!(both.verify(SignedCall { headers: &headers[1..], ..call }, 1000).is_err());
            assert!(verifier(&[OTHER]).expect("a key").verify(call, 1000).is_err());
        }
    }

    /// A signature of `{}` over some components, as a member of `signature-input` and one of `signature`.
    fn member(label: &str, names: &[&str], created: i64) -> (String, String) {
        let digest = http_message::content_digest(b"{}");
        let value = |name| if name == "webhook-id" { "m1" } else { digest.as_str() };
        let quoted = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(" ");
        let parameters = format!("({quoted});created={created};alg=\"hmac-sha256\"");
        let base = http_message::base(names.iter().map(|&name| (name, value(name))), &parameters);
        let key = STANDARD.decode(SECRET.trim_start_matches("whsec_")).expect("base64");
        let mac = http_message::hmac(&key, base.as_bytes()).expect("a key").finalize().into_bytes();
        (format!("{label}={parameters}"), format!("{label}=:{}:", STANDARD.encode(mac)))
    }

    #[test]
    fn a_message_is_judged_by_the_signature_that_fits_and_not_by_one_beside_it() {
        let whole = ["content-digest", "webhook-id"];
        let forged = |created: i64| {
            let (input, _) = member("x", &whole, created);
            (input, "x=:AAAA:".to_owned())
        };
        let verify = |members: &[(String, String)]| {
            let join = |of: fn(&(String, String)) -> &str| members.iter().map(of).collect::<Vec<_>>().join(", ");
            let headers = [
                ("webhook-id", "m1".to_owned()),
                ("content-digest", http_message::content_digest(b"{}")),
                ("signature-input", join(|member| &member.0)),
                ("signature", join(|member| &member.1)),
            ]
            .map(|(name, value)| (name.to_owned(), value));
            let call = SignedCall { headers: &headers, body: b"{}", method: "PUT", url: "http://h/" };
            verifier(&[SECRET]).expect("a key").verify(call, 1000)
        };
        let (sound, open) = (member("a", &whole, 1000), member("a", &["content-digest"], 1000));
        for members in [vec![sound.clone()], vec![forged(1000), sound.clone()], vec![sound, forged(1000)]] {
            assert_eq!(verify(&members), Ok("m1".to_owned()), "{members:?}");
        }
        for members in [vec![open.clone()], vec![open.clone(), forged(1000)], vec![forged(1000), open]] {
            assert!(verify(&members).is_err(), "{members:?}");
        }
        // An old one is not made young by another's date.
        let old = member("a", &whole, 100);
        for members in [vec![old.clone()], vec![old.clone(), forged(1000)], vec![forged(1000), old]] {
            assert!(verify(&members).is_err_and(|words| words.contains("900 seconds old")), "{members:?}");
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
