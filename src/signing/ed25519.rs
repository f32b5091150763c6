//! Standard Webhooks with a key pair: ed25519 over `id.timestamp.body`, version `v1a`.
//!
//! Source: the Standard Webhooks specification, asymmetric signatures.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Reads a private key: `whsk_` and base64 of the seed; a public key after the seed is ignored.
pub fn private_key(text: &str) -> Option<Ed25519KeyPair> {
    let bytes = STANDARD.decode(text.strip_prefix("whsk_")?).ok()?;
    Ed25519KeyPair::from_seed_unchecked(bytes.get(..32)?).ok()
}

/// Reads the 32 bytes of a public key: `whpk_` and base64.
pub fn public_key(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text.strip_prefix("whpk_")?).ok().filter(|key| key.len() == 32)
}

/// The value of `webhook-signature`: one signature for each key, the newest first.
///
/// `None` without keys, or if one of them is malformed.
pub fn sign(keys: &[String], id: &str, timestamp: i64, body: &[u8]) -> Option<String> {
    let message = message(id, &timestamp.to_string(), body);
    let one = |key: &String| private_key(key).map(|key| format!("v1a,{}", STANDARD.encode(key.sign(&message))));
    keys.iter().map(one).collect::<Option<Vec<_>>>().map(|all| all.join(" ")).filter(|all| !all.is_empty())
}

/// Whether a signature fits a message.
pub fn fits(public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, public).verify(message, signature).is_ok()
}

/// The bytes that Standard Webhooks sign.
pub fn message(id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Source: RFC 8032 §7.1, test 2: seed, public key, and the signature of the byte 0x72.
    const SEED: &str = "TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=";
    const PUBLIC: &str = "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=";

    #[test]
    fn both_forms_of_a_private_key_sign_alike_and_the_public_one_verifies() {
        let long = [STANDARD.decode(SEED).expect("base64"), STANDARD.decode(PUBLIC).expect("base64")].concat();
        let keys = [format!("whsk_{SEED}"), format!("whsk_{}", STANDARD.encode(long))];
        let signed = sign(&keys, "msg_1", 1000, b"{}").expect("signed");
        let (first, second) = signed.split_once(' ').expect("two");
        assert_eq!(first, second);
        let signature = STANDARD.decode(first.strip_prefix("v1a,").expect("its version")).expect("base64");
        let public = public_key(&format!("whpk_{PUBLIC}")).expect("a key");
        assert!(fits(&public, b"msg_1.1000.{}", &signature));
        assert!(!fits(&public, b"msg_1.1000.{ }", &signature));
        assert_eq!(sign(&["whsec_AAAA".to_owned()], "msg_1", 1000, b"{}"), None);
        assert_eq!(sign(&[], "msg_1", 1000, b"{}"), None);
    }
}
