//! `demo`: plays a partner against a sandbox over real HTTP, and prints each step.

use std::time::{Duration, Instant};

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::Output;
use super::serve;
use super::stop_signal::StopSignal;
use crate::config::flags::Flags;
use crate::partner::receiver::{ReceivedNotification, Receiver};

/// The arguments of `demo`.
#[derive(Debug, clap::Args)]
pub struct DemoArguments {
    #[command(flatten)]
    flags: Flags,
    /// Go on serving when the story is told
    #[arg(long)]
    keep: bool,
}

const PATIENCE: Duration = Duration::from_secs(10);

/// Starts everything in one process and plays the story.
pub async fn run(arguments: DemoArguments) -> Result<(), Failure> {
    let mut flags = arguments.flags;
    flags.listen.get_or_insert_with(|| ([127, 0, 0, 1], if arguments.keep { 8080 } else { 0 }).into());
    let config = serve::resolve(flags)?;
    let admin_token = config.admin_token.clone();
    let setup = serve::setup(config)?;
    let mut stop = StopSignal::listen()?;
    let server = serve::start(setup)?;
    let (url, handle) = (server.base_url(), server.handle());
    let running = tokio::spawn(server.run());
    let story = Story {
        out: Output::stdout(),
        client: crate::notify::client::build().map_err(Failure::Environment)?.kept,
        url,
        admin_token,
    };
    let outcome = story.tell().await;
    if outcome.is_ok() && arguments.keep {
        story.out.line(&format!("\nThe sandbox goes on serving at {}; Ctrl-C stops it.", story.url));
        stop.received().await;
    }
    handle.stop().await;
    // The server has stopped; the result of its task adds nothing.
    let _stopped = running.await;
    outcome
}

struct Story {
    out: Output,
    client: Client,
    url: String,
    admin_token: Option<String>,
}

impl Story {
    async fn tell(&self) -> Result<(), Failure> {
        let began = Instant::now();
        self.out.line(&self.out.bold("A partner's first evening with Atlas, played over real HTTP"));
        self.step("0. The coordinator sets up an account (here: one call to the control API)");
        let account = self
            .control(Method::POST, "/accounts", Some(json!({ "account": { "account_code": "STORY001" } })), 201)
            .await?;
        let secret = text(&account["signing_secret"]);
        let receiver =
            Receiver::start(secret, crate::seconds).map_err(|error| Failure::Environment(error.to_string()))?;
        self.control(
            Method::PUT,
            "/accounts/STORY001/subscriptions/booking_notification",
            Some(json!({ "url": receiver.url() })),
            200,
        )
        .await?;
        self.note(&format!("account STORY001, notification_url {}", receiver.url()));
        let token = self.fetch_token(&account).await?;
        let outcome = self.play(&token, &receiver).await;
        receiver.stop().await;
        outcome?;
        self.out.line(&format!(
            "\nDone in {} ms: six notifications sent, received, verified and in order.",
            began.elapsed().as_millis()
        ));
        Ok(())
    }

    async fn fetch_token(&self, account: &Value) -> Result<String, Failure> {
        self.step("1. The partner fetches a token");
        let (application, user) = (&account["applications"][0], &account["users"][0]);
        let form = [
            ("grant_type", "password".to_owned()),
            ("username", text(&user["username"])),
            ("password", text(&user["password"])),
        ];
        let request = self
            .client
            .post(format!("{}/token", self.url))
            .basic_auth(text(&application["consumer_key"]), Some(text(&application["consumer_secret"])))
            .form(&form);
        let issued = self.send(request, "POST /token", 200).await?;
        self.note(&format!("Bearer token for {} s", issued["expires_in"]));
        Ok(text(&issued["access_token"]))
    }

    async fn play(&self, token: &str, receiver: &Receiver) -> Result<(), Failure> {
        self.step("2. The partner pushes two eligibilities");
        let jo = self.create(token, "C-1001", "Jo", "Doe", "E-1").await?;
        let ann = self.create(token, "C-1002", "Ann", "Lee", "E-2").await?;
        self.refuse_duplicate(token).await?;

        self.step("3. Jo books a seat, moves it, and takes the exam");
        let booking = self
            .control(Method::POST, &format!("/accounts/STORY001/eligibilities/{jo}/schedule"), Some(json!({})), 200)
            .await?;
        self.expect_notification(receiver, 1, "BOOKING_CREATED").await?;
        let moved = self.on_booking(&text(&booking["booking_code"]), "reschedule").await?;
        self.expect_notification(receiver, 2, "BOOKING_RESCHEDULED").await?;
        let code = text(&moved["booking_code"]);
        let result = self
            .client
            .put(format!("{}/assessmentResultService/1.0.0/bookings/{code}/results", self.url))
            .bearer_auth(token)
            .json(&json!({ "result": "PASS", "score": "87" }));
        self.send(result, "PUT bookings/{booking_code}/results (the test driver)", 200).await?;
        self.expect_notification(receiver, 3, "EXAM_COMPLETED").await?;

        self.step("4. Ann books, does not come, and is excused");
        let booking = self
            .control(
                Method::POST,
                &format!("/accounts/STORY001/eligibilities/{ann}/schedule"),
                Some(json!({ "delivery_mode": "ATLAS_REMOTE_PROCTORED" })),
                200,
            )
            .await?;
        self.expect_notification(receiver, 4, "BOOKING_CREATED").await?;
        let code = text(&booking["booking_code"]);
        self.on_booking(&code, "absent").await?;
        self.expect_notification(receiver, 5, "ABSENT").await?;
        self.on_booking(&code, "excuse").await?;
        self.expect_notification(receiver, 6, "EXCUSED_ABSENT").await?;

        self.step("5. The partner reads both records");
        for (candidate, status) in [("C-1001", "CSS5"), ("C-1002", "CSS9")] {
            let request = self
                .client
                .get(format!("{}/eligibilityService/1.0.0/accounts/STORY001/candidates/{candidate}", self.url))
                .bearer_auth(token);
            let records = self.send(request, "GET candidates/{candidate_id}", 200).await?;
            expect("the status", &records[0]["status"], status)?;
            self.note(&format!("{candidate} is {status}"));
        }
        Ok(())
    }

    async fn create(&self, token: &str, id: &str, first: &str, last: &str, client_id: &str) -> Result<String, Failure> {
        let request = self.creation(token, id, first, last, client_id);
        let record = self.send(request, "POST candidates", 201).await?;
        self.note(&format!(
            "{first} {last}: psi_eligiblity_id {}, status {}",
            text(&record["psi_eligiblity_id"]),
            text(&record["status"])
        ));
        Ok(text(&record["psi_eligiblity_id"]))
    }

    fn creation(&self, token: &str, id: &str, first: &str, last: &str, client_id: &str) -> reqwest::RequestBuilder {
        self.client
            .post(format!("{}/eligibilityService/1.0.0/accounts/STORY001/candidates", self.url))
            .bearer_auth(token)
            .header("accept", "application/json")
            .json(&json!({
                "candidate": { "candidate_id": id, "first_name": first, "last_name": last, "country": "US", "province_state": "KS" },
                "client_eligibility_id": client_id,
                "test_code": "EXAM1"
            }))
    }

    async fn refuse_duplicate(&self, token: &str) -> Result<(), Failure> {
        let refused = self
            .send(self.creation(token, "C-1001", "Jo", "Doe", "E-1"), "POST candidates, the same again", 400)
            .await?;
        self.note(&text(&refused["error_description"]));
        Ok(())
    }

    async fn on_booking(&self, code: &str, action: &str) -> Result<Value, Failure> {
        self.control(Method::POST, &format!("/accounts/STORY001/bookings/{code}/{action}"), None, 200).await
    }

    /// Waits for a notification that the receiver has verified, and checks its reason.
    async fn expect_notification(&self, receiver: &Receiver, count: usize, reason: &str) -> Result<(), Failure> {
        let received = receiver.wait(count, PATIENCE).await;
        let Some(ReceivedNotification { id, body, raw, .. }) = received.get(count - 1) else {
            return Err(Failure::Checks(format!("notification {count} ({reason}) did not arrive within 10 s")));
        };
        expect("change_reason", &body["change_reason"], reason)?;
        let place = body["location_name"].as_str().or(body["location_timezone"].as_str()).unwrap_or_default();
        self.out.line(&format!(
            "   {} {reason}, booking {} on {}, {place}\n     {}",
            self.out.bold("notified:"),
            text(&body["booking_code"]),
            text(&body["booking_on"]),
            self.out.dim(&format!("signature verified over {} bytes, {id}", raw.len())),
        ));
        Ok(())
    }

    async fn control(&self, method: Method, path: &str, body: Option<Value>, status: u16) -> Result<Value, Failure> {
        let mut request = self.client.request(method, format!("{}/_sandbox{path}", self.url));
        if let Some(token) = &self.admin_token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.send(request, path, status).await
    }

    async fn send(&self, request: reqwest::RequestBuilder, what: &str, status: u16) -> Result<Value, Failure> {
        let lost = |error: reqwest::Error| {
            Failure::Environment(format!("{what}: {}", crate::notify::failure::describe("server", &error).0))
        };
        let answer = request.send().await.map_err(lost)?;
        let got = answer.status();
        let body = answer.text().await.map_err(lost)?;
        if got != StatusCode::from_u16(status).unwrap_or(StatusCode::OK) {
            return Err(Failure::Checks(format!("{what}: expected {status}, got {got}: {body}")));
        }
        if !what.starts_with('/') {
            self.out.line(&self.out.dim(&format!("   {what} -> {}", got.as_u16())));
        }
        Ok(serde_json::from_str(&body).unwrap_or(Value::Null))
    }

    fn step(&self, title: &str) {
        self.out.line(&format!("\n{}", self.out.bold(title)));
    }

    fn note(&self, line: &str) {
        self.out.line(&format!("   {line}"));
    }
}

fn expect(what: &str, got: &Value, expected: &str) -> Result<(), Failure> {
    if got.as_str() == Some(expected) {
        Ok(())
    } else {
        Err(Failure::Checks(format!("{what}: expected {expected}, got {got}")))
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
