//! Faults on request: which calls go wrong, and how.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::Error;
use super::id::{AccountCode, mix};
use super::operation::{InService, Operation};
use super::span::Span;
use super::stamp::{self, Instant};

/// The gateway's codes that a fault may answer with.
///
/// Source: platform §2.
pub const GATEWAY_CODES: [u32; 13] = [
    700_700, 900_800, 900_803, 900_804, 900_900, 900_901, 900_902, 900_904, 900_906, 900_907, 900_908, 900_909, 900_910,
];
/// The longest that a call is held back.
const LONGEST: Duration = Duration::from_mins(10);
/// How many faults an account may have.
const MOST: usize = 1000;

/// Which calls a fault takes; all of them where nothing is given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// A service like `eligibility`, or `token`.
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
    /// Headers by name; the value is a pattern, in which `*` stands for any text.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub header: BTreeMap<String, String>,
}

/// How long a call is held back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Latency {
    /// Always as long.
    Fixed(Span),
    /// Anything between two.
    Uniform {
        /// The shortest.
        min: Span,
        /// The longest.
        max: Span,
    },
    /// Mostly about the median, at times much longer; ten minutes at most.
    Lognormal {
        /// Half of the calls take less.
        median: Span,
        /// The deviation of the logarithm, like 0.5.
        sigma: f64,
    },
}

/// What becomes of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Connection {
    /// It is closed without an answer.
    Drop,
}

/// What becomes of the answer's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Damage {
    /// Half of it is sent, then the connection is closed.
    Truncated,
    /// It is no JSON any more.
    Malformed,
    /// A page for people.
    Html,
    /// The members of the object come in reverse order.
    Unsorted,
}

/// What becomes of the token that the call showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TokenEffect {
    /// The call is answered as if the token had expired; the token lives on.
    Expired,
    /// The token and its refresh token are revoked; of a static token, this call alone is refused.
    Revoked,
}

/// What goes wrong; the members may be combined.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Effect {
    /// An answer of this status, 400 to 599, with the body of its layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The `error` of the token endpoint's body; goes with `status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// A fault of the gateway, by its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<u32>,
    /// The answer has `Retry-After`, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// The call is held back before anything is done: `{"fixed": "2s"}`, `{"uniform": {"min", "max"}}`, or
    /// `{"lognormal": {"median", "sigma"}}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        value_type = Option<Object>,
        example = json!({ "lognormal": { "median": "1500ms", "sigma": 0.5 } }),
    )]
    pub latency: Option<Latency>,
    /// What becomes of the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<Connection>,
    /// What becomes of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Damage>,
    /// The body comes bit by bit, over this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub slow_body: Option<Span>,
    /// What becomes of the token that the call showed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenEffect>,
    /// The token that is issued ends after this many seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u32>,
    /// The call is carried out before it is answered with `status` or `gateway`, or not at all (`connection`).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub applied: bool,
}

/// A part of the account's time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Window {
    /// From this instant on.
    #[serde(with = "stamp::optional", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Instant>,
    /// Before this instant.
    #[serde(with = "stamp::optional", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Instant>,
}

/// A fault as it is asked for: `effect`, or the `name` of a known one, or a whole `set`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FaultInput {
    /// Made up where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A set of faults: `maintenance`, `token-brownout`, `slow-vendor`.
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
    pub times: Option<u32>,
    /// When it works, on the account's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// After this wall time it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "10m")]
    pub ttl: Option<Span>,
}

/// A fault that is set.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Fault {
    /// Its identifier.
    pub id: String,
    /// What was asked for.
    #[serde(flatten)]
    pub input: FaultInput,
    /// How many calls matched.
    pub matched: u32,
    /// How many calls went wrong.
    pub fired: u32,
    #[serde(skip)]
    dies: Option<Instant>,
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
    pub operation: Option<Operation>,
    /// The method.
    pub method: &'a str,
    /// The path as it was sent.
    pub path: &'a str,
    /// The candidate, where the call names one.
    pub candidate: Option<&'a str>,
    /// The value of a header.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    /// The account's instant.
    pub now: Instant,
    /// The wall's instant.
    pub wall: Instant,
}

/// The faults of an account, in the order they are tried.
#[derive(Debug, Clone)]
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

    /// Those that live, in the order they are tried.
    pub fn alive(&mut self, wall: Instant) -> &[Fault] {
        self.list.retain(|fault| fault.dies.is_none_or(|end| wall < end));
        &self.list
    }

    /// Adds one, or those of a set; gives what was added.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Conflict`]; nothing was added then.
    pub fn add(&mut self, input: &FaultInput, wall: Instant) -> Result<Vec<Fault>, Error> {
        self.alive(wall);
        let mut added: Vec<Fault> = Vec::new();
        for input in input.resolve()? {
            let made = self.made + 1 + u64::try_from(added.len()).unwrap_or(0);
            let id = input.id.clone().unwrap_or_else(|| format!("fault-{made}"));
            if self.list.iter().chain(&added).any(|fault| fault.id == id) {
                return Err(Error::Conflict(format!("id: there is a fault {id:?} already")));
            }
            let dies = input.ttl.and_then(|ttl| wall.checked_add_signed(ttl.chrono()));
            added.push(Fault { id, input, matched: 0, fired: 0, dies });
        }
        if self.list.len() + added.len() > MOST {
            return Err(Error::Conflict(format!("an account has {MOST} faults at most")));
        }
        self.made += u64::try_from(added.len()).unwrap_or(0);
        self.list.extend(added.iter().cloned());
        Ok(added)
    }

    /// Puts these in place of all there are; numbers and chances begin anew.
    ///
    /// # Errors
    /// Those of [`Faults::add`]; nothing changed then.
    pub fn replace(&mut self, inputs: &[FaultInput], wall: Instant) -> Result<(), Error> {
        let mut fresh = Self { seed: self.seed, made: 0, list: Vec::new() };
        for (index, input) in inputs.iter().enumerate() {
            fresh.add(input, wall).map_err(|error| match error {
                Error::Invalid(why) => Error::Invalid(format!("faults[{index}].{why}")),
                other => other,
            })?;
        }
        *self = fresh;
        Ok(())
    }

    /// Removes all.
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

    /// The fault that a call meets: the first that takes it.
    pub fn meet(&mut self, facts: &Facts<'_>) -> Option<Fired> {
        self.alive(facts.wall);
        let seed = self.seed;
        self.list.iter_mut().find_map(|fault| fault.meet(seed, facts))
    }
}

impl Fault {
    fn meet(&mut self, seed: u64, facts: &Facts<'_>) -> Option<Fired> {
        let input = &self.input;
        let is_spent = input.times.is_some_and(|times| self.fired >= times);
        if is_spent || !input.window.is_none_or(|window| window.has(facts.now)) || !input.r#match.takes(facts) {
            return None;
        }
        self.matched += 1;
        // The same account, fault and call in line draw the same, whatever other faults do.
        let name = self.id.bytes().fold(seed, |hash, byte| mix(hash ^ u64::from(byte)));
        let draw = |of: u64| fraction(mix(name ^ mix(u64::from(self.matched) << 2 | of)));
        if self.matched <= input.after.unwrap_or(0) || input.probability.is_some_and(|limit| draw(0) >= limit) {
            return None;
        }
        let delay = input.effect.latency.map_or(Duration::ZERO, |latency| latency.draw(draw(1), draw(2)));
        self.fired += 1;
        Some(Fired { id: self.id.clone(), effect: self.input.effect.clone(), delay })
    }
}

/// A number from 0 to 1, without 1.
#[allow(clippy::cast_precision_loss, reason = "53 bits are what the mantissa holds")]
fn fraction(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

impl Latency {
    fn draw(self, first: f64, second: f64) -> Duration {
        let delay = match self {
            Self::Fixed(span) => span.0,
            Self::Uniform { min, max } => min.0 + max.0.saturating_sub(min.0).mul_f64(first),
            Self::Lognormal { median, sigma } => {
                let normal = (-2.0 * (1.0 - first).ln()).sqrt() * (std::f64::consts::TAU * second).cos();
                Duration::try_from_secs_f64(median.0.as_secs_f64() * (sigma * normal).exp()).unwrap_or(LONGEST)
            }
        };
        delay.min(LONGEST)
    }
}

impl Window {
    fn has(self, now: Instant) -> bool {
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
}

/// Whether a text fits a pattern in which `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(last)
}

impl FaultInput {
    /// The faults that are meant, checked.
    fn resolve(&self) -> Result<Vec<Self>, Error> {
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
        if let Some(service) = &wanted.service
            && service != "token"
            && !InService::ALL.iter().any(|known| known.name() == service)
        {
            return wrong("match.service", "a service like eligibility, or token", format!("{service:?}"));
        }
        if let Some(operation) = &wanted.operation
            && !Operation::ALL.iter().any(|known| known.name() == operation)
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
}

fn issuing(effect: Effect) -> FaultInput {
    let r#match = Match { operation: Some("issue_token".to_owned()), ..Match::default() };
    FaultInput { r#match, effect, ..FaultInput::default() }
}

fn status(status: u16) -> Effect {
    Effect { status: Some(status), ..Effect::default() }
}

fn slow(latency: Latency) -> Effect {
    Effect { latency: Some(latency), ..Effect::default() }
}

/// The faults of the token endpoint that have a name.
fn known_fault(name: &str) -> Result<FaultInput, Error> {
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
            return Err(Error::Invalid(format!(
                "name: expected token-slow, token-500, token-503, token-invalid-client, token-html, token-expires-in, \
                 token-unsorted or token-revoked, got {other:?}"
            )));
        }
    })
}

/// The faults of a set.
fn known_set(set: &str) -> Result<Vec<FaultInput>, Error> {
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
        other => {
            return Err(Error::Invalid(format!(
                "set: expected maintenance, token-brownout or slow-vendor, got {other:?}"
            )));
        }
    })
}
