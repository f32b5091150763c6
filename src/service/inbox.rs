//! The built-in receiver: keeps what it is sent, and answers as it is configured to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use dashmap::DashMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::contract::error::Error;
use crate::domain::value::span::Span;
use crate::domain::value::stamp::{self, Timestamp};

/// How many messages an inbox keeps, the newest.
const KEPT: usize = 1000;
/// How many inboxes there may be.
const INBOXES: usize = 1000;
/// How many bytes the messages of all inboxes may hold: anyone may send to them.
const ALL_BYTES: usize = 256 * 1024 * 1024;
/// How many bytes the messages of one inbox may hold.
pub const BYTES: usize = 8 * 1024 * 1024;

/// All inboxes by name; made by the first message.
#[derive(Debug, Default)]
pub struct Inboxes {
    by_name: DashMap<String, Mutex<Inbox>>,
    bytes: AtomicUsize,
}

#[derive(Debug, Default)]
struct Inbox {
    messages: VecDeque<Message>,
    bytes: usize,
    received: u64,
    script: VecDeque<Behaviour>,
}

/// A captured request.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Message {
    /// 1 for the first of its inbox.
    pub id: u64,
    /// When it came, wall time.
    #[serde(with = "stamp::millis")]
    #[schema(value_type = String, format = DateTime)]
    pub received: Timestamp,
    /// PUT or POST.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Its headers; credentials are hidden.
    pub headers: BTreeMap<String, String>,
    /// Its body, as it came.
    pub body: String,
    /// The body as JSON, where it is JSON; read when the message is shown.
    #[schema(value_type = Option<Object>)]
    pub json: Option<serde_json::Value>,
    /// What it was answered with.
    pub answered: u16,
}

impl Message {
    fn size(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.body.len() + self.target.len() + headers
    }
}

/// How an inbox answers: entries are used up one after the other, then it answers 200 again.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Behaviour {
    /// The status.
    #[serde(default = "ok")]
    #[schema(minimum = 100, maximum = 599)]
    pub status: u16,
    /// How many requests it answers; all that come where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// How long it waits before it answers.
    #[serde(default)]
    #[schema(value_type = String, example = "2s")]
    pub delay: Span,
    /// Headers of the answer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The answer's body; the documented one where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// The script of an inbox.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// What it answers, in order; 200 always where empty.
    #[serde(default)]
    pub answers: Vec<Behaviour>,
}

fn ok() -> u16 {
    200
}

impl Inboxes {
    /// Takes the next answer of the script, and keeps the message with its status.
    ///
    /// # Errors
    /// There are too many inboxes already.
    pub fn receive(&self, name: &str, mut message: Message) -> Result<Behaviour, Error> {
        self.check_room(name)?;
        let inbox = self.by_name.entry(name.to_owned()).or_default();
        let mut inbox = inbox.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = inbox.next_answer();
        inbox.received += 1;
        (message.id, message.answered) = (inbox.received, answer.status);
        let size = message.size();
        inbox.bytes += size;
        self.bytes.fetch_add(size, Ordering::Relaxed);
        inbox.messages.push_back(message);
        while inbox.messages.len() > KEPT || (inbox.bytes > BYTES && inbox.messages.len() > 1) {
            let Some(oldest) = inbox.messages.pop_front() else { break };
            inbox.bytes -= oldest.size();
            self.bytes.fetch_sub(oldest.size(), Ordering::Relaxed);
        }
        Ok(answer)
    }

    /// The messages after a number, oldest first.
    pub fn messages(&self, name: &str, after: u64, limit: usize) -> Vec<Message> {
        let Some(inbox) = self.by_name.get(name) else { return Vec::new() };
        let inbox = inbox.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = |message: &Message| Message { json: serde_json::from_str(&message.body).ok(), ..message.clone() };
        inbox.messages.iter().filter(|message| message.id > after).take(limit).map(shown).collect()
    }

    /// Sets the script.
    ///
    /// # Errors
    /// There are too many inboxes already.
    pub fn set_script(&self, name: &str, script: Script) -> Result<(), Error> {
        self.check_room(name)?;
        let inbox = self.by_name.entry(name.to_owned()).or_default();
        inbox.lock().unwrap_or_else(PoisonError::into_inner).script = script.answers.into();
        Ok(())
    }

    fn check_room(&self, name: &str) -> Result<(), Error> {
        if !self.by_name.contains_key(name) && self.by_name.len() >= INBOXES {
            return Err(Error::Conflict(format!("there are {INBOXES} inboxes already")));
        }
        if self.bytes.load(Ordering::Relaxed) > ALL_BYTES {
            return Err(Error::Conflict("the inboxes hold 256 MiB; empty some with DELETE".to_owned()));
        }
        Ok(())
    }

    /// Empties an inbox, its script as well.
    pub fn clear(&self, name: &str) {
        if let Some((_, inbox)) = self.by_name.remove(name) {
            let bytes = inbox.into_inner().unwrap_or_else(PoisonError::into_inner).bytes;
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    /// Empties all inboxes.
    pub fn clear_all(&self) {
        let names: Vec<_> = self.by_name.iter().map(|inbox| inbox.key().clone()).collect();
        for name in names {
            self.clear(&name);
        }
    }
}

impl Inbox {
    fn next_answer(&mut self) -> Behaviour {
        let Some(first) = self.script.front_mut() else {
            return Behaviour {
                status: 200,
                times: None,
                delay: Span::default(),
                headers: BTreeMap::new(),
                body: None,
            };
        };
        let answer = first.clone();
        if let Some(times) = &mut first.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.script.pop_front();
            }
        }
        answer
    }
}
