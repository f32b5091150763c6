//! A row as it is sent: where, signed with what, and what a fault makes of it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::domain::contract::service::OutService;
use crate::domain::contract::xapi;
use crate::domain::record::fault::InjectedMisdelivery;
use crate::domain::record::settings::Timekeeper;
use crate::domain::record::subscription::{KeyKind, Signing, Subscription};
use crate::domain::state::State;
use crate::domain::value::stamp::Timestamp;

/// A delivery to send now.
#[derive(Debug, Clone)]
pub struct Job {
    /// The row.
    pub row: u64,
    /// Its identifier, the `webhook-id`.
    pub id: Arc<str>,
    /// Where and how.
    pub subscription: Arc<Subscription>,
    /// The URL, where it is not the subscription's.
    pub url: Option<String>,
    /// The header that the service's standard asks for.
    pub header: Option<(&'static str, &'static str)>,
    /// The outgoing service.
    pub service: OutService,
    /// The secrets to sign with, the newest first.
    pub secrets: Vec<String>,
    /// The body, as it is signed.
    pub body: Arc<str>,
    /// The body as it is sent, where a fault changes it.
    pub sent: Option<Arc<str>>,
    /// Seconds that the signature's timestamp is off.
    pub skew: i64,
    /// Why it is not sent at all.
    pub unsent: Option<String>,
    /// What a fault does to it, in words.
    pub misdelivery: Option<String>,
    /// The trace of the call that caused it.
    pub traceparent: Option<Arc<str>>,
    /// 1 for the first attempt.
    pub number: u32,
    /// The account's instant, where `signature_time` asks for it.
    pub signed_at: Option<Timestamp>,
    /// The account's instant, where `tokens` asks for it.
    pub tokens_at: Option<Timestamp>,
    /// The epoch of the account that the row belongs to: each reset begins a new one.
    pub epoch: u64,
}

impl Job {
    /// Where it is sent.
    pub fn url(&self) -> &str {
        self.url.as_deref().unwrap_or(&self.subscription.url)
    }

    /// The body as it is sent.
    pub fn sent_body(&self) -> &Arc<str> {
        self.sent.as_ref().unwrap_or(&self.body)
    }
}

/// A delivery as its next attempt would send it; the attempt is counted, so the caller undoes the change.
pub fn rehearse(state: &mut State, id: &str, now: Timestamp) -> Option<Job> {
    let (row, _) = state.delivery(id).ok()?;
    state.change_delivery(row, |delivery| {
        delivery.attempts += 1;
        delivery.round += 1;
    });
    make(state, row, now)
}

/// Makes the job of a row; a fault shows in the first attempt, so that another one can go well.
pub(super) fn make(state: &State, row: u64, now: Timestamp) -> Option<Job> {
    let delivery = state.deliveries().row(row)?;
    let subscription = state.subscriptions.get(&delivery.service)?;
    let is_statement = subscription.is_statement(delivery.service);
    let mut job = Job {
        row,
        id: Arc::clone(&delivery.id),
        url: is_statement.then(|| xapi::statements_url(&subscription.url, &delivery.id)),
        header: is_statement.then_some(xapi::VERSION),
        service: delivery.service,
        secrets: secrets(state, &subscription.signing),
        subscription: Arc::clone(subscription),
        body: Arc::clone(&delivery.body),
        sent: None,
        skew: 0,
        unsent: None,
        misdelivery: None,
        traceparent: delivery.traceparent.clone(),
        number: delivery.attempts,
        signed_at: (state.settings.signature_time == Timekeeper::Clock).then_some(now),
        tokens_at: (state.settings.tokens == Timekeeper::Clock).then_some(now),
        epoch: state.epoch,
    };
    if let Some(misdelivery) = delivery.fault.as_ref().filter(|_| delivery.round == 1 && !delivery.is_taken) {
        spoil(&mut job, misdelivery, state);
    }
    Some(job)
}

/// The secrets to sign with, the newest first: the account's where the subscription has none of its own.
pub fn secrets(state: &State, signing: &Signing) -> Vec<String> {
    match (signing.kind(), signing.secrets()) {
        (Some(KeyKind::Shared), (secret, previous)) => {
            let first = secret.unwrap_or(&state.account.signing_secret).clone();
            std::iter::once(first).chain(previous.cloned()).collect()
        }
        (Some(KeyKind::Pair), (secret, previous)) => secret.into_iter().chain(previous).cloned().collect(),
        (None, _) => Vec::new(),
    }
}

/// Has a fault change what is sent.
fn spoil(job: &mut Job, misdelivery: &InjectedMisdelivery, state: &State) {
    let effect = &misdelivery.effect;
    let mut words = Vec::new();
    if let Some(kind) = job.subscription.signing.kind().filter(|_| effect.wrong_key || effect.old_key) {
        let previous = job.secrets.get(1).cloned().filter(|_| effect.old_key);
        words.push(if previous.is_some() { "signed with the old key" } else { "signed with a wrong key" });
        job.secrets = vec![previous.unwrap_or_else(|| wrong_key(kind, &state.faults.made_up(&misdelivery.fault)))];
    }
    if let Some(skew) = effect.skewed_timestamp.filter(|_| job.subscription.signing.kind().is_some()) {
        job.skew = skew;
        words.push("the timestamp is off");
    }
    if effect.altered_body {
        job.sent = Some(altered(&job.body).into());
        words.push("the body was altered after it was signed");
    }
    if effect.truncated_body {
        job.sent = Some(job.body[..job.body.floor_char_boundary(job.body.len() / 2)].into());
        words.push("the body was cut in half after it was signed");
    }
    if effect.flapping.is_some() {
        job.unsent = Some(format!("not sent: no way to the receiver (fault {}: flapping)", misdelivery.fault));
    }
    if !words.is_empty() {
        job.misdelivery = Some(format!("fault {}: {}", misdelivery.fault, words.join(", ")));
    }
}

/// A key that nobody knows, the same for the same seed and fault.
fn wrong_key(kind: KeyKind, bytes: &[u8; 32]) -> String {
    let prefix = match kind {
        KeyKind::Shared => "whsec_",
        KeyKind::Pair => "whsk_",
    };
    prefix.to_owned() + &STANDARD.encode(bytes)
}

/// The body with another letter or digit in its first value, so that it still is JSON of the same shape.
fn altered(body: &str) -> String {
    let from = body.find(":\"").map_or(0, |at| at + 2);
    let changed = body.char_indices().find(|(at, c)| *at >= from && c.is_ascii_alphanumeric());
    let Some((at, letter)) = changed else { return format!("{body} ") };
    let other = if letter == 'X' { 'Y' } else { 'X' };
    format!("{}{other}{}", &body[..at], &body[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_altered_body_is_of_the_same_length_and_shape_and_differs() {
        for body in [r#"{"booking_code":"ABCD1234","n":1}"#, r#"{"a":"X"}"#, r#"{"a":"","b":"é1"}"#, "{\"n\":1}"] {
            let changed = altered(body);
            assert_ne!(changed, body);
            assert_eq!(changed.len(), body.len(), "{changed}");
        }
        assert_eq!(altered(r#"{"booking_code":"ABCD1234"}"#), r#"{"booking_code":"XBCD1234"}"#);
        assert_eq!(altered("{}"), "{} ");
    }
}
