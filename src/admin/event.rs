//! Events: all that happens in an account, as a stream of server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::path::InAccount;
use super::request;
use crate::domain::contract::error::Error;
use crate::domain::record::delivery::DeliveryView;
use crate::domain::state::change::{ChangeSet, ChangedRow};
use crate::domain::value::hidden::{self, MASK};
use crate::domain::value::stamp::Stamp;
use crate::http::connection::caller_left;
use crate::http::error::ControlError;
use crate::service::{Account, Sandbox};
use crate::store::feed::{Happening, Heard};

/// How often a stream without events says that it is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Members of users, applications, tokens, subscriptions and the account that hold secrets.
const SECRETS: &[&str] = &[
    "access",
    "client_key",
    "client_secret",
    "consumer_secret",
    "params",
    "password",
    "previous_secret",
    "refresh",
    "secret",
    "signing_secret",
    "token",
    "value",
];

/// Follow all that happens in an account.
///
/// Server-sent events; each has the id `<epoch>.<n>`, and `n` counts on over the life of the account.
/// `change`: the rows that one change touched, as they are now; `value` is null where a row is gone.
/// `request`: a call as the journal has it. Both without bodies, and secrets are hidden.
/// `reset`: the account began anew; read it again. `lost`: this many events are not remembered any more.
/// Send `Last-Event-ID` to go on after an event; about the last thousand are remembered from the first listener on.
#[utoipa::path(get, path = "follow_events",
    params(("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was received.")),
    responses(
        (status = 200, description = "The events, as they happen.", body = String, content_type = "text/event-stream"),
        (status = 400, description = "`Last-Event-ID` is no id of an event."),
    ))]
pub async fn follow_events(at: InAccount, request: HttpRequest) -> Result<HttpResponse, ControlError> {
    let account = at.account()?;
    let received = request.headers().get("last-event-id").map(|id| read_id(&String::from_utf8_lossy(id.as_bytes())));
    let received = received.transpose()?;
    let epoch = at.sandbox.look(&account, |state, _| state.epoch).await;
    // Listens from here on, so that nothing is missed until the stream is first read.
    let heard = account.feed.go_on_after(received).heard();
    let events = Events { sandbox: at.sandbox, account, epoch, heard };
    let gone = request.clone();
    // An id of a server that ran before: what happened since cannot be told.
    let first =
        received.filter(|received| *received > heard).map(|_| events.event("reset", &json!({ "epoch": epoch })));
    let stream = stream::unfold((events, first), |(mut events, first)| async move {
        let chunk = match first {
            Some(first) => first,
            None => events.next().await?,
        };
        Some((Ok::<_, Infallible>(chunk), (events, None)))
    });
    let stream = stream.take_until(Box::pin(async move { caller_left(&gone).await }));
    let mut response = HttpResponse::Ok();
    response.content_type("text/event-stream").insert_header((CACHE_CONTROL, "no-store"));
    Ok(response.streaming(stream))
}

/// The number of an event's id.
fn read_id(id: &str) -> Result<u64, Error> {
    let number = id.split_once('.').and_then(|(epoch, number)| epoch.parse::<u64>().ok().and(number.parse().ok()));
    number.ok_or_else(|| Error::Invalid(format!("Last-Event-ID: expected the id of an event like 0.42, got {id:?}")))
}

/// Somebody who follows an account.
struct Events {
    sandbox: Data<Arc<Sandbox>>,
    account: Arc<Account>,
    epoch: u64,
    heard: u64,
}

impl Events {
    /// The next event, or a comment that keeps the connection open; `None` once the account or the server is at its end.
    async fn next(&mut self) -> Option<Bytes> {
        let account = Arc::clone(&self.account);
        let mut listener = account.feed.go_on_after(Some(self.heard));
        let is_over = || account.is_closed() || self.sandbox.is_stopping();
        let heard = match tokio::time::timeout(KEEP_ALIVE, listener.hear_or(is_over)).await {
            Ok(heard) => heard?,
            Err(_) => return Some(Bytes::from_static(b": still here\n\n")),
        };
        self.heard = listener.heard();
        if is_over() {
            return None;
        }
        Some(match heard {
            Heard::Lost(count) => self.event("lost", &json!({ "count": count })),
            Heard::Happening(happening) => match &*happening {
                Happening::Change(set) => {
                    self.epoch = set.epoch;
                    self.event("change", &change(set))
                }
                Happening::Request(entry) => {
                    let mut shown = serde_json::to_value(request::shown(entry)).unwrap_or_default();
                    if let Some(members) = shown.as_object_mut() {
                        members.retain(|name, _| !name.ends_with("_body") && !name.ends_with("_headers"));
                    }
                    self.event("request", &shown)
                }
                Happening::Reset(set) => {
                    self.epoch = set.epoch;
                    self.event("reset", &json!({ "epoch": set.epoch, "at": Stamp::millis(set.at).to_string() }))
                }
            },
        })
    }

    fn event(&self, name: &str, data: &Value) -> Bytes {
        Bytes::from(format!("id: {}.{}\nevent: {name}\ndata: {data}\n\n", self.epoch, self.heard))
    }
}

fn change(set: &ChangeSet) -> Value {
    let rows: Vec<Value> = set.rows.iter().map(|row| shown(row, set)).collect();
    json!({ "seq": set.seq, "at": Stamp::millis(set.at).to_string(), "rows": rows })
}

/// A row as the control API shows its record.
fn shown(row: &ChangedRow, set: &ChangeSet) -> Value {
    let mut shown = serde_json::to_value(row).unwrap_or_default();
    match row {
        ChangedRow::Deliveries { value, .. } => {
            shown["value"] = serde_json::to_value(value.as_deref().map(DeliveryView::from)).unwrap_or_default();
            if let Some(members) = shown["value"].as_object_mut() {
                members.remove("body");
            }
        }
        ChangedRow::Eligibilities { value, .. } => {
            let view = value.as_deref().map(|record| record.view(set.at));
            shown["value"] = serde_json::to_value(view).unwrap_or_default();
        }
        _ => hide_secrets(&mut shown["value"]),
    }
    shown
}

fn hide_secrets(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if SECRETS.contains(&name.as_str()) && !member.is_null() {
                    *member = MASK.into();
                } else if let Value::String(text) = member
                    && name.ends_with("url")
                {
                    *text = hidden::hide_query(text).into_owned();
                } else {
                    hide_secrets(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide_secrets),
        _ => {}
    }
}
