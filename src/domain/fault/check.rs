//! What is wrong with a fault that is asked for.

use super::known::{known_fault, known_set};
use crate::domain::contract::error::Error;
use crate::domain::contract::operation::Operation;
use crate::domain::contract::service::{InService, OutService};
use crate::domain::operations;
use crate::domain::record::fault::effect::{Effect, GATEWAY_CODES, Latency};
use crate::domain::record::fault::{FaultInput, Match, Misdelivery};

/// The most copies of a notification.
const MOST_DUPLICATES: u32 = 100;
/// The most notifications that overtake one.
const MOST_OVERTAKING: u32 = 1000;
/// Seconds that a timestamp may be off.
const LONGEST_SKEW: i64 = 100 * 366 * 86_400;

impl FaultInput {
    /// The faults that are meant, checked.
    pub(super) fn resolve(&self) -> Result<Vec<Self>, Error> {
        if let Some(set) = &self.set {
            let alone = Self { set: Some(set.clone()), ttl: self.ttl, window: self.window, ..Self::default() };
            if *self != alone {
                return Err(Error::Invalid("set: expected no other member beside it but window and ttl".to_owned()));
            }
            let faults = known_set(set)?;
            return Ok(faults.into_iter().map(|one| Self { ttl: self.ttl, window: self.window, ..one }).collect());
        }
        let mut fault = self.clone();
        if let Some(name) = &self.name {
            if self.effect != (Effect { expires_in: self.effect.expires_in, ..Effect::default() }) {
                return Err(Error::Invalid("effect: a named fault has its own, but for expires_in".to_owned()));
            }
            let known = known_fault(name)?;
            let expires_in = self.effect.expires_in.or(known.effect.expires_in);
            fault.effect = Effect { expires_in, ..known.effect };
            fault.after = self.after.or(known.after);
            fault.times = self.times.or(known.times);
            if fault.r#match == Match::default() {
                fault.r#match = known.r#match;
            }
        }
        fault.check().map(|()| vec![fault])
    }

    fn check(&self) -> Result<(), Error> {
        let wrong = |member: &str, expected: &str, got: String| {
            Err(Error::Invalid(format!("{member}: expected {expected}, got {got}")))
        };
        let (wanted, effect) = (&self.r#match, &self.effect);
        if let Some(misdelivery) = &effect.notification {
            self.check_notification(misdelivery)?;
        } else if wanted.change_reason.is_some() || wanted.booking_code.is_some() {
            return wrong("match", "change_reason and booking_code with effect.notification alone", "them".to_owned());
        } else if let Some(service) = &wanted.service
            && service != "token"
            && service.parse::<InService>().is_err()
        {
            let expected = "a service like eligibility, or token; an outgoing one with effect.notification";
            return wrong("match.service", expected, format!("{service:?}"));
        }
        if let Some(operation) = &wanted.operation
            && operations::named(operation).is_none()
        {
            return wrong("match.operation", "an operation like create_eligibility", format!("{operation:?}"));
        }
        if let Some(id) = self.id.as_ref().filter(|id| id.is_empty() || id.len() > 80 || id.contains('/')) {
            return wrong("id", "1 to 80 characters without a slash", format!("{id:?}"));
        }
        if let Some(chance) = self.probability.filter(|chance| !(0.0..=1.0).contains(chance)) {
            return wrong("probability", "0 to 1", chance.to_string());
        }
        if self.times == Some(0) {
            return wrong("times", "1 or more", "0".to_owned());
        }
        if *effect == (Effect { applied: effect.applied, ..Effect::default() }) {
            return wrong("effect", "something that goes wrong, like {\"status\": 503}", "nothing".to_owned());
        }
        if let Some(status) = effect.status.filter(|status| !(400..=599).contains(status)) {
            return wrong("effect.status", "400 to 599", status.to_string());
        }
        if effect.error.is_some() && effect.status.is_none() {
            return wrong("effect.status", "a status beside error", "none".to_owned());
        }
        if let Some(code) = effect.gateway.filter(|code| !GATEWAY_CODES.contains(code)) {
            return wrong("effect.gateway", &format!("one of {GATEWAY_CODES:?}"), code.to_string());
        }
        if effect.gateway.is_some() && self.is_of_token() {
            let expected =
                "a service behind the gateway with effect.gateway; status and error are for the token endpoint";
            return wrong("match", expected, "the token endpoint".to_owned());
        }
        if effect.gateway.is_some() && effect.status.is_some() {
            return wrong("effect.gateway", "no status beside it", "both".to_owned());
        }
        match effect.latency {
            Some(Latency::Lognormal { sigma, .. }) if !(0.0..=10.0).contains(&sigma) => {
                wrong("effect.latency.lognormal.sigma", "0 to 10", sigma.to_string())
            }
            Some(Latency::Uniform { min, max }) if min > max => {
                wrong("effect.latency.uniform.max", &format!("{min} or more"), max.to_string())
            }
            _ => Ok(()),
        }
    }

    /// Whether it names the token endpoint.
    fn is_of_token(&self) -> bool {
        let is_token = |name: &String| operations::named(name).is_some_and(Operation::is_token);
        self.r#match.service.as_deref() == Some("token") || self.r#match.operation.as_ref().is_some_and(is_token)
    }

    /// What is wrong with a fault of notifications.
    fn check_notification(&self, effect: &Misdelivery) -> Result<(), Error> {
        let wrong = |member: &str, expected: &str, got: String| {
            Err(Error::Invalid(format!("{member}: expected {expected}, got {got}")))
        };
        let wanted = &self.r#match;
        let outgoing = Match {
            service: wanted.service.clone(),
            candidate: wanted.candidate.clone(),
            change_reason: wanted.change_reason,
            booking_code: wanted.booking_code.clone(),
            ..Match::default()
        };
        if *wanted != outgoing {
            let expected = "service, candidate, change_reason and booking_code alone with effect.notification";
            return wrong("match", expected, "more".to_owned());
        }
        if let Some(service) = wanted.service.as_ref().filter(|service| service.parse::<OutService>().is_err()) {
            return wrong("match.service", "an outgoing service like booking_notification", format!("{service:?}"));
        }
        if self.effect != (Effect { notification: self.effect.notification, ..Effect::default() }) {
            return wrong("effect", "no other member beside notification", "more".to_owned());
        }
        if *effect == Misdelivery::default() {
            return wrong(
                "effect.notification",
                "something that goes wrong, like {\"drop\": true}",
                "nothing".to_owned(),
            );
        }
        for (name, number, most) in
            [("duplicate", effect.duplicate, MOST_DUPLICATES), ("reorder", effect.reorder, MOST_OVERTAKING)]
        {
            if let Some(number) = number.filter(|number| !(1..=most).contains(number)) {
                return wrong(&format!("effect.notification.{name}"), &format!("1 to {most}"), number.to_string());
            }
        }
        if effect.hold && effect.reorder.is_some() {
            return wrong("effect.notification", "hold or reorder", "both".to_owned());
        }
        if effect.wrong_key && effect.old_key {
            return wrong("effect.notification", "wrong_key or old_key", "both".to_owned());
        }
        if effect.altered_body && effect.truncated_body {
            return wrong("effect.notification", "altered_body or truncated_body", "both".to_owned());
        }
        if effect.flapping.is_some_and(|way| way.down == 0) {
            return wrong("effect.notification.flapping.down", "1 or more", "0".to_owned());
        }
        if let Some(skew) = effect.skewed_timestamp.filter(|skew| skew.abs() > LONGEST_SKEW) {
            return wrong("effect.notification.skewed_timestamp", "100 years of seconds at most", skew.to_string());
        }
        let others = Misdelivery { drop: false, ..*effect };
        if effect.drop && others != Misdelivery::default() {
            return wrong("effect.notification.drop", "nothing beside it: what is lost is not sent", "more".to_owned());
        }
        Ok(())
    }
}
