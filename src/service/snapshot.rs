//! Snapshots: a whole account as a document, brought back into the same account or forked into a new one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Sandbox, clock, secret};
use crate::domain::contract::error::Error;
use crate::domain::outbox;
use crate::domain::record::delivery::DeliveryStatus;
use crate::domain::record::token::{EndCause, Token};
use crate::domain::state::State;
use crate::domain::state::change::{ChangeSet, ChangedRow};
use crate::domain::value::id::AccountCode;
use crate::domain::value::stamp::whole_millis;
use crate::store::account::Account;

/// The form of snapshots that this release writes, and reads.
const FORMAT: u32 = 2;

/// The largest number of a row: the largest that every JSON reader keeps.
const LARGEST_NUMBER: u64 = 1 << 53;

/// An account at one instant: every row of its tables, secrets included.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Snapshot {
    /// The form: 1.
    pub format: u32,
    /// The rows, as one change.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub rows: ChangeSet,
}

/// What a fork may choose.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ForkInput {
    /// The code of the new account; made up if absent.
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9_-]{1,40}$")]
    pub account_code: Option<AccountCode>,
}

/// The account as it is now.
pub async fn get(sandbox: &Sandbox, account: &Account) -> Snapshot {
    sandbox.look(account, |state, now| Snapshot { format: FORMAT, rows: state.whole(now) }).await
}

/// Brings an account back to a snapshot of it, in a new epoch: attempts under way change nothing, issued tokens that the
/// snapshot does not have end.
///
/// # Errors
/// Another form, or another account's snapshot; a key or token that is another account's by now. Nothing changed then.
pub fn put(sandbox: &Sandbox, account: &Arc<Account>, snapshot: Snapshot) -> Result<(), Error> {
    if snapshot.format != FORMAT {
        return Err(Error::Invalid(format!("format: expected {FORMAT}, got {}", snapshot.format)));
    }
    if snapshot.rows.account != account.code {
        let code = &snapshot.rows.account;
        return Err(Error::Conflict(format!("account: expected a snapshot of {}, got one of {code}", account.code)));
    }
    let wall = whole_millis(clock::wall());
    let mut state = restored(snapshot.rows)?;
    settle(&mut state);
    let now = whole_millis(state.clock.now(wall));
    sandbox.store.replace(account, now, |_| state)?;
    sandbox.wake(account);
    Ok(())
}

/// Makes a new account of what an account holds: its records and settings, under a new code, with new consumer keys,
/// secrets and static tokens. Issued tokens and the journal stay behind.
///
/// # Errors
/// A code that is taken.
pub async fn fork(sandbox: &Sandbox, account: &Account, input: ForkInput) -> Result<Arc<Account>, Error> {
    let code = match input.account_code {
        Some(code) => code,
        None => secret::account_code().parse().map_err(Error::Internal)?,
    };
    let whole = sandbox.look(account, State::whole).await;
    let now = whole.at;
    let mut state = restored(ChangeSet { account: code.clone(), ..whole })?;
    let ids = state.ids.of_account(state.account.seed, &code);
    *state.ids.edit() = ids;
    renew_credentials(&mut state);
    settle(&mut state);
    state.begin_epoch(0);
    let mut origin = (*account.origin).clone();
    origin.account.account_code = Some(code);
    origin.account.ttl = None;
    origin.account.applications = Some(state.applications.iter().map(|one| (**one).clone()).collect());
    origin.account.static_tokens =
        Some(state.tokens().iter().filter(|token| token.is_static()).map(|token| token.access.clone()).collect());
    let fork = Arc::new(Account::new(state, Arc::new(origin), sandbox.options.journal_entries));
    sandbox.store.insert(&fork, now)?;
    sandbox.wake(&fork);
    Ok(fork)
}

/// Whether a row is one of a table.
type Is = fn(&ChangedRow) -> bool;

/// The state that a snapshot holds.
///
/// # Errors
/// A table of which there is always a row has none; a number that is too large.
fn restored(rows: ChangeSet) -> Result<State, Error> {
    let always: [(&str, Is); 4] = [
        ("account", |row| matches!(row, ChangedRow::Account { value: Some(_), .. })),
        ("clock", |row| matches!(row, ChangedRow::Clock { value: Some(_), .. })),
        ("settings", |row| matches!(row, ChangedRow::Settings { value: Some(_), .. })),
        ("ids", |row| matches!(row, ChangedRow::Ids { value: Some(_), .. })),
    ];
    if let Some((table, _)) = always.iter().find(|(_, is_one)| !rows.rows.iter().any(is_one)) {
        return Err(Error::Invalid(format!("rows: expected one of table {table}, got none")));
    }
    let state = State::restore([rows]).ok_or_else(|| Error::Internal("a snapshot without rows".to_owned()))?;
    match state.next_number() {
        0..=LARGEST_NUMBER => Ok(state),
        number => Err(Error::Invalid(format!("rows: expected numbers below {LARGEST_NUMBER}, got {}", number - 1))),
    }
}

/// What was being sent waits again, as its subscription stands: its attempt belongs to another life.
fn settle(state: &mut State) {
    let sending: Vec<u64> = state
        .deliveries()
        .after(0)
        .filter(|(_, delivery)| delivery.status == DeliveryStatus::Sending)
        .map(|(row, _)| row)
        .collect();
    for row in sending {
        state.change_delivery(row, |delivery| delivery.status = DeliveryStatus::Pending);
    }
    // The subscription may be paused: it would not be sent, and the clock would wait for it.
    outbox::follow_subscription(state);
}

fn renew_credentials(state: &mut State) {
    let names: Vec<String> = state.applications.iter().map(|application| application.name.clone()).collect();
    for name in names {
        if let Some(application) = state.applications.get_mut(&name) {
            for (key, text) in application.credentials_mut().filter(|(key, _)| !key.is_empty()) {
                (*key, *text) = (secret::key(), secret::key());
            }
        }
    }
    let tokens: Vec<(u64, bool)> = state.tokens().after(0).map(|(row, token)| (row, token.is_static())).collect();
    for (row, is_static) in tokens {
        state.end_token(row, EndCause::Orphaned);
        if is_static {
            state.add_token(Token::fixed(secret::uuid().to_string()));
        }
    }
}
