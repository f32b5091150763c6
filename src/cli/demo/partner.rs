//! A partner who calls a sandbox over HTTP, hears its notifications, and tells what happens.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;

use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::domain::contract::service::OutService;
use crate::partner::notification::Notification;
use crate::partner::receiver::{ReceivedNotification, Receiver};

/// How long a notification may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The partner, and what stands behind its calls.
pub struct Partner<'a> {
    /// Where the story is told.
    pub out: &'a Output,
    /// The client.
    pub client: Client,
    /// The server.
    pub url: &'a str,
    /// What the control API asks for.
    pub admin_token: Option<String>,
    /// The partner's own token; empty until it has one.
    pub token: String,
    /// The partner's own server.
    pub receiver: Receiver,
    /// The notifications that were told, by `webhook-id`.
    pub heard: BTreeSet<String>,
}

impl Partner<'_> {
    /// Begins a chapter.
    pub fn chapter(&self, title: &str) {
        self.out.line(&format!("\n{}", self.out.bold(title)));
    }

    /// Tells a line of the story.
    pub fn tell(&self, line: &str) {
        self.out.line(&format!("   {line}"));
    }

    /// Calls a service of Atlas; the path from its context on.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>, status: u16) -> Result<Value, Failure> {
        let method: Method = method.parse().unwrap_or_default();
        let request = self.client.request(method.clone(), format!("{}{path}", self.url)).bearer_auth(&self.token);
        let request = request.header("accept", "application/json");
        let request = if let Some(body) = body { request.json(&body) } else { request };
        self.send(request, &format!("{method} {path}"), status).await
    }

    /// Sends a call of the partner's, and tells how it was answered.
    pub async fn send(&self, request: RequestBuilder, what: &str, status: u16) -> Result<Value, Failure> {
        let answer = exchange(request, what, status).await?;
        self.out.line(&self.out.dim(&format!("   {what} -> {status}")));
        Ok(answer)
    }

    /// What somebody else does: the coordinator, the candidate, the vendor's staff.
    pub async fn elsewhere(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, Failure> {
        let method: Method = method.parse().unwrap_or_default();
        let mut request = self.client.request(method, format!("{}/_sandbox/accounts{path}", self.url));
        if let Some(token) = &self.admin_token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let status = if path.is_empty() { 201 } else { 200 };
        exchange(request, path, status).await
    }

    /// Waits for the notifications of these services, which the receiver has verified, and tells what they say.
    pub async fn hear(&mut self, services: &[OutService]) -> Result<(), Failure> {
        let received = self.receiver.wait(self.heard.len() + services.len(), PATIENCE).await;
        let new: Vec<_> = received.iter().filter(|one| !self.heard.contains(&one.id)).collect();
        for service in services {
            let is_its =
                |one: &&&ReceivedNotification| Notification::read(&one.body).is_ok_and(|read| read.service == *service);
            let Some(one) = new.iter().find(is_its) else {
                return Err(Failure::Checks(format!("{service} did not arrive within 10 s")));
            };
            self.out.line(&format!("   {} {}", self.out.bold("notified:"), told(*service, &one.body)));
            let verified = format!("     signature verified over {} bytes, {}", one.raw.len(), one.id);
            self.out.line(&self.out.dim(&verified));
        }
        self.heard.extend(new.iter().map(|one| one.id.clone()));
        Ok(())
    }
}

/// What a notification says, in a line.
fn told(service: OutService, body: &Value) -> String {
    let member = |name: &str| text(&body[name]);
    match service {
        OutService::BookingNotification => {
            let (code, start, place) = (member("booking_code"), member("booking_on"), member("location_name"));
            format!("{}, booking {code} on {start}, {place}", member("change_reason"))
        }
        OutService::TestCenterNotification => format!("{}, {}", member("change_reason"), member("location_name")),
        OutService::ProctoringResults => {
            let comments = body["comments"].as_array().map_or(0, Vec::len);
            format!(
                "Proctoring Results, {}, with {comments} comment: {}",
                member("review_status"),
                member("overall_comment")
            )
        }
        OutService::ProctoringResultsNotification => {
            format!("Proctoring Results Notification, {}", member("review_status"))
        }
        OutService::AssessmentResults => {
            let (verb, score) = (text(&body["verb"]["display"]["en"]), &body["result"]["score"]["raw"]);
            format!("Assessment Results, an xAPI statement: {verb}, raw score {score}")
        }
        OutService::AssessmentResultsNotification => {
            format!("Assessment Results Notification, {} in {}", member("result"), member("test_code"))
        }
    }
}

async fn exchange(request: RequestBuilder, what: &str, status: u16) -> Result<Value, Failure> {
    let lost = |error: reqwest::Error| {
        Failure::Environment(format!("{what}: {}", crate::notify::failure::describe("server", &error).0))
    };
    let answer = request.send().await.map_err(lost)?;
    let got = answer.status();
    let body = answer.text().await.map_err(lost)?;
    if got != StatusCode::from_u16(status).unwrap_or_default() {
        return Err(Failure::Checks(format!("{what}: expected {status}, got {got}: {body}")));
    }
    Ok(serde_json::from_str(&body).unwrap_or(Value::Null))
}

/// Checks what an answer says.
///
/// # Errors
/// It says something else.
pub fn expect(what: &str, got: &Value, expected: &str) -> Result<(), Failure> {
    if got.as_str() == Some(expected) {
        Ok(())
    } else {
        Err(Failure::Checks(format!("{what}: expected {expected}, got {got}")))
    }
}

/// A text; empty if it is none.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
