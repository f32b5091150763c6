//! The source allow list: the first check of every call, wherever it goes.

use actix_web::{HttpRequest, HttpResponse};

use super::fault::Cause;
use crate::domain::record::settings::Unlisted;
use crate::domain::state::State;
use crate::http::call::Call;
use crate::http::peer;
use crate::service::Sandbox;

/// Why the caller's address may not call the account; `None` if it may.
pub fn refusal(state: &State, request: &HttpRequest) -> Option<Cause> {
    let allowed = &state.account.allow_ip;
    if allowed.is_empty() {
        return None;
    }
    let peer = peer::client(request);
    if peer.is_some_and(|peer| allowed.iter().any(|block| block.contains(&peer))) {
        return None;
    }
    Some(Cause::NotAllowed { is_dropped: state.settings.allow_list == Unlisted::Drop })
}

/// The gateway's answer to a caller whose address may not call the account that the call is for.
pub async fn answer(sandbox: &Sandbox, call: &Call, request: &HttpRequest) -> Option<HttpResponse> {
    let account = call.account.borrow().clone()?;
    let refused = sandbox
        .look(&account, |state, _| refusal(state, request).map(|cause| cause.answer(request, state.settings.profile)));
    refused.await
}
