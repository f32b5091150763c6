//! The Getting Started service: is the connection there, and what is the token good for.

use actix_web::{HttpMessage, HttpRequest, HttpResponse};

use crate::domain::contract::error::Error;
use crate::gateway::bearer::Bearer;
use crate::gateway::caller::{Caller, Ping, WhoAmI};
use crate::gateway::fault::FaultBody;
use crate::http::answer;
use crate::http::error::Refused;
use crate::service::getting_started::{self, Identity, Pong};

/// Check the connection and the token.
#[utoipa::path(
    get,
    path = "ping",
    tag = "Getting Started",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The service is there.", body = Pong),
        (status = 401, description = "No valid token.", body = FaultBody),
        (status = 403, description = "The application is not subscribed.", body = FaultBody),
    ),
    extensions(("x-fidelity" = json!("assumed")))
)]
pub async fn ping(caller: Caller<Ping>) -> HttpResponse {
    answer::ok(&getting_started::ping(&caller.sandbox, &caller.account).await)
}

/// Tell what the token stands for.
#[utoipa::path(
    get,
    path = "whoami",
    tag = "Getting Started",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "Account, user, application, and the life the token has left.", body = Identity),
        (status = 401, description = "No valid token.", body = FaultBody),
        (status = 403, description = "The application is not subscribed.", body = FaultBody),
    ),
    extensions(("x-fidelity" = json!("assumed")))
)]
pub async fn whoami(caller: Caller<WhoAmI>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let bearer = request.extensions().get::<Bearer>().cloned();
    match bearer {
        Some(Bearer::Valid(_, token)) => {
            Ok(answer::ok(&getting_started::whoami(&caller.sandbox, &caller.account, &token).await))
        }
        _ => caller.words(Err(Error::Unauthorized)),
    }
}
