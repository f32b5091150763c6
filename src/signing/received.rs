//! The signature of a received notification: read from its headers, and checked with a key.

use hmac::Mac;

use super::header::{decode, header, unhex};
use super::reason::{Diagnosis, VerificationReason};
use super::scheme::Scheme;
use super::{ed25519, http_message};

/// A key that verifies signatures.
#[derive(Debug)]
pub enum VerificationKey {
    /// A shared secret's bytes.
    Shared(Vec<u8>),
    /// The 32 bytes of an ed25519 public key.
    Public(Vec<u8>),
}

impl VerificationKey {
    /// Reads the text of a key: `whsec_`, `whpk_`, `whsk_` (for its public half), or a shared secret in bare base64.
    pub fn read(text: &str, signed: &ReceivedSignature) -> Result<Self, Diagnosis> {
        use aws_lc_rs::signature::KeyPair as _;
        let wrong = |hint: &str| (VerificationReason::MalformedSecret, hint.to_owned());
        if signed.is_pair() {
            let public = ed25519::public_key(text)
                .or_else(|| ed25519::private_key(text).map(|pair| pair.public_key().as_ref().to_vec()));
            return public
                .map(Self::Public)
                .ok_or_else(|| wrong("the signature is ed25519: expected a public key, whpk_ and 32 bytes in base64"));
        }
        decode(text.strip_prefix("whsec_").unwrap_or(text))
            .filter(|key| !key.is_empty())
            .map(Self::Shared)
            .ok_or_else(|| wrong("the signature is HMAC: expected a secret, whsec_ and base64"))
    }
}

/// The signature of a notification: one, or several while a secret is rotated.
#[derive(Debug, Clone)]
pub struct ReceivedSignature {
    id: String,
    /// The timestamp as it was sent.
    pub timestamp: String,
    /// The signatures as they were sent, without version or colons.
    texts: Vec<String>,
    signatures: Vec<Vec<u8>>,
    form: SignatureForm,
}

#[derive(Debug, Clone)]
enum SignatureForm {
    Hmac,
    Ed25519,
    /// RFC 9421.
    Message {
        is_pair: bool,
        /// For each signature, the covered components (name and value) and the parameters as they were sent.
        inputs: Vec<(Vec<(String, String)>, String)>,
    },
}

fn malformed(hint: String) -> Diagnosis {
    (VerificationReason::MalformedSignature, hint)
}

impl ReceivedSignature {
    /// Reads the headers of a notification.
    pub fn read(headers: &[(String, String)], method: &str, url: &str) -> Result<Self, Diagnosis> {
        let id = header(headers, "webhook-id")?.to_owned();
        if Scheme::of(headers) == Some(Scheme::HttpMessageSignatures) {
            return Self::read_message(headers, id, method, url);
        }
        let timestamp = header(headers, "webhook-timestamp")?.to_owned();
        let value = header(headers, "webhook-signature")?;
        let is_pair = value.starts_with("v1a,");
        let version = if is_pair { "v1a," } else { "v1," };
        let mut texts: Vec<String> =
            value.split(' ').filter_map(|one| one.strip_prefix(version)).map(str::to_owned).collect();
        if texts.is_empty() && unhex(value).is_some() {
            texts.push(value.to_owned());
        }
        let signatures: Vec<Vec<u8>> = texts.iter().filter_map(|text| decode(text)).collect();
        if texts.is_empty() || (signatures.is_empty() && texts.iter().all(|text| unhex(text).is_none())) {
            return Err(malformed(format!(
                "webhook-signature: expected v1, or v1a, and base64, several separated by a blank, got {value:?}"
            )));
        }
        let form = if is_pair { SignatureForm::Ed25519 } else { SignatureForm::Hmac };
        Ok(Self { id, timestamp, texts, signatures, form })
    }

    fn read_message(headers: &[(String, String)], id: String, method: &str, url: &str) -> Result<Self, Diagnosis> {
        header(headers, "content-digest")?;
        let (input, signature) = (header(headers, "signature-input")?, header(headers, "signature")?);
        let wrong =
            || malformed("signature-input and signature: expected label=(...);... and label=:base64:".to_owned());
        let signatures: Vec<(&str, &str)> = http_message::members(signature);
        let mut read =
            Self { id, timestamp: String::new(), texts: Vec::new(), signatures: Vec::new(), form: SignatureForm::Hmac };
        let (mut inputs, mut is_pair) = (Vec::new(), false);
        for (label, parameters) in http_message::members(input) {
            let text = signatures.iter().find(|(known, _)| *known == label).map(|(_, text)| *text).ok_or_else(wrong)?;
            let text = text.trim_matches(':');
            let (names, rest) = parameters.strip_prefix('(').and_then(|rest| rest.split_once(')')).ok_or_else(wrong)?;
            let mut components = Vec::new();
            for name in names.split_ascii_whitespace().map(|name| name.trim_matches('"')) {
                let value = match name {
                    "@method" => method,
                    "@target-uri" => url,
                    _ if name.starts_with('@') => {
                        return Err(malformed(format!("the component {name} is none a notification covers")));
                    }
                    _ => header(headers, name)?,
                };
                components.push((name.to_owned(), value.to_owned()));
            }
            if !components.iter().any(|(name, _)| name == "content-digest") {
                return Err(malformed("signature-input covers no content-digest, so not the body".to_owned()));
            }
            let parameter = |name: &str| {
                rest.split(';')
                    .find_map(|one| one.trim().strip_prefix(name)?.strip_prefix('='))
                    .map(|v| v.trim_matches('"'))
            };
            parameter("created").ok_or_else(wrong)?.clone_into(&mut read.timestamp);
            is_pair = parameter("alg") == Some("ed25519");
            read.signatures.push(decode(text).or_else(|| unhex(text)).ok_or_else(wrong)?);
            read.texts.push(text.to_owned());
            inputs.push((components, parameters.to_owned()));
        }
        if inputs.is_empty() {
            return Err(wrong());
        }
        read.form = SignatureForm::Message { is_pair, inputs };
        Ok(read)
    }

    fn is_pair(&self) -> bool {
        matches!(self.form, SignatureForm::Ed25519 | SignatureForm::Message { is_pair: true, .. })
    }

    /// The same signature, read as hex instead of base64; `None` if no part of it is hex.
    pub fn unhexed(&self) -> Option<Self> {
        let signatures: Vec<_> = self.texts.iter().filter_map(|text| unhex(text)).collect();
        (!signatures.is_empty()).then(|| Self { signatures, ..self.clone() })
    }

    /// Whether any of the signatures fits.
    pub fn fits(&self, key: &VerificationKey, timestamp: &str, body: &[u8]) -> bool {
        self.signatures.iter().enumerate().any(|(index, signature)| {
            let message = self.message(index, timestamp, body);
            match key {
                VerificationKey::Shared(key) => {
                    http_message::hmac(key, &message).is_some_and(|mac| mac.verify_slice(signature).is_ok())
                }
                VerificationKey::Public(key) => ed25519::fits(key, &message, signature),
            }
        })
    }

    fn message(&self, index: usize, timestamp: &str, body: &[u8]) -> Vec<u8> {
        let SignatureForm::Message { inputs, .. } = &self.form else {
            return ed25519::message(&self.id, timestamp, body);
        };
        let Some((components, parameters)) = inputs.get(index) else { return Vec::new() };
        let digest = http_message::content_digest(body);
        let values = components.iter().map(|(name, value)| {
            // The digest is computed from the body: the header's value counts only if it is the same.
            (name.as_str(), if name == "content-digest" { digest.as_str() } else { value.as_str() })
        });
        http_message::base(values, parameters).into_bytes()
    }
}
