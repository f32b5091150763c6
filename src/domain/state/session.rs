//! The proctored sessions of an account.

use std::sync::Arc;

use super::State;
use crate::domain::contract::error::Error;
use crate::domain::record::session::Session;
use crate::domain::value::id::SessionId;

impl State {
    /// The session with this identifier.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for text that is no identifier at all.
    pub fn session(&self, id: &str) -> Result<&Arc<Session>, Error> {
        let found = id.parse().ok().and_then(|id: SessionId| self.sessions.get(&id));
        found.ok_or_else(|| Error::NotFound { kind: "proctoring session", id: id.to_owned() })
    }

    /// Adds a session, or puts it in the place of the one with its identifier.
    pub fn put_session(&mut self, session: Session) {
        match self.sessions.get_mut(&session.session_id) {
            Some(known) => *known = session,
            None => drop(self.sessions.insert(session)),
        }
    }
}
