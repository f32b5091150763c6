//! A running sandbox, an account of its own, and answers that are easy to look at.

use std::path::PathBuf;
use std::sync::Arc;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::process::{self, Process};
pub use crate::process::{binary, command, folder, serving};

/// The real binary on a free port. One that is a test's own is stopped when dropped; a shared one serves until the test
/// binary ends.
pub struct Server {
    process: Arc<Process>,
    pub url: String,
    /// Of this test: connections are driven by the runtime of the test that opened them.
    pub client: Client,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

/// An account of the test's own.
pub struct Account<'a> {
    pub server: &'a Server,
    pub code: String,
    /// A static token of the account.
    pub token: String,
    /// The answer of `POST /_sandbox/accounts`.
    pub made: Value,
}

impl Server {
    /// The server with the default settings that all tests share. What a test looks at on it must be its own: accounts
    /// that were made up, and codes, keys, tokens and inboxes that no other test names.
    pub fn shared() -> Self {
        Self::shared_with(&[])
    }

    /// The server with these flags of `serve` that all tests that ask for the same share.
    pub fn shared_with(flags: &[&str]) -> Self {
        Self::of(process::shared(flags))
    }

    /// Starts a server of the test's own with the default settings, for what is seen of the server as a whole.
    #[track_caller]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts a server of the test's own with more flags of `serve`.
    #[track_caller]
    pub fn start_with(flags: &[&str]) -> Self {
        Self::start_in(flags, &[])
    }

    /// Starts a server of the test's own with more flags of `serve`, in an environment with these variables.
    #[track_caller]
    pub fn start_in(flags: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::of(Arc::new(Process::start(flags, variables)))
    }

    fn of(process: Arc<Process>) -> Self {
        #[allow(clippy::disallowed_methods, reason = "a client of the test's own")]
        let client =
            Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Self { url: process.url.clone(), process, client }
    }

    /// What the server has logged so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Sends the process a signal: `TERM`, `INT`.
    pub fn signal(&self, name: &str) {
        assert_eq!(Arc::strong_count(&self.process), 1, "a shared server is nobody's to stop");
        process::signal(self.process.child.id(), name);
    }

    /// The file that holds the port while the server runs.
    pub fn port_file(&self) -> PathBuf {
        self.process.port_file()
    }

    /// Waits until the process has ended, and gives its exit code.
    pub fn wait_for_end(&mut self) -> Option<i32> {
        let process = Arc::get_mut(&mut self.process).expect("a shared server is nobody's to stop");
        process.child.wait().expect("the child can be waited for").code()
    }

    /// A request to a path, nothing added.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// A call of the control API; the path below `/_sandbox`.
    pub async fn control(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.request(method, &format!("/_sandbox{path}"));
        if let Some(body) = body {
            request = request.json(&body);
        }
        send(request).await
    }

    /// Makes an account from a `given` document.
    pub async fn account(&self, given: Value) -> Account<'_> {
        let answer = self.control(Method::POST, "/accounts", Some(given)).await;
        self.adopt(answer.expect(201))
    }

    /// An account that was made.
    pub fn adopt(&self, made: Value) -> Account<'_> {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Account { server: self, code: text(&made["account_code"]), token: text(&made["static_tokens"][0]), made }
    }
}

/// Sends a request and reads the whole answer.
pub async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, text: response.text().await.expect("a body") }
}

/// JSON that came without blanks, laid out with a member a line in the order in which they came.
#[track_caller]
pub fn laid_out(json: &str) -> String {
    let value: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert_eq!(value.to_string(), json.trim_end_matches('\n'), "not as it would be written");
    serde_json::to_string_pretty(&value).expect("JSON")
}

impl Answer {
    /// Status, content type, and the body laid out: what a snapshot shows of an answer.
    #[track_caller]
    pub fn told(&self) -> String {
        format!("{} {}\n{}", self.status, self.header("content-type"), laid_out(&self.text))
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The body as JSON, once the status is as expected; null for a fault in XML, and for none.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        let is_json = !self.text.is_empty() && self.header("content-type") != "application/xml";
        if is_json { self.json() } else { Value::Null }
    }

    /// `error_description` of an Error Model, once the status is as expected.
    #[track_caller]
    pub fn refused(&self, status: u16) -> String {
        let body = self.expect(status);
        assert!(body["error"].is_string(), "{}", self.text);
        body["error_description"].as_str().unwrap_or_else(|| panic!("no error_description: {}", self.text)).to_owned()
    }

    /// `detail` of a problem document, once the status is as expected.
    #[track_caller]
    pub fn problem(&self, status: u16) -> String {
        let body = self.expect(status);
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        body["detail"].as_str().unwrap_or_else(|| panic!("no detail: {}", self.text)).to_owned()
    }

    /// A header, empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Account<'_> {
    /// The canonical path of the eligibility service below this account.
    pub fn path(&self, rest: &str) -> String {
        format!("/eligibilityService/1.0.0/accounts/{}{rest}", self.code)
    }

    /// A vendor call with the account's static token; the path below the account.
    pub async fn call(&self, method: Method, rest: &str, body: Option<Value>) -> Answer {
        let mut request =
            self.server.request(method, &self.path(rest)).bearer_auth(&self.token).header("accept", "application/json");
        if let Some(body) = body {
            request = request.json(&body);
        }
        send(request).await
    }

    pub async fn get(&self, rest: &str) -> Answer {
        self.call(Method::GET, rest, None).await
    }

    pub async fn post(&self, rest: &str, body: Value) -> Answer {
        self.call(Method::POST, rest, Some(body)).await
    }

    pub async fn put(&self, rest: &str, body: Value) -> Answer {
        self.call(Method::PUT, rest, Some(body)).await
    }

    pub async fn delete(&self, rest: &str) -> Answer {
        self.call(Method::DELETE, rest, None).await
    }

    /// A call of the control API; the path below this account.
    pub async fn control(&self, method: Method, rest: &str, body: Option<Value>) -> Answer {
        self.server.control(method, &format!("/accounts/{}{rest}", self.code), body).await
    }

    /// Creates an eligibility for a candidate and gives its `psi_eligiblity_id`.
    pub async fn eligible(&self, candidate_id: &str, test_code: &str) -> String {
        let answer = self.post("/candidates", eligibility(candidate_id, test_code)).await.expect(201);
        answer["psi_eligiblity_id"].as_str().expect("an identifier").to_owned()
    }

    /// Schedules an eligibility, chosen place and time, and gives the booking.
    pub async fn schedule(&self, id: &str) -> Value {
        self.control(Method::POST, &format!("/eligibilities/{id}/schedule"), Some(json!({}))).await.expect(200)
    }

    /// Does something to a booking (`cancel`, `absent`, ...) and gives it.
    pub async fn booking(&self, code: &str, action: &str) -> Answer {
        self.control(Method::POST, &format!("/bookings/{code}/{action}"), None).await
    }

    /// Sends booking notifications to a URL, with more members of the subscription.
    pub async fn subscribe(&self, url: &str, more: Value) -> Value {
        let mut subscription = json!({ "url": url });
        subscription.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        self.control(Method::PUT, "/subscriptions/booking_notification", Some(subscription)).await.expect(200)
    }

    /// Waits for something (`for=delivery&status=failed`) and gives it.
    pub async fn wait(&self, query: &str) -> Value {
        self.control(Method::GET, &format!("/wait?timeout=20s&{query}"), None).await.expect(200)
    }
}

/// A minimal eligibility body.
pub fn eligibility(candidate_id: &str, test_code: &str) -> Value {
    json!({
        "candidate": { "candidate_id": candidate_id, "first_name": "Jo", "last_name": "Doe" },
        "test_code": test_code,
    })
}
