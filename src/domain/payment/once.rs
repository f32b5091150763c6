//! Calls that are made once, however often they come: `Idempotency-Key`.

use std::sync::Arc;

use crate::domain::contract::error::Error;
use crate::domain::outbox::notice::Notices;
use crate::domain::record::answered::Answered;
use crate::domain::record::payment::Payment;
use crate::domain::state::State;
use crate::domain::value::hash::Hash;

/// What a rule of this room gives: the payment, and what partners are told.
pub type Paid = (Arc<Payment>, Notices);

/// The longest key, in characters.
const LONGEST_KEY: usize = 255;

/// Applies a rule, or gives the answer that the same request had before under the same key.
///
/// Assumed: a request that was refused is tried again; the newest 1000 keys of an account are known.
///
/// # Errors
/// Those of the rule; a key that is empty or too long, or that another request had.
pub fn once(
    state: &mut State,
    key: Option<&str>,
    request: &str,
    rule: impl FnOnce(&mut State) -> Result<Paid, Error>,
) -> Result<(String, Notices), Error> {
    if let Some(key) = key.filter(|key| key.is_empty() || key.chars().count() > LONGEST_KEY) {
        let length = key.chars().count();
        return Err(Error::Invalid(format!("Idempotency-Key: expected 1 to {LONGEST_KEY} characters, got {length}")));
    }
    let hash = Hash::of(request);
    if let Some((key, known)) = key.and_then(|key| Some((key, state.answered(key)?))) {
        return if known.request == hash {
            Ok((known.answer.clone(), Notices::new()))
        } else {
            Err(Error::Invalid(format!("Idempotency-Key: {key:?} came with another request before")))
        };
    }
    let (payment, notices) = rule(state)?;
    let answer = serde_json::to_string(&payment.view()).map_err(|error| Error::Internal(error.to_string()))?;
    if let Some(key) = key {
        state.keep_answer(Answered { key: key.to_owned(), request: hash, answer: answer.clone() });
    }
    Ok((answer, notices))
}
