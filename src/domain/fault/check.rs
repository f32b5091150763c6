//! What is wrong with a fault that is asked for.

use super::known::{known_fault, known_set};
use crate::domain::contract::operation::Operation;
use crate::domain::contract::service::{InService, OutService};
use crate::domain::operations;
use crate::domain::record::fault::effect::{Effect, GATEWAY_CODES, Latency};
use crate::domain::record::fault::{FaultInput, Match, Misdelivery};
use crate::domain::value::hidden::MASK;
use crate::domain::value::misfit::Misfit;

/// The most copies of a notification.
const MOST_DUPLICATES: u32 = 100;
/// The most notifications that overtake one.
const MOST_OVERTAKING: u32 = 1000;
/// Seconds that a timestamp may be off.
const LONGEST_SKEW: i64 = 100 * 366 * 86_400;

impl FaultInput {
    /// The faults that are meant, checked.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(super) fn resolve(&self) -> Result<Vec<Self>, Vec<Misfit>> {
        if let Some(set) = &self.set {
            let alone = Self { set: Some(set.clone()), ttl: self.ttl, window: self.window, ..Self::default() };
            let mut wrong = Misfits::default();
            wrong.when(*self != alone, "set", "no other member beside it but window and ttl", "more");
            match known_set(set) {
                Ok(faults) => {
                    let timed = |one| Self { ttl: self.ttl, window: self.window, ..one };
                    return wrong.none().map(|()| faults.into_iter().map(timed).collect());
                }
                Err(unknown) => wrong.0.push(unknown),
            }
            return Err(wrong.0);
        }
        let (mut fault, mut wrong) = (self.clone(), Misfits::default());
        if let Some(name) = &self.name {
            let is_alone = self.effect == Effect { expires_in: self.effect.expires_in, ..Effect::default() };
            wrong.when(!is_alone, "effect", "nothing but expires_in beside name, which has its own", "more");
            match known_fault(name) {
                Ok(known) => {
                    let expires_in = self.effect.expires_in.or(known.effect.expires_in);
                    fault.effect = Effect { expires_in, ..known.effect };
                    fault.after = self.after.or(known.after);
                    fault.times = self.times.or(known.times);
                    if fault.r#match == Match::default() {
                        fault.r#match = known.r#match;
                    }
                }
                Err(unknown) => wrong.0.push(unknown),
            }
        }
        fault.check(&mut wrong);
        wrong.none().map(|()| vec![fault])
    }

    fn check(&self, wrong: &mut Misfits) {
        let (wanted, effect) = (&self.r#match, &self.effect);
        if let Some(misdelivery) = &effect.notification {
            self.check_notification(misdelivery, wrong);
        } else {
            let is_of_notifications = wanted.change_reason.is_some() || wanted.booking_code.is_some();
            let expected = "change_reason and booking_code with effect.notification alone";
            wrong.when(is_of_notifications, "match", expected, "them");
            wrong.name(
                "match.service",
                wanted.service.as_deref(),
                InService::ALL.iter().map(|one| one.name()).chain(["token"]),
            );
            self.check_call(wrong);
        }
        if let Some(operation) = wanted.operation.as_ref().filter(|name| operations::named(name).is_none()) {
            let known: Vec<_> = operations::all().map(Operation::name).collect();
            let expected = "an operation like create_eligibility".to_owned();
            wrong.0.push(Misfit { expected, ..Misfit::unknown("match.operation", operation, &known) });
        }
        for name in self.hidden() {
            let expected = "the secret, or * for any: hidden ones are shown so (?secrets=true writes them)";
            wrong.add(&format!("match.header.{name}"), expected, MASK.to_owned());
        }
        if let Some(id) = self.id.as_ref().filter(|id| id.is_empty() || id.len() > 80 || id.contains('/')) {
            wrong.add("id", "1 to 80 characters without a slash", format!("{id:?}"));
        }
        if let Some(chance) = self.probability.filter(|chance| !(0.0..=1.0).contains(chance)) {
            wrong.add("probability", "0 to 1", chance.to_string());
        }
        wrong.when(self.times == Some(0), "times", "1 or more", "0");
    }

    /// What is wrong with what a call meets.
    fn check_call(&self, wrong: &mut Misfits) {
        let effect = &self.effect;
        let is_nothing = *effect == Effect { applied: effect.applied, ..Effect::default() };
        // One that is named by a name that nobody knows has none of its own.
        let expected = "something that goes wrong, like {\"status\": 503}";
        wrong.when(is_nothing && self.name.is_none(), "effect", expected, "nothing");
        if let Some(status) = effect.status.filter(|status| !(400..=599).contains(status)) {
            wrong.add("effect.status", "400 to 599", status.to_string());
        }
        let is_lone_error = effect.error.is_some() && effect.status.is_none();
        wrong.when(is_lone_error, "effect.status", "a status beside error", "none");
        if let Some(code) = effect.gateway.filter(|code| !GATEWAY_CODES.contains(code)) {
            wrong.add("effect.gateway", &format!("one of {GATEWAY_CODES:?}"), code.to_string());
        }
        if effect.gateway.is_some() {
            let expected =
                "a service behind the gateway with effect.gateway; status and error are for the token endpoint";
            wrong.when(self.is_of_token(), "match", expected, "the token endpoint");
            wrong.when(effect.status.is_some(), "effect.gateway", "no status beside it", "both");
        }
        match effect.latency {
            Some(Latency::Lognormal { sigma, .. }) if !(0.0..=10.0).contains(&sigma) => {
                wrong.add("effect.latency.lognormal.sigma", "0 to 10", sigma.to_string());
            }
            Some(Latency::Uniform { min, max }) if min > max => {
                wrong.add("effect.latency.uniform.max", &format!("{min} or more"), max.to_string());
            }
            _ => {}
        }
    }

    /// Whether it names the token endpoint.
    fn is_of_token(&self) -> bool {
        let is_token = |name: &String| operations::named(name).is_some_and(Operation::is_token);
        self.r#match.service.as_deref() == Some("token") || self.r#match.operation.as_ref().is_some_and(is_token)
    }

    /// What is wrong with a fault of notifications.
    fn check_notification(&self, effect: &Misdelivery, wrong: &mut Misfits) {
        let wanted = &self.r#match;
        let outgoing = Match {
            service: wanted.service.clone(),
            candidate: wanted.candidate.clone(),
            change_reason: wanted.change_reason,
            booking_code: wanted.booking_code.clone(),
            ..Match::default()
        };
        let expected = "service, candidate, change_reason and booking_code alone with effect.notification";
        wrong.when(*wanted != outgoing, "match", expected, "more");
        wrong.name("match.service", wanted.service.as_deref(), OutService::ALL.iter().map(|one| one.name()));
        let is_alone = self.effect == Effect { notification: self.effect.notification, ..Effect::default() };
        wrong.when(!is_alone, "effect", "no other member beside notification", "more");
        let is_nothing = *effect == Misdelivery::default();
        let expected = "something that goes wrong, like {\"drop\": true}";
        wrong.when(is_nothing, "effect.notification", expected, "nothing");
        for (name, number, most) in
            [("duplicate", effect.duplicate, MOST_DUPLICATES), ("reorder", effect.reorder, MOST_OVERTAKING)]
        {
            if let Some(number) = number.filter(|number| !(1..=most).contains(number)) {
                wrong.add(&format!("effect.notification.{name}"), &format!("1 to {most}"), number.to_string());
            }
        }
        for (are_both, either) in [
            (effect.hold && effect.reorder.is_some(), "hold or reorder"),
            (effect.wrong_key && effect.old_key, "wrong_key or old_key"),
            (effect.altered_body && effect.truncated_body, "altered_body or truncated_body"),
        ] {
            wrong.when(are_both, "effect.notification", either, "both");
        }
        let is_always_up = effect.flapping.is_some_and(|way| way.down == 0);
        wrong.when(is_always_up, "effect.notification.flapping.down", "1 or more", "0");
        let longest = -LONGEST_SKEW..=LONGEST_SKEW;
        if let Some(skew) = effect.skewed_timestamp.filter(|skew| !longest.contains(skew)) {
            wrong.add("effect.notification.skewed_timestamp", "100 years of seconds at most", skew.to_string());
        }
        let others = Misdelivery { drop: false, ..*effect };
        let is_lost = effect.drop && others != Misdelivery::default();
        let expected = "nothing beside it: what is lost is not sent";
        wrong.when(is_lost, "effect.notification.drop", expected, "more");
    }
}

/// What is wrong, in the order it is found.
#[derive(Default)]
struct Misfits(Vec<Misfit>);

impl Misfits {
    fn add(&mut self, path: &str, expected: &str, sent: String) {
        self.0.push(Misfit { path: path.to_owned(), expected: expected.to_owned(), sent });
    }

    fn when(&mut self, is_wrong: bool, path: &str, expected: &str, sent: &str) {
        if is_wrong {
            self.add(path, expected, sent.to_owned());
        }
    }

    /// Takes a name that is none of those that are known.
    fn name<'a>(&mut self, path: &str, name: Option<&str>, known: impl Iterator<Item = &'a str>) {
        let known: Vec<_> = known.collect();
        let unknown = name.filter(|name| !known.contains(name));
        self.0.extend(unknown.map(|name| Misfit::unknown(path, name, &known)));
    }

    fn none(self) -> Result<(), Vec<Misfit>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}
