//! The Getting Started service: is the connection there, and what is the token good for.

use actix_web::{HttpMessage, HttpRequest};

use crate::domain::contract::error::Error;
use crate::domain::getting_started::operations::{Ping, WhoAmI};
use crate::gateway::bearer::Bearer;
use crate::gateway::caller::Caller;
use crate::http::answer::Json;
use crate::http::error::Refused;
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
pub async fn whoami(caller: Caller<WhoAmI>, request: HttpRequest) -> Result<Json<Identity>, Refused> {
    let bearer = request.extensions().get::<Bearer>().cloned();
    match bearer {
        Some(Bearer::Valid(_, token)) => {
            Ok(Json(getting_started::whoami(&caller.sandbox, &caller.account, &token).await))
        }
        _ => caller.map_refusal(Err(Error::Unauthorized)),
    }
}
