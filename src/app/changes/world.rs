//! An account that nobody sends for but the test, and the routes of both faces in front of it, without a socket.

use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::App;
use actix_web::middleware::from_fn;
use actix_web::test::{self, TestRequest};
use actix_web::web::Data;
use futures_util::future::{Either, LocalBoxFuture, select};
use serde_json::{Value, json};

use super::draw::Draw;
use crate::admin::guard::{self, Access};
use crate::admin::tls::Authority;
use crate::app::WorkerData;
use crate::domain::outbox::Job;
use crate::domain::outbox::judge::AttemptOutcome;
use crate::domain::record::delivery::Attempt;
use crate::domain::value::document::{self, DocumentFormat};
use crate::domain::value::stamp::whole_millis;
use crate::gateway::enter;
use crate::http::peer::TrustedProxies;
use crate::service::{Account, Sandbox, SandboxOptions, account, clock, delivery};

/// The first user of an account, and the password.
pub const USER: (&str, &str) = ("u1", "p1");

/// How many steps of the dispatcher a call may need before it answers.
const MOST_STEPS: usize = 10_000;

/// A call's status and body.
pub type Answer = (u16, Value);

/// The routes of both faces.
pub type Face = Rc<dyn Fn(TestRequest) -> LocalBoxFuture<'static, Answer>>;

/// One account, its draws, and what is under way.
pub struct World {
    pub sandbox: Arc<Sandbox>,
    pub account: Arc<Account>,
    pub draw: Draw,
    pub face: Face,
    /// Attempts that were begun and have not ended.
    pub under_way: Vec<Job>,
    /// Access and refresh tokens that were issued.
    pub issued: Vec<(String, Option<String>)>,
    /// Other accounts that were made.
    pub others: Vec<String>,
    /// The candidate and test that a body names, for the path.
    pub named: Option<(String, String)>,
    /// The test center that a body names, for the path.
    pub center: Option<String>,
    /// Snapshots of the account.
    pub snapshots: Vec<String>,
}

/// The routes in front of a sandbox.
pub async fn face(sandbox: &Arc<Sandbox>) -> Face {
    let shared = WorkerData {
        sandbox: Data::new(Arc::clone(sandbox)),
        access: Access { token: None, is_open: true, listen: None },
        proxies: TrustedProxies(Vec::new().into()),
        authority: Authority(None),
    };
    let app = App::new()
        .configure(|services| shared.configure(services))
        .wrap(from_fn(guard::guard))
        .wrap(from_fn(enter::enter));
    let service = Rc::new(test::init_service(app).await);
    Rc::new(move |request: TestRequest| {
        let service = Rc::clone(&service);
        Box::pin(async move {
            match test::try_call_service(&*service, request.to_request()).await {
                Ok(response) => {
                    let status = response.status().as_u16();
                    let body = test::read_body(response).await;
                    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
                }
                Err(error) => (error.as_response_error().status_code().as_u16(), Value::Null),
            }
        })
    })
}

/// A sandbox that only these tests call.
pub fn sandbox() -> Arc<Sandbox> {
    let (sandbox, _woken) = Sandbox::new(SandboxOptions::for_a_check());
    // Set once, here.
    let _first = sandbox.base_url.set("http://localhost".to_owned());
    let _first = sandbox.rehearse.set(crate::notify::request::rehearse);
    sandbox
}

impl World {
    /// A new account of a seed.
    pub fn new(sandbox: &Arc<Sandbox>, face: &Face, seed: u64) -> Self {
        let subscription = json!({
            "url": "http://localhost", "concurrency": 4, "retry": "automatic", "retry_schedule": ["1m", "2m"],
            "signing": { "type": "standard-webhooks" }
        });
        let given = json!({
            "account": {
                "account_code": format!("WORLD{seed}"),
                "settings": { "lint": "off" },
                "users": [{ "username": USER.0, "password": USER.1 }],
                "applications": [
                    { "name": "A1", "owner": USER.0, "consumer_key": format!("K{seed}"), "consumer_secret": "S1" }
                ],
                "static_tokens": [format!("T{seed}")],
            },
            "eligibilities": [{ "test_code": "EXAM1", "candidate": { "candidate_id": "c0" } }],
            "subscriptions": { "booking_notification": &subscription, "test_center_notification": &subscription },
            "clock": { "instant": "2026-03-01T12:00:00Z", "frozen": true },
            "seed": seed,
        });
        let given = document::read(&given.to_string(), DocumentFormat::Json).expect("a document");
        let account = account::create(sandbox, given).expect("an account");
        Self {
            sandbox: Arc::clone(sandbox),
            account,
            draw: Draw::new(seed),
            face: Rc::clone(face),
            under_way: Vec::new(),
            issued: Vec::new(),
            others: Vec::new(),
            named: None,
            center: None,
            snapshots: Vec::new(),
        }
    }

    /// The consumer key of the account's first application.
    pub fn key(&self) -> String {
        self.account.code.as_str().replace("WORLD", "K")
    }

    /// The account's static token.
    pub fn token(&self) -> String {
        self.account.code.as_str().replace("WORLD", "T")
    }

    /// Makes a call; while one that moves a clock waits for deliveries to end, they are taken and end well. Others wait
    /// only for work that is done off the workers.
    pub async fn call(&mut self, name: &str, request: TestRequest) -> Answer {
        let mut answer = (self.face)(request);
        if !name.starts_with("put_clock") {
            return answer.await;
        }
        for _ in 0..MOST_STEPS {
            match select(answer, pin!(tokio::task::yield_now())).await {
                Either::Left((answer, _)) => return answer,
                Either::Right(((), waiting)) => answer = waiting,
            }
            if !self.take().await {
                self.end(200).await;
            }
        }
        panic!("a call that does not end");
    }

    /// Lets happen what falls due, and takes a delivery that is; false where there is nothing of both.
    pub async fn take(&mut self) -> bool {
        let fell_due = delivery::fall_due(&self.sandbox, &self.account).await.unwrap_or(false);
        let taken = delivery::take(&self.sandbox, &self.account).await;
        let is_taken = taken.is_some() || fell_due;
        self.under_way.extend(taken);
        is_taken
    }

    /// Ends an attempt; false where none is under way.
    pub async fn end(&mut self, status: u16) -> bool {
        if self.under_way.is_empty() {
            return false;
        }
        let index = self.draw.below(self.under_way.len());
        let job = self.under_way.remove(index);
        let attempt = Attempt {
            number: job.number,
            at: whole_millis(clock::wall()),
            request_line: format!("PUT {}", job.url()),
            request_headers: Vec::new(),
            request_body: Arc::clone(job.sent_body()),
            status: job.unsent.is_none().then_some(status),
            response_headers: Vec::new(),
            response_body: String::new(),
            duration_ms: 0.5,
            reason: "answered".to_owned(),
        };
        let passing = status == 500 || job.unsent.is_some();
        let outcome = AttemptOutcome { attempt: Arc::new(attempt), passing, is_late: false, retry_after: None };
        let stopping = self.draw.one_in(2);
        let recorded = delivery::record(&self.sandbox, &self.account, &job, &outcome, stopping).await;
        let is_known = recorded.verdict.is_some();
        self.under_way.extend(recorded.next);
        is_known
    }
}
