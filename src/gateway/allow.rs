//! The source allow list: the first check of every call, wherever it goes.

use actix_web::{HttpRequest, HttpResponse};

use super::fault::Cause;
use crate::domain::state::State;
use crate::http::call::Call;
use crate::http::peer;

/// Why the caller's address may not call the account; none where it may.
pub fn refusal(state: &State, request: &HttpRequest) -> Option<Cause> {
    if state.allow_ip.is_empty() {
        return None;
    }
    let peer = peer::client(request);
    if peer.is_some_and(|peer| state.allow_ip.iter().any(|block| block.contains(&peer))) {
        return None;
    }
    let peer = peer.map_or_else(|| "unknown".to_owned(), |peer| peer.to_string());
    Some(Cause::NotAllowed { peer })
}

/// The gateway's answer to a caller whose address may not call the account that the call was told for.
pub fn answer(call: &Call, request: &HttpRequest) -> Option<HttpResponse> {
    let account = call.account.borrow();
    let state = account.as_ref()?.lock();
    refusal(&state, request).map(|cause| cause.answer(request, state.settings.profile))
}
