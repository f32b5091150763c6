//! The Getting Started service: is the connection there, and what is the token good for.

use crate::domain::getting_started::operations::{Ping, WhoAmI};
use crate::gateway::caller::Caller;
use crate::http::answer::Json;
use crate::service::getting_started::{self, Identity, Pong};

super::handler::handlers![ping, whoami];

/// Check the connection and the token.
#[utoipa::path(get, path = "ping", responses((status = 200, description = "The service is there.")))]
pub async fn ping(caller: Caller<Ping>) -> Json<Pong> {
    Json(getting_started::ping(&caller.sandbox, &caller.account).await)
}

/// Tell what the token stands for.
#[utoipa::path(get, path = "whoami", responses(
    (status = 200, description = "Account, user, application, and the life the token has left."),
))]
pub async fn whoami(caller: Caller<WhoAmI>) -> Json<Identity> {
    Json(getting_started::whoami(&caller.sandbox, &caller.account, &caller.token).await)
}
