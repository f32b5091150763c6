//! The same notifications delivered in every order: each order in an account of its own.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{Account, Sandbox, account, booking, delivery, fault, secret, wait};
use crate::domain::booking::input::ScheduleInput;
use crate::domain::contract::error::Error;
use crate::domain::contract::reason::Reason;
use crate::domain::contract::service::OutService;
use crate::domain::deed::Step;
use crate::domain::due;
use crate::domain::fixture::given::{Given, GivenEligibility};
use crate::domain::outbox::resend::Flush;
use crate::domain::record::delivery::{Delivery, DeliveryStatus};
use crate::domain::record::fault::{Effect, FaultInput, Misdelivery};
use crate::domain::record::subscription::Subscription;
use crate::domain::state::State;
use crate::domain::value::chance::mix;
use crate::domain::value::document::{self, DocumentFormat};
use crate::domain::value::span::Span;

/// The most orders of one call.
const MOST_ORDERS: usize = 1000;
/// The most events of one call.
const MOST_EVENTS: usize = 20;
/// The most records in the accounts of one call.
const MOST_RECORDS: usize = 1_000_000;
/// Stands for the account's code in the document.
const PLACE: &str = "{account}";

/// Which events are told in which orders, and to whom.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PermutationInput {
    /// What happens, in this order.
    #[schema(min_items = 1, max_items = 20)]
    pub events: Vec<Step>,
    /// Where it is told: a URL, or `inbox:NAME`. The subscription of `given` where absent.
    #[serde(default)]
    pub url: Option<String>,
    /// The document of each account; `{account}` in a text stands for the account's code. Its first eligibility is the
    /// one that things happen to; one of the candidate `{account}` where it has none.
    #[serde(default)]
    #[schema(value_type = Option<Given>)]
    pub given: Option<Value>,
    /// So many orders, drawn by the seed; all where absent.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000)]
    pub sample: Option<usize>,
    /// Which ones are drawn.
    #[serde(default)]
    pub seed: u64,
    /// What the codes of the accounts begin with; made up where absent.
    #[serde(default)]
    pub prefix: Option<String>,
    /// How long all of it may take to be delivered.
    #[serde(default = "half_a_minute")]
    #[schema(value_type = String, example = "30s")]
    pub timeout: Span,
    /// How long the accounts are kept, to look at.
    #[serde(default = "ten_minutes")]
    #[schema(value_type = String, example = "10m")]
    pub ttl: Span,
}

fn half_a_minute() -> Span {
    Span::seconds(30)
}

fn ten_minutes() -> Span {
    Span::seconds(600)
}

/// One order, and how it went.
#[derive(Debug, Serialize, ToSchema)]
pub struct Permutation {
    /// The account.
    pub account_code: String,
    /// The candidate.
    pub candidate_id: String,
    /// The order in which the events were told; the first that happened is 0.
    pub order: Vec<usize>,
    /// The same by name.
    pub change_reasons: Vec<Reason>,
    /// How many notifications the receiver took.
    pub delivered: usize,
    /// How many it refused: they are in the account's error queue.
    pub failed: usize,
    /// Whether all of them were told in time.
    pub settled: bool,
}

/// All orders that were told.
#[derive(Debug, Serialize, ToSchema)]
pub struct Permutations {
    /// How many orders.
    pub count: usize,
    /// Whether the receiver took every notification in every order.
    pub all_delivered: bool,
    /// Each order.
    pub items: Vec<Permutation>,
}

/// An order that is being delivered.
#[derive(Debug)]
pub struct Run {
    account: Arc<Account>,
    candidate_id: String,
    order: Vec<usize>,
    rows: Vec<Arc<Delivery>>,
}

/// Begins to deliver the events in every order, or in some. Accounts are made for it, so it is a long computation.
///
/// # Errors
/// A member that does not fit; an event that cannot happen after those before it; an account that is taken. No account
/// is left then.
pub async fn begin(sandbox: &Sandbox, input: &PermutationInput) -> Result<Vec<Run>, Error> {
    let orders = orders(input)?;
    let prefix = input.prefix.clone().unwrap_or_else(secret::account_code);
    let count = orders.len();
    let mut runs: Vec<Run> = Vec::with_capacity(count);
    for (index, order) in orders.into_iter().enumerate() {
        let begun = begin_one(sandbox, input, &format!("{prefix}-{:03}", index + 1), order, count).await;
        match begun {
            Ok(run) => runs.push(run),
            Err(error) => {
                for run in &runs {
                    // Another call may have deleted it.
                    let _gone = account::delete(sandbox, run.account.code.as_str());
                }
                return Err(error);
            }
        }
    }
    Ok(runs)
}

/// Waits until all orders are delivered, or the time is over, and tells how it went.
pub async fn end(sandbox: &Sandbox, runs: Vec<Run>, timeout: Span) -> Permutations {
    let deadline = tokio::time::Instant::now() + timeout.0;
    let mut items = Vec::with_capacity(runs.len());
    for run in runs {
        items.push(end_one(sandbox, run, deadline.saturating_duration_since(tokio::time::Instant::now())).await);
    }
    let all_delivered = items.iter().all(|one| one.delivered == one.order.len());
    Permutations { count: items.len(), all_delivered, items }
}

/// Makes the account, lets the events happen while a fault holds their notifications back, and lets those go in order.
async fn begin_one(
    sandbox: &Sandbox,
    input: &PermutationInput,
    code: &str,
    order: Vec<usize>,
    orders: usize,
) -> Result<Run, Error> {
    let given = given(input, code)?;
    let records = given.size().saturating_mul(orders);
    if records > MOST_RECORDS {
        let wrong = format!("given: expected at most {MOST_RECORDS} records in {orders} accounts, got {records}");
        return Err(Error::Invalid(wrong));
    }
    let account = account::create(sandbox, given)?;
    let made = happen(sandbox, &account, input, &order).await;
    if made.is_err() {
        let _gone = account::delete(sandbox, code);
    }
    let (candidate_id, rows) = made?;
    Ok(Run { account, candidate_id, order, rows })
}

async fn happen(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    input: &PermutationInput,
    order: &[usize],
) -> Result<(String, Vec<Arc<Delivery>>), Error> {
    let hold = Misdelivery { hold: true, ..Misdelivery::default() };
    let hold = FaultInput {
        id: Some("permutation".to_owned()),
        effect: Effect { notification: Some(hold), ..Effect::default() },
        ..FaultInput::default()
    };
    fault::add(sandbox, account, &hold).await?;
    let first = |state: &State, _| {
        let record = state.eligibilities().iter().next()?;
        Some((record.id, record.candidate.candidate_id.to_string()))
    };
    let eligibility = sandbox.look(account, first).await;
    let (id, candidate_id) = eligibility.ok_or_else(|| Error::Internal("an account without eligibility".to_owned()))?;
    let mut code = String::new();
    for (index, step) in input.events.iter().enumerate() {
        let done = match step.deed() {
            None => booking::schedule(sandbox, account, id, &ScheduleInput::default()).await,
            Some(deed) => booking::act(sandbox, account, &code, &deed).await,
        };
        let booking = done.map_err(|error| Error::Conflict(format!("events[{index}]: {error}")))?;
        code = booking.booking_code.to_string();
    }
    fault::remove(sandbox, account, "permutation").await?;
    let all = |state: &State, _| state.deliveries().iter().map(|delivery| delivery.id.to_string()).collect();
    let made: Vec<String> = sandbox.look(account, all).await;
    let ids = order.iter().filter_map(|index| made.get(*index).cloned()).collect();
    let flush = Flush { ids: Some(ids), ..Flush::default() };
    Ok((candidate_id, delivery::flush(sandbox, account, OutService::BookingNotification, &flush).await?))
}

/// Waits until the notifications of an order are delivered, and counts.
async fn end_one(sandbox: &Sandbox, run: Run, patience: Duration) -> Permutation {
    let Run { account, candidate_id, order, rows } = run;
    let is_over = || account.look(|state| due::open(state) == 0).then_some(());
    let settled = wait::until(sandbox, &account, patience, is_over).await.is_some();
    let count =
        |status| move |state: &State, _| state.deliveries().iter().filter(|delivery| delivery.status == status).count();
    Permutation {
        account_code: account.code.to_string(),
        candidate_id,
        change_reasons: rows.iter().filter_map(|delivery| delivery.change_reason).collect(),
        order,
        delivered: sandbox.look(&account, count(DeliveryStatus::Delivered)).await,
        failed: sandbox.look(&account, count(DeliveryStatus::Failed)).await,
        settled,
    }
}

/// The document of one account.
fn given(input: &PermutationInput, code: &str) -> Result<Given, Error> {
    let text = input.given.as_ref().map_or_else(|| "{}".to_owned(), Value::to_string).replace(PLACE, code);
    let mut given: Given = document::read(&text, DocumentFormat::Json)
        .map_err(|wrong| Error::Invalid(format!("given.{}: {}", wrong.path, wrong.message)))?;
    given.account.account_code = Some(code.parse().map_err(|wrong| Error::Invalid(format!("prefix: {wrong}")))?);
    given.account.ttl.get_or_insert(input.ttl);
    if let Some(url) = &input.url {
        match &mut given.subscriptions.booking_notification {
            Some(subscription) => subscription.url.clone_from(url),
            none => *none = Some(Subscription::to(url.clone())),
        }
    }
    if given.subscriptions.booking_notification.is_none() {
        return Err(Error::Invalid("url: expected where to tell it, or a subscription in given".to_owned()));
    }
    if given.eligibilities.is_empty() {
        let mut one = GivenEligibility { test_code: "EXAM1".to_owned(), ..GivenEligibility::default() };
        if let Some(test) = given.catalog.tests.iter().flatten().next() {
            one.test_code.clone_from(&test.test_code);
        }
        one.candidate.candidate_id = Some(code.into());
        given.eligibilities.push(one);
    }
    Ok(given)
}

/// The orders that are asked for, the order of the events first.
fn orders(input: &PermutationInput) -> Result<Vec<Vec<usize>>, Error> {
    let count = input.events.len();
    if !(1..=MOST_EVENTS).contains(&count) {
        return Err(Error::Invalid(format!("events: expected 1 to {MOST_EVENTS}, got {count}")));
    }
    let all = (1..=count)
        .try_fold(1, |product: usize, factor| product.checked_mul(factor).filter(|product| *product <= MOST_ORDERS));
    match (input.sample, all) {
        (Some(sample), _) if !(1..=MOST_ORDERS).contains(&sample) => {
            Err(Error::Invalid(format!("sample: expected 1 to {MOST_ORDERS}, got {sample}")))
        }
        (None, None) => {
            Err(Error::Invalid(format!("sample: expected a number: {count} events have over {MOST_ORDERS} orders")))
        }
        (Some(sample), all) if all.is_none_or(|all| sample < all) => Ok(drawn(count, sample, input.seed)),
        _ => Ok(every(count)),
    }
}

/// Every order of this many, in lexicographic order.
fn every(count: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut all = vec![order.clone()];
    while let Some(at) = (1..count).rev().find(|at| order[at - 1] < order[*at]) {
        let swap = (at..count).rev().find(|other| order[*other] > order[at - 1]).unwrap_or(at);
        order.swap(at - 1, swap);
        order[at..].reverse();
        all.push(order.clone());
    }
    all
}

/// This many different orders, drawn by a seed.
fn drawn(count: usize, sample: usize, seed: u64) -> Vec<Vec<usize>> {
    let (mut found, mut state) = (BTreeSet::new(), mix(seed));
    let mut orders = Vec::with_capacity(sample);
    let mut order: Vec<usize> = (0..count).collect();
    while orders.len() < sample {
        if found.insert(order.clone()) {
            orders.push(order.clone());
        }
        for last in (1..count).rev() {
            state = mix(state.wrapping_add(1));
            let among = u64::try_from(last + 1).unwrap_or(1);
            order.swap(last, usize::try_from(state % among).unwrap_or(0));
        }
    }
    orders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_comes_once_and_drawn_ones_differ() {
        assert_eq!(every(1), [[0]]);
        assert_eq!(every(3), [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]);
        assert_eq!(every(5).into_iter().collect::<BTreeSet<_>>().len(), 120);
        let some = drawn(6, 50, 7);
        assert_eq!(some.iter().collect::<BTreeSet<_>>().len(), 50);
        assert_eq!(some, drawn(6, 50, 7));
        assert_ne!(some, drawn(6, 50, 8));
    }
}
