//! Plays the cases against a receiver, one after another.

use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Url};
use serde_json::Value;

use super::call::{ProbeCall, ProbeContext, calls, candidate_id};
use super::case::Case;
use super::effect;
use super::judge::{CaseVerdict, ObservedEffect, is_sound, judge};
use super::sign::Signer;
use crate::domain::value::stamp;

/// How often a state is read, and the pause in between: a receiver may answer before it acts on a notification.
const LOOKS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(50);

/// A probe of one receiver.
#[derive(Debug)]
pub struct Probe {
    /// The HTTP client.
    pub client: Client,
    /// The receiver's URL.
    pub target: Url,
    /// PUT or POST.
    pub method: Method,
    /// Headers that authenticate to the receiver.
    pub auth: HeaderMap,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Signs the calls.
    pub signer: Signer,
    /// Makes the candidates and identifiers of this run unique.
    pub run: String,
    /// Where the receiver shows its state, as given on the command line.
    pub state: Option<Url>,
    /// The wall clock.
    pub now: fn() -> stamp::Timestamp,
    /// Says in words why a call got no answer.
    pub describe: fn(&reqwest::Error) -> String,
}

impl Probe {
    /// Where the receiver shows its state: at the given URL, or at `/state` if it is the sandbox's own receiver.
    ///
    /// # Errors
    /// The given URL cannot be reached or shows no state, in words.
    pub async fn find_state(&self) -> Result<Option<Url>, String> {
        if let Some(url) = &self.state {
            let document = self.ask(url).await.map_err(|reason| format!("state-url: {reason}"))?;
            if effect::is_state(&document) {
                return Ok(Some(url.clone()));
            }
            return Err(format!("state-url: {url} answers no {{\"records\": [...]}}"));
        }
        let Ok(mut url) = self.target.join("/state") else { return Ok(None) };
        url.set_query(None);
        let document = self.ask(&url).await.unwrap_or_default();
        Ok((document["receiver"] == "atlas-sandbox" && effect::is_state(&document)).then_some(url))
    }

    /// Plays some cases.
    ///
    /// # Errors
    /// The receiver cannot be reached, in words.
    pub async fn play(&self, cases: &[Case]) -> Result<Vec<CaseVerdict>, String> {
        let state = self.find_state().await?;
        let mut verdicts = Vec::new();
        for &case in cases {
            let began = Instant::now();
            // A fragment is never sent.
            let url = self.target.as_str().split('#').next().unwrap_or_default();
            let context = ProbeContext {
                run: &self.run,
                signer: &self.signer,
                method: self.method.as_str(),
                url,
                now: (self.now)(),
            };
            let calls = calls(case, &context);
            let mut answers = Vec::new();
            for call in &calls {
                answers.push(match self.send(call).await {
                    Err(error) if error.is_connect() && verdicts.is_empty() && answers.is_empty() => {
                        return Err(format!("{} cannot be reached: {}", self.target, self.describe(&error)));
                    }
                    answer => answer.map_err(|error| self.describe(&error)),
                });
            }
            // If an answer is wrong, the effect cannot change the verdict.
            let effect =
                if is_sound(&calls, &answers) { self.look(case, state.as_ref()).await } else { ObservedEffect::Hidden };
            let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            verdicts.push(judge(case, &calls, &answers, &effect, millis));
        }
        Ok(verdicts)
    }

    async fn send(&self, call: &ProbeCall) -> Result<u16, reqwest::Error> {
        let mut headers = self.auth.clone();
        for (name, value) in &call.headers {
            // All are valid: they consist of letters, digits and base64.
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        }
        let request = self.client.request(self.method.clone(), self.target.clone()).timeout(self.timeout);
        let answer = request.headers(headers).body(call.body.clone()).send().await?;
        Ok(answer.status().as_u16())
    }

    async fn look(&self, case: Case, state: Option<&Url>) -> ObservedEffect {
        let Some(url) = state else { return ObservedEffect::Hidden };
        let mut url = url.clone();
        url.query_pairs_mut().append_pair("candidate_id", &candidate_id(&self.run, case));
        let mut seen = Err(String::new());
        for look in 0..LOOKS {
            if look > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            seen = self.ask(&url).await.and_then(|document| effect::look(case, &self.run, &document));
            if seen.is_ok() {
                break;
            }
        }
        seen.map_or_else(ObservedEffect::Wrong, |()| ObservedEffect::Right)
    }

    async fn ask(&self, url: &Url) -> Result<Value, String> {
        let answer =
            self.client.get(url.clone()).timeout(self.timeout).send().await.map_err(|error| self.describe(&error))?;
        let status = answer.status().as_u16();
        if status != 200 {
            return Err(format!("its state cannot be read: {url} answered {status}"));
        }
        answer.json().await.map_err(|error| format!("its state cannot be read: {}", self.describe(&error)))
    }

    /// Describes why there is no answer.
    fn describe(&self, error: &reqwest::Error) -> String {
        if error.is_timeout() { "no answer in time".to_owned() } else { (self.describe)(error) }
    }
}
