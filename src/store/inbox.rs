//! The built-in receivers of an account: they keep what they are sent, and answer as they are configured to.
//!
//! Anyone may send to an inbox. So none of its limits refuses a message of the account itself: the oldest messages of
//! the fullest inbox go, and the inbox that nobody needs.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::contract::error::Error;
use crate::domain::value::span::Span;
use crate::domain::value::stamp::{self, Timestamp};

/// How many messages an inbox keeps, the newest.
const KEPT: usize = 1000;
/// How many inboxes an account may have.
const INBOXES: usize = 100;
/// How many bytes the messages of all inboxes of an account may hold.
const ACCOUNT_BYTES: usize = 32 * 1024 * 1024;
/// How many bytes the messages of one inbox may hold.
pub const BYTES: usize = 8 * 1024 * 1024;

/// The inboxes of an account, by name; each is made by its first message.
#[derive(Debug, Default)]
pub struct Inboxes {
    by_name: Mutex<BTreeMap<String, Inbox>>,
    bytes: AtomicUsize,
}

#[derive(Debug, Default)]
struct Inbox {
    messages: VecDeque<Message>,
    bytes: usize,
    received: u64,
    script: VecDeque<Behaviour>,
    /// When it was last sent something, wall time.
    last: Option<Timestamp>,
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
    /// The body as JSON, whatever it is; null where it is no JSON. Read when the message is shown.
    #[schema(value_type = Value, required = true)]
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
    #[schema(minimum = 200, maximum = 599)]
    pub status: u16,
    /// How many requests it answers; all that come where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
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
    /// Takes the next answer of the script, and keeps the message with its status. `is_needed` tells whether the account
    /// itself sends to an inbox.
    ///
    /// # Errors
    /// There are too many inboxes, all with a script or needed.
    pub fn receive(
        &self,
        name: &str,
        mut message: Message,
        is_needed: impl Fn(&str) -> bool,
    ) -> Result<Behaviour, Error> {
        let mut all = self.lock();
        let inbox = open(&mut all, name, is_needed)?;
        let answer = inbox.next_answer();
        inbox.received += 1;
        inbox.last = Some(message.received);
        (message.id, message.answered) = (inbox.received, answer.status);
        inbox.bytes += message.size();
        inbox.messages.push_back(message);
        while inbox.messages.len() > KEPT || (inbox.bytes > BYTES && inbox.messages.len() > 1) {
            inbox.drop_oldest();
        }
        while total(&all) > ACCOUNT_BYTES && drop_oldest(&mut all) {}
        self.bytes.store(total(&all), Ordering::Relaxed);
        Ok(answer)
    }

    /// The messages after a number, oldest first.
    pub fn messages(&self, name: &str, after: u64, limit: usize) -> Vec<Message> {
        let all = self.lock();
        let Some(inbox) = all.get(name) else { return Vec::new() };
        let shown = |message: &Message| Message { json: serde_json::from_str(&message.body).ok(), ..message.clone() };
        inbox.messages.iter().filter(|message| message.id > after).take(limit).map(shown).collect()
    }

    /// Sets the script.
    ///
    /// # Errors
    /// There are too many inboxes, all with a script or needed.
    pub fn set_script(&self, name: &str, script: Script, is_needed: impl Fn(&str) -> bool) -> Result<(), Error> {
        open(&mut self.lock(), name, is_needed)?.script = script.answers.into();
        Ok(())
    }

    /// Empties an inbox, its script as well.
    pub fn clear(&self, name: &str) {
        let mut all = self.lock();
        all.remove(name);
        self.bytes.store(total(&all), Ordering::Relaxed);
    }

    /// Empties all inboxes.
    pub fn clear_all(&self) {
        let mut all = self.lock();
        all.clear();
        self.bytes.store(0, Ordering::Relaxed);
    }

    /// How many bytes the messages hold.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Drops the oldest message of the fullest inbox; false if there is none to drop.
    pub fn drop_oldest(&self) -> bool {
        let mut all = self.lock();
        let is_dropped = drop_oldest(&mut all);
        self.bytes.store(total(&all), Ordering::Relaxed);
        is_dropped
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Inbox>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The inbox with this name, made where there is none: of too many, the one that was quiet for longest and that nobody
/// needs goes.
fn open<'a>(
    all: &'a mut BTreeMap<String, Inbox>,
    name: &str,
    is_needed: impl Fn(&str) -> bool,
) -> Result<&'a mut Inbox, Error> {
    if !all.contains_key(name) && all.len() >= INBOXES {
        let idle = all.iter().filter(|(name, inbox)| inbox.script.is_empty() && !is_needed(name));
        let quietest = idle.min_by_key(|(_, inbox)| inbox.last).map(|(name, _)| name.clone());
        let quietest = quietest.ok_or_else(|| {
            Error::Conflict(format!("the account has {INBOXES} inboxes, all with a script or a subscription"))
        })?;
        all.remove(&quietest);
    }
    Ok(all.entry(name.to_owned()).or_default())
}

fn total(all: &BTreeMap<String, Inbox>) -> usize {
    all.values().map(|inbox| inbox.bytes).sum()
}

fn drop_oldest(all: &mut BTreeMap<String, Inbox>) -> bool {
    all.values_mut().max_by_key(|inbox| inbox.bytes).is_some_and(Inbox::drop_oldest)
}

impl Inbox {
    fn drop_oldest(&mut self) -> bool {
        let oldest = self.messages.pop_front();
        self.bytes -= oldest.as_ref().map_or(0, Message::size);
        oldest.is_some()
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    fn message(size: usize, second: i64) -> Message {
        Message {
            id: 0,
            received: Timestamp::from_timestamp(second, 0).expect("an instant"),
            method: String::new(),
            target: String::new(),
            headers: BTreeMap::new(),
            body: "x".repeat(size),
            json: None,
            answered: 0,
        }
    }

    #[test]
    fn a_stranger_who_fills_all_there_is_pushes_nothing_of_the_account_out() {
        let (inboxes, is_needed) = (Inboxes::default(), |name: &str| name == "own");
        inboxes.receive("own", message(1000, 0), is_needed).expect("taken");
        for (number, second) in (1..=3 * INBOXES).zip(1..) {
            inboxes.receive(&format!("evil{number}"), message(7 << 20, second), is_needed).expect("taken");
            assert!(inboxes.bytes() <= ACCOUNT_BYTES);
        }
        inboxes.receive("own", message(1000, 0), is_needed).expect("taken");
        assert_eq!(inboxes.messages("own", 0, 10).len(), 2);
        assert_eq!(inboxes.messages("evil1", 0, 10).len(), 0);
        inboxes.clear_all();
        assert_eq!((inboxes.bytes(), inboxes.drop_oldest()), (0, false));
    }

    #[test]
    fn scripts_are_not_given_up_for_strangers() {
        let inboxes = Inboxes::default();
        for number in 0..INBOXES {
            let answer =
                Behaviour { status: 500, times: None, delay: Span::default(), headers: BTreeMap::new(), body: None };
            let script = Script { answers: vec![answer] };
            inboxes.set_script(&format!("scripted{number}"), script, |_| false).expect("room");
        }
        assert!(inboxes.receive("stranger", message(1, 0), |_| false).is_err());
        assert_eq!(inboxes.receive("scripted7", message(1, 0), |_| false).map(|answer| answer.status).ok(), Some(500));
    }
}
