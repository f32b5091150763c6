//! Random secrets, tokens and codes: never seeded. The one place that asks for randomness.

use std::sync::LazyLock;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::crypto::SecureRandom;

/// The TLS provider's generator: it asks the kernel by a system call, so it works in a root without `/dev` as well,
/// where the usual one of a static binary panics.
static RANDOM: LazyLock<&'static dyn SecureRandom> =
    LazyLock::new(|| rustls::crypto::aws_lc_rs::default_provider().secure_random);

/// A random text of letters, digits, `_` and `-`: a real client does not URL-encode its form.
pub fn password() -> String {
    pick(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", 20)
}

/// A consumer key or secret, as the gateway product makes them: 28 letters, digits and `_`.
pub fn key() -> String {
    pick(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_", 28)
}

/// An account code: 8 upper-case letters and digits.
pub fn account_code() -> String {
    pick(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 8)
}

/// A random UUID, as the gateway's access tokens are.
pub fn uuid() -> uuid::Uuid {
    uuid::Builder::from_random_bytes(bytes()).into_uuid()
}

/// A Standard Webhooks secret of 24 random bytes.
pub fn signing() -> String {
    format!("whsec_{}", STANDARD.encode(bytes::<24>()))
}

/// A private key for ed25519, as Standard Webhooks writes it: `whsk_` and seed and public key in base64.
pub fn private_key() -> String {
    let seed = bytes::<32>();
    let public = Ed25519KeyPair::from_seed_unchecked(&seed).map(|pair| pair.public_key().as_ref().to_vec());
    format!("whsk_{}", STANDARD.encode([&seed[..], &public.unwrap_or_default()].concat()))
}

/// The public key of a private one: `whpk_` and base64; `None` if the text is no private key.
pub fn public_key(private: &str) -> Option<String> {
    let bytes = STANDARD.decode(private.strip_prefix("whsk_")?).ok()?;
    let pair = Ed25519KeyPair::from_seed_unchecked(bytes.get(..32)?).ok()?;
    Some(format!("whpk_{}", STANDARD.encode(pair.public_key())))
}

fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    assert!(RANDOM.fill(&mut bytes).is_ok(), "the kernel gives no random bytes");
    bytes
}

/// Letters by the remainder of 32 random bits: the bias is below one in ten million.
fn pick(letters: &[u8], count: usize) -> String {
    let letter = |_| {
        let number = usize::try_from(u32::from_le_bytes(bytes())).unwrap_or(0);
        char::from(letters[number % letters.len()])
    };
    (0..count).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn secrets_differ_and_need_no_escaping() {
        let made: BTreeSet<String> = (0..200).flat_map(|_| [password(), key(), account_code()]).collect();
        assert_eq!(made.len(), 600);
        let fits = |text: &String| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        assert!(made.iter().all(fits), "{made:?}");
        assert_eq!(uuid().get_version_num(), 4);
        assert_eq!(crate::domain::record::subscription::secret_misfit("secret", &signing()), None);
    }
}
