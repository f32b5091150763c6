//! The faults and sets of faults that have a name.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::record::fault::effect::{Damage, Effect, Latency, Misdelivery, TokenEffect};
use crate::domain::record::fault::{FaultInput, Match};
use crate::domain::value::misfit::Misfit;
use crate::domain::value::span::Span;

fn issuing(effect: Effect) -> FaultInput {
    let r#match = Match { operation: Some("issue_token".to_owned()), ..Match::default() };
    FaultInput { r#match, effect, ..FaultInput::default() }
}

fn status(status: u16) -> Effect {
    Effect { status: Some(status), ..Effect::default() }
}

fn misdelivering(effect: Misdelivery) -> FaultInput {
    let effect = Effect { notification: Some(effect), ..Effect::default() };
    FaultInput { effect, ..FaultInput::default() }
}

fn slow(latency: Latency) -> Effect {
    Effect { latency: Some(latency), ..Effect::default() }
}

/// The faults of the token endpoint that have a name.
pub(super) fn known_fault(name: &str) -> Result<FaultInput, Misfit> {
    let default = Effect::default;
    Ok(match name {
        "token-slow" => issuing(slow(Latency::Fixed(Span::seconds(5)))),
        "token-500" => issuing(status(500)),
        "token-503" => issuing(status(503)),
        "token-invalid-client" => issuing(Effect { error: Some("invalid_client".to_owned()), ..status(401) }),
        "token-html" => issuing(Effect { body: Some(Damage::Html), ..default() }),
        "token-expires-in" => issuing(Effect { expires_in: Some(10), ..default() }),
        "token-unsorted" => issuing(Effect { body: Some(Damage::Unsorted), ..default() }),
        "token-revoked" => {
            let header = BTreeMap::from([("authorization".to_owned(), "Bearer *".to_owned())]);
            let effect = Effect { token: Some(TokenEffect::Revoked), ..default() };
            FaultInput {
                r#match: Match { header, ..Match::default() },
                effect,
                times: Some(1),
                ..FaultInput::default()
            }
        }
        other => {
            const NAMES: [&str; 8] = [
                "token-slow",
                "token-500",
                "token-503",
                "token-invalid-client",
                "token-html",
                "token-expires-in",
                "token-unsorted",
                "token-revoked",
            ];
            return Err(Misfit::unknown("name", other, &NAMES));
        }
    })
}

/// The faults of a set.
pub(super) fn known_set(set: &str) -> Result<Vec<FaultInput>, Misfit> {
    Ok(match set {
        "maintenance" => {
            let effect = Effect { retry_after: Some(120), ..status(503) };
            vec![FaultInput { effect, ..FaultInput::default() }]
        }
        "token-brownout" => {
            let half = |effect| FaultInput { probability: Some(0.5), ..issuing(effect) };
            let median = Span(Duration::from_millis(1500));
            vec![half(status(503)), issuing(slow(Latency::Lognormal { median, sigma: 0.5 }))]
        }
        "slow-vendor" => {
            let median = Span(Duration::from_millis(1500));
            vec![FaultInput { effect: slow(Latency::Lognormal { median, sigma: 0.6 }), ..FaultInput::default() }]
        }
        "duplicate-storm" => {
            let storm = |duplicate, probability| FaultInput {
                probability,
                ..misdelivering(Misdelivery { duplicate: Some(duplicate), ..Misdelivery::default() })
            };
            // Every third one is sent six times, each other one twice or three times.
            vec![storm(5, Some(1.0 / 3.0)), storm(2, Some(0.5)), storm(1, None)]
        }
        "clock-skew" => {
            let off = |seconds, probability| FaultInput {
                probability,
                ..misdelivering(Misdelivery { skewed_timestamp: Some(seconds), ..Misdelivery::default() })
            };
            vec![off(-600, Some(1.0 / 3.0)), off(600, Some(0.5))]
        }
        other => {
            let sets = ["maintenance", "token-brownout", "slow-vendor", "duplicate-storm", "clock-skew"];
            return Err(Misfit::unknown("set", other, &sets));
        }
    })
}
