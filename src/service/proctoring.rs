//! Proctored sessions: what partners, candidates and staff do with them.

use std::sync::Arc;

use super::Sandbox;
use crate::domain::booking;
use crate::domain::contract::body::Checked;
use crate::domain::contract::error::Error;
use crate::domain::deed::SessionDeed;
use crate::domain::outbox::notice::Notices;
use crate::domain::proctoring::input::{EventInput, SessionInput};
use crate::domain::proctoring::{self, SessionRecord, notice};
use crate::domain::record::session::Session;
use crate::domain::value::stamp::Stamp;
use crate::store::account::Account;

/// Makes a session; `base_url` is the server's own.
///
/// # Errors
/// See [`proctoring::create`].
pub async fn create(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    input: &Checked<SessionInput>,
    base_url: &str,
) -> Result<SessionRecord, Error> {
    let changed = sandbox.change(account, |state, act| {
        let made = proctoring::create(state, input, act)?;
        Ok((SessionRecord::of(state, &made, base_url), Notices::new()))
    });
    changed.await
}

/// A session.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(sandbox: &Sandbox, account: &Account, id: &str, base_url: &str) -> Result<SessionRecord, Error> {
    sandbox.look(account, |state, _| Ok(SessionRecord::of(state, state.session(id)?, base_url))).await
}

/// Cancels a session.
///
/// # Errors
/// See [`proctoring::cancel`].
pub async fn cancel(sandbox: &Sandbox, account: &Arc<Account>, id: &str) -> Result<(), Error> {
    let changed = sandbox.change(account, |state, _| Ok((proctoring::cancel(state, id)?, Notices::new())));
    changed.await.map(drop)
}

/// A test driver reports what happens.
///
/// # Errors
/// See [`proctoring::report`]; the lint in `enforce`.
pub async fn report(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    id: &str,
    input: &Checked<EventInput>,
    base_url: &str,
) -> Result<SessionRecord, Error> {
    let changed = sandbox.change(account, |state, act| {
        state.enforce(&input.findings)?;
        let session = proctoring::report(state, id, input.value.event, act)?;
        Ok((SessionRecord::of(state, &session, base_url), Notices::new()))
    });
    changed.await
}

/// The review of a session, as the document that partners fetch.
///
/// # Errors
/// Unknown session; no review yet.
pub async fn results(sandbox: &Sandbox, account: &Account, id: &str) -> Result<String, Error> {
    let found = sandbox.look(account, |state, _| Ok(notice::document(state, state.session(id)?, Stamp::seconds)));
    found.await?.ok_or_else(|| Error::NotFound { kind: "review of proctoring session", id: id.to_owned() })
}

/// Something happens to a session.
///
/// # Errors
/// See [`SessionDeed::apply`]; no room for the notification.
pub async fn act(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    id: &str,
    deed: &SessionDeed,
) -> Result<Arc<Session>, Error> {
    let changed = sandbox.change(account, |state, act| deed.apply(state, id, act));
    changed.await
}

/// The candidate enters the session of a booking.
///
/// # Errors
/// Unknown booking; one without a session; those of [`proctoring::check_in`].
pub async fn check_in(sandbox: &Sandbox, account: &Arc<Account>, code: &str) -> Result<Arc<Session>, Error> {
    let changed = sandbox.change(account, |state, act| {
        let id = proctoring::of_booking(state, booking::code(state, code)?)?;
        SessionDeed::CheckIn.apply(state, id.as_str(), act)
    });
    changed.await
}
