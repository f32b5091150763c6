//! The words of the control API in a test: what candidates, staff and operators do.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Account, Answer, Server};

/// A member of a document, as text.
#[track_caller]
pub fn text<'a>(document: &'a Value, member: &str) -> &'a str {
    document[member].as_str().unwrap_or_else(|| panic!("{member} is no text: {document}"))
}

/// The members of documents, as text.
#[track_caller]
pub fn texts(documents: &[Value], member: &str) -> Vec<String> {
    documents.iter().map(|document| text(document, member).to_owned()).collect()
}

/// Asks again until it holds; fails after 20 s.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let began = std::time::Instant::now();
    while !holds().await {
        assert!(began.elapsed().as_secs() < 20, "{what}: not within 20 s");
    }
}

impl Server {
    /// The value of a counter or gauge.
    pub async fn metric(&self, name: &str) -> u64 {
        let all = crate::server::send(self.request(Method::GET, "/metrics")).await;
        let line = all.text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0, |value| value.parse().expect("a number"))
    }
}

impl Account<'_> {
    /// Schedules an eligibility as told.
    pub async fn schedule_as(&self, id: &str, input: Value) -> Answer {
        self.control(Method::POST, &format!("/eligibilities/{id}/schedule"), Some(input)).await
    }

    /// Does something to a booking with a body.
    pub async fn booking_as(&self, code: &str, action: &str, input: Value) -> Answer {
        self.control(Method::POST, &format!("/bookings/{code}/{action}"), Some(input)).await
    }

    /// Makes a candidate who is eligible for `EXAM1`, and schedules; gives the booking.
    pub async fn booked(&self, candidate_id: &str) -> Value {
        let id = self.eligible(candidate_id, "EXAM1").await;
        self.schedule(&id).await
    }

    /// The eligibility as staff see it.
    pub async fn eligibility(&self, id: &str) -> Value {
        self.control(Method::GET, &format!("/eligibilities/{id}"), None).await.expect(200)
    }

    /// Moves the clock.
    pub async fn clock(&self, input: Value) -> Answer {
        self.control(Method::PUT, "/clock", Some(input)).await
    }

    /// Moves the clock on, and gives what ran.
    pub async fn advance(&self, duration: &str) -> Value {
        self.clock(json!({ "action": "advance", "duration": duration })).await.expect(200)
    }

    /// The account's instant.
    pub async fn now(&self) -> String {
        let face = self.control(Method::GET, "/clock", None).await.expect(200);
        text(&face, "instant").to_owned()
    }

    /// The items of a list; the path with its query.
    pub async fn items(&self, path: &str) -> Vec<Value> {
        let page = self.control(Method::GET, path, None).await.expect(200);
        page["items"].as_array().unwrap_or_else(|| panic!("no items: {page}")).clone()
    }

    /// All deliveries, oldest first.
    pub async fn deliveries(&self) -> Vec<Value> {
        self.items("/deliveries").await
    }

    /// The status of every delivery, oldest first.
    pub async fn statuses(&self) -> Vec<String> {
        texts(&self.deliveries().await, "status")
    }

    /// The attempts of a delivery, oldest first.
    pub async fn attempts(&self, id: &str) -> Vec<Value> {
        self.items(&format!("/deliveries/{id}/attempts")).await
    }

    /// Sends a delivery again.
    pub async fn resend(&self, id: &str) -> Answer {
        self.control(Method::POST, &format!("/deliveries/{id}/resend"), None).await
    }

    /// Waits until so many deliveries have this status; gives the newest.
    pub async fn wait_for(&self, count: usize, status: &str) -> Value {
        self.wait(&format!("for=delivery&status={status}&count={count}")).await
    }

    /// Does something to the subscription: pause, resume, rotate-secret.
    pub async fn subscription(&self, action: &str) -> Value {
        self.control(Method::POST, &format!("/subscriptions/booking_notification/{action}"), None).await.expect(200)
    }

    /// Changes settings.
    pub async fn set(&self, settings: Value) -> Value {
        self.control(Method::PATCH, "/settings", Some(settings)).await.expect(200)
    }
}
