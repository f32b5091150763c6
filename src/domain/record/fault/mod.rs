//! Faults on request: which calls and which notifications go wrong, and how.

pub mod effect;
mod pattern;
mod secret;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::contract::error::Error;
use crate::domain::contract::operation::Operation;
use crate::domain::contract::reason::Reason;
use crate::domain::contract::service::OutService;
use crate::domain::value::chance::{fraction, mix};
use crate::domain::value::id::AccountCode;
use crate::domain::value::span::Span;
use crate::domain::value::stamp::{self, Timestamp};
use pattern::fits;

pub use effect::{Connection, Damage, Effect, Misdelivery, TokenEffect};

/// How many faults an account may have.
const MOST: usize = 1000;

/// Which calls, or which notifications, a fault takes; all of them where nothing is given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// A service like `eligibility`, or `token`; of notifications, one like `booking_notification`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// An operation like `create_eligibility`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// A method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The path as it was sent: a prefix, or a pattern where it has a `*`, which stands for any text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A candidate, of the path or of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<String>,
    /// Notifications of this change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_reason: Option<Reason>,
    /// Notifications of this booking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_code: Option<String>,
    /// Headers by name; the value is a pattern, in which `*` stands for any text.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub header: BTreeMap<String, String>,
}

/// A part of the account's time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Window {
    /// From this instant on.
    #[serde(with = "stamp::optional", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Before this instant.
    #[serde(with = "stamp::optional", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
}

/// A fault as it is asked for: `effect`, or the `name` of a known one, or a whole `set`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FaultInput {
    /// Made up where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A set of faults: `maintenance`, `token-brownout`, `slow-vendor`, `duplicate-storm`, `clock-skew`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// A known fault of the token endpoint, like `token-slow`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which calls it takes.
    pub r#match: Match,
    /// What goes wrong.
    pub effect: Effect,
    /// How likely a call that matches goes wrong, 0 to 1; drawn from the account's seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// So many calls that match pass first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u32>,
    /// So many calls go wrong at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub times: Option<u32>,
    /// When it works, on the account's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// After this wall time it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "10m")]
    pub ttl: Option<Span>,
}

/// A fault as the account keeps it; a [`FaultView`] of it is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Its identifier.
    pub id: String,
    /// What was asked for.
    pub input: FaultInput,
    /// How many calls matched.
    pub matched: u32,
    /// How many calls went wrong.
    pub fired: u32,
    /// When it is gone, on the wall's clock.
    #[serde(rename = "dies")]
    ends: Option<Timestamp>,
}

/// A fault that is set.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fault)]
pub struct FaultView {
    /// Its identifier.
    pub id: String,
    /// What was asked for.
    #[serde(flatten)]
    pub input: FaultInput,
    /// How many calls matched.
    pub matched: u32,
    /// How many calls went wrong.
    pub fired: u32,
}

impl From<Fault> for FaultView {
    fn from(Fault { id, mut input, matched, fired, ends: _ }: Fault) -> Self {
        input.hide();
        // The identifier that was asked for is the fault's own: once is enough.
        Self { id, input: FaultInput { id: None, ..input }, matched, fired }
    }
}

/// A fault that a call met.
#[derive(Debug, Clone, PartialEq)]
pub struct Fired {
    /// The fault, as the journal names it.
    pub id: String,
    /// What goes wrong.
    pub effect: Effect,
    /// How long the call is held back.
    pub delay: Duration,
}

/// What a call is matched by.
pub struct Facts<'a> {
    /// The operation, where there is one.
    pub operation: Option<&'static Operation>,
    /// The method.
    pub method: &'a str,
    /// The path as it was sent.
    pub path: &'a str,
    /// The candidate, where the call names one.
    pub candidate: Option<&'a str>,
    /// The value of a header.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    /// The account's instant.
    pub now: Timestamp,
    /// The wall's instant.
    pub wall: Timestamp,
}

/// What a notification is matched by.
#[derive(Debug, Clone, Copy)]
pub struct NotificationFacts<'a> {
    /// The outgoing service.
    pub service: OutService,
    /// The change reason, if the service sends one.
    pub change_reason: Option<Reason>,
    /// The candidate, where it is about one.
    pub candidate: Option<&'a str>,
    /// The booking, where it is about one.
    pub booking_code: Option<&'a str>,
    /// The account's instant.
    pub now: Timestamp,
    /// The wall's instant.
    pub wall: Timestamp,
}

/// The faults of an account, in the order they are tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Faults {
    seed: u64,
    made: u64,
    list: Vec<Fault>,
}

impl Faults {
    /// None yet.
    pub fn new(seed: u64, account: &AccountCode) -> Self {
        let seed = account.as_str().bytes().fold(mix(seed), |hash, byte| mix(hash ^ u64::from(byte)));
        Self { seed, made: 0, list: Vec::new() }
    }

    /// Removes the faults whose time is over.
    fn remove_expired(&mut self, wall: Timestamp) {
        self.list.retain(|fault| fault.ends.is_none_or(|end| wall < end));
    }

    /// Adds faults that were checked; gives what was added.
    ///
    /// # Errors
    /// [`Error::Conflict`]; nothing was added then.
    pub fn add(&mut self, inputs: Vec<FaultInput>, wall: Timestamp) -> Result<Vec<Fault>, Error> {
        self.remove_expired(wall);
        let mut added: Vec<Fault> = Vec::new();
        for input in inputs {
            let made = self.made + 1 + u64::try_from(added.len()).unwrap_or(0);
            let id = input.id.clone().unwrap_or_else(|| format!("fault-{made}"));
            if self.list.iter().chain(&added).any(|fault| fault.id == id) {
                return Err(Error::Conflict(format!("id: there is a fault {id:?} already")));
            }
            let ends = input.ttl.and_then(|ttl| wall.checked_add_signed(ttl.chrono()));
            added.push(Fault { id, input, matched: 0, fired: 0, ends });
        }
        if self.list.len() + added.len() > MOST {
            return Err(Error::Conflict(format!("an account has {MOST} faults at most")));
        }
        self.made += u64::try_from(added.len()).unwrap_or(0);
        self.list.extend(added.iter().cloned());
        Ok(added)
    }

    /// What was asked for, by identifier.
    pub fn list(&self) -> impl Iterator<Item = (&str, &FaultInput)> {
        self.list.iter().map(|fault| (fault.id.as_str(), &fault.input))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Removes all; numbers and chances begin anew.
    pub fn clear(&mut self) {
        *self = Self { seed: self.seed, made: 0, list: Vec::new() };
    }

    /// Removes one.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn remove(&mut self, id: &str) -> Result<(), Error> {
        let had = self.list.len();
        self.list.retain(|fault| fault.id != id);
        if self.list.len() < had { Ok(()) } else { Err(Error::NotFound { kind: "fault", id: id.to_owned() }) }
    }

    /// The first fault that matches a call and fires.
    pub fn fire(&mut self, facts: &Facts<'_>) -> Option<Fired> {
        self.first(facts.wall, facts.now, false, |input| input.takes(facts))
    }

    /// Whether a fault matches a call: if none does, the call changes nothing.
    pub fn takes(&self, facts: &Facts<'_>) -> bool {
        let takes = |input: &FaultInput| input.effect.notification.is_none() && input.takes(facts);
        self.list.iter().any(|fault| fault.is_active(facts.now) && takes(&fault.input))
    }

    /// Whether a notification may meet a fault.
    pub fn takes_notification(&self, facts: &NotificationFacts<'_>) -> bool {
        let takes = |fault: &Fault| fault.is_active(facts.now) && fault.input.r#match.takes_notification(facts);
        self.list.iter().any(|fault| fault.input.effect.notification.is_some() && takes(fault))
    }

    /// Those whose time is not over, in the order they are tried.
    pub fn active(&self, wall: Timestamp) -> impl Iterator<Item = &Fault> {
        self.list.iter().filter(move |fault| fault.ends.is_none_or(|end| wall < end))
    }

    /// What becomes of a notification: the effect of the first fault that matches it and fires.
    pub fn fire_for_notification(&mut self, facts: &NotificationFacts<'_>) -> Option<InjectedMisdelivery> {
        if self.list.is_empty() {
            return None;
        }
        let fired = self.first(facts.wall, facts.now, true, |input| input.r#match.takes_notification(facts))?;
        Some(InjectedMisdelivery { fault: fired.id.into(), effect: fired.effect.notification.unwrap_or_default() })
    }

    /// A text of the account's seed, as keys are made of: no two faults have the same.
    pub fn made_up(&self, name: &str) -> [u8; 32] {
        let mut state = name.bytes().fold(self.seed, |hash, byte| mix(hash ^ u64::from(byte)));
        let mut bytes = [0; 32];
        for part in bytes.chunks_mut(8) {
            state = mix(state.wrapping_add(1));
            part.copy_from_slice(&state.to_le_bytes());
        }
        bytes
    }

    fn first(
        &mut self,
        wall: Timestamp,
        now: Timestamp,
        is_outgoing: bool,
        takes: impl Fn(&FaultInput) -> bool,
    ) -> Option<Fired> {
        self.remove_expired(wall);
        let seed = self.seed;
        let mut those = self.list.iter_mut().filter(|fault| fault.input.effect.notification.is_some() == is_outgoing);
        those.find_map(|fault| fault.fire(seed, now, &takes))
    }
}

/// What becomes of one notification, and by which fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InjectedMisdelivery {
    /// The fault.
    pub fault: std::sync::Arc<str>,
    /// What becomes of it.
    pub effect: Misdelivery,
}

impl FaultInput {
    /// Whether it is for a call. The token endpoint is no API behind the gateway, so the gateway's codes spare it. What
    /// is no operation is told before the token is looked at (platform §2), so an answer of later layers spares it,
    /// unless the fault names the path.
    fn takes(&self, facts: &Facts<'_>) -> bool {
        let Effect { gateway, status, token, .. } = &self.effect;
        let is_spared = match facts.operation {
            Some(operation) => operation.is_token() && gateway.is_some(),
            None => self.r#match.path.is_none() && (gateway.is_some() || status.is_some() || token.is_some()),
        };
        !is_spared && self.r#match.takes(facts)
    }
}

impl Fault {
    /// Whether it can still go wrong, and may at this instant.
    fn is_active(&self, now: Timestamp) -> bool {
        let is_spent = self.input.times.is_some_and(|times| self.fired >= times);
        !is_spent && self.input.window.is_none_or(|window| window.has(now))
    }

    fn fire(&mut self, seed: u64, now: Timestamp, takes: impl Fn(&FaultInput) -> bool) -> Option<Fired> {
        if !self.is_active(now) || !takes(&self.input) {
            return None;
        }
        self.matched += 1;
        // The same account, fault and call in line draw the same, whatever other faults do.
        let name = self.id.bytes().fold(seed, |hash, byte| mix(hash ^ u64::from(byte)));
        let draw = |of: u64| fraction(mix(name ^ mix(u64::from(self.matched) << 2 | of)));
        let before = self.input.after.unwrap_or(0);
        if self.matched <= before || self.input.probability.is_some_and(|limit| draw(0) >= limit) {
            return None;
        }
        if let Some(way) = self.input.effect.notification.and_then(|effect| effect.flapping)
            && u64::from(self.matched - before - 1) % (u64::from(way.up) + u64::from(way.down)) < u64::from(way.up)
        {
            return None;
        }
        let delay = self.input.effect.latency.map_or(Duration::ZERO, |latency| latency.draw(draw(1), draw(2)));
        self.fired += 1;
        Some(Fired { id: self.id.clone(), effect: self.input.effect.clone(), delay })
    }
}

impl Window {
    fn has(self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| now >= from) && self.until.is_none_or(|until| now < until)
    }
}

impl Match {
    fn takes(&self, facts: &Facts<'_>) -> bool {
        let is = |wanted: &Option<String>, is: Option<&str>| wanted.as_deref().is_none_or(|wanted| is == Some(wanted));
        let path =
            |wanted: &str| if wanted.contains('*') { fits(wanted, facts.path) } else { facts.path.starts_with(wanted) };
        is(&self.service, facts.operation.map(Operation::service_name))
            && is(&self.operation, facts.operation.map(Operation::name))
            && self.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(facts.method))
            && self.path.as_deref().is_none_or(path)
            && is(&self.candidate, facts.candidate)
            && self.header.iter().all(|(name, value)| (facts.header)(name).is_some_and(|sent| fits(value, sent)))
    }

    fn takes_notification(&self, facts: &NotificationFacts<'_>) -> bool {
        let is = |wanted: &Option<String>, is: Option<&str>| wanted.as_deref().is_none_or(|wanted| is == Some(wanted));
        is(&self.service, Some(facts.service.name()))
            && is(&self.candidate, facts.candidate)
            && is(&self.booking_code, facts.booking_code)
            && self.change_reason.is_none_or(|wanted| facts.change_reason == Some(wanted))
    }
}

#[cfg(test)]
mod tests;
