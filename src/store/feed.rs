//! What happens to an account, in order, for its listeners; costs next to nothing without any.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use super::journal::JournalEntry;
use crate::domain::state::change::ChangeSet;

/// How many happenings are remembered, the newest.
const REMEMBERED: usize = 1024;

/// How much they may hold together, see [`Happening::weight`]: about 16 MiB. The newest is remembered whatever it holds.
const MOST_WEIGHT: usize = 16 * 1024;

/// One thing that happened.
#[derive(Debug)]
pub enum Happening {
    /// Rows changed.
    Change(ChangeSet),
    /// A call was answered.
    Request(Arc<JournalEntry>),
    /// The account was reset or replaced; the change set has all of its rows.
    Reset(ChangeSet),
}

impl Happening {
    /// About how much it holds: a row or a KiB of bodies counts 1.
    fn weight(&self) -> usize {
        match self {
            Self::Change(set) | Self::Reset(set) => set.rows.len().max(1),
            Self::Request(entry) => 1 + (entry.request.body().len() + entry.response.len()) / 1024,
        }
    }
}

/// The newest happenings, by number.
#[derive(Debug, Default)]
struct Remembered {
    happenings: VecDeque<(u64, Arc<Happening>)>,
    weight: usize,
}

impl Remembered {
    fn push(&mut self, number: u64, happening: Happening) {
        self.weight += happening.weight();
        self.happenings.push_back((number, Arc::new(happening)));
        while self.happenings.len() > REMEMBERED || (self.weight > MOST_WEIGHT && self.happenings.len() > 1) {
            let Some((_, oldest)) = self.happenings.pop_front() else { break };
            self.weight -= oldest.weight();
        }
    }
}

/// What a listener hears next.
#[derive(Debug)]
pub enum Heard {
    /// What happened.
    Happening(Arc<Happening>),
    /// So many are not remembered any more.
    Lost(u64),
}

/// The happenings of one account.
#[derive(Debug, Default)]
pub struct Feed {
    listeners: AtomicUsize,
    /// Somebody may come back to go on where it was.
    is_kept: AtomicBool,
    /// How many happened.
    count: AtomicU64,
    remembered: Mutex<Remembered>,
    wakeup: Notify,
}

impl Feed {
    /// Whether there is a listener: without one, happenings need not be made.
    pub fn is_heard(&self) -> bool {
        self.listeners.load(Ordering::SeqCst) > 0 || self.is_kept.load(Ordering::Relaxed)
    }

    /// Counts a happening that has no listener.
    pub fn pass(&self) {
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Remembers what happened, and wakes the listeners.
    pub fn announce(&self, happening: Happening) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        remembered.push(number, happening);
        drop(remembered);
        self.wakeup.notify_waiters();
    }

    /// Wakes the listeners without a happening: the account was deleted.
    pub fn wake(&self) {
        self.wakeup.notify_waiters();
    }

    /// Begins to listen to what happens from now on.
    pub fn listen(&self) -> Listener<'_> {
        self.listeners.fetch_add(1, Ordering::SeqCst);
        Listener { feed: self, heard: self.count.load(Ordering::Relaxed) }
    }

    /// The same, for a listener that heard the happening with this number last, and may come back again.
    pub fn go_on_after(&self, heard: Option<u64>) -> Listener<'_> {
        self.is_kept.store(true, Ordering::SeqCst);
        let mut listener = self.listen();
        listener.heard = heard.map_or(listener.heard, |heard| heard.min(listener.heard));
        listener
    }
}

/// A listener; until it is dropped, the account remembers what happens.
#[derive(Debug)]
pub struct Listener<'a> {
    feed: &'a Feed,
    heard: u64,
}

impl Listener<'_> {
    /// What it has not heard yet.
    pub fn next(&mut self) -> Option<Heard> {
        let remembered = &self.feed.remembered.lock().unwrap_or_else(PoisonError::into_inner).happenings;
        let count = self.feed.count.load(Ordering::Relaxed);
        let at = remembered.partition_point(|(number, _)| *number <= self.heard);
        let next = remembered.get(at);
        // What happened without a listener is lost to one that comes back.
        let lost = next.map_or(count, |(number, _)| number - 1).saturating_sub(self.heard);
        if lost > 0 {
            self.heard += lost;
            return Some(Heard::Lost(lost));
        }
        let (number, happening) = next?;
        self.heard = *number;
        Some(Heard::Happening(Arc::clone(happening)))
    }

    /// Waits for what it has not heard yet; `None` once `is_over`, which is asked at each wake-up.
    pub async fn hear_or(&mut self, is_over: impl Fn() -> bool) -> Option<Heard> {
        loop {
            let woken = self.feed.wakeup.notified();
            tokio::pin!(woken);
            // Registered before the look, so that nothing in between is missed.
            woken.as_mut().enable();
            if let Some(heard) = self.next() {
                return Some(heard);
            }
            if is_over() {
                return None;
            }
            woken.await;
        }
    }

    /// How many happenings it has heard, or passed.
    pub fn heard(&self) -> u64 {
        self.heard
    }
}

impl Drop for Listener<'_> {
    fn drop(&mut self) {
        if self.feed.listeners.fetch_sub(1, Ordering::SeqCst) == 1 && !self.feed.is_kept.load(Ordering::SeqCst) {
            *self.feed.remembered.lock().unwrap_or_else(PoisonError::into_inner) = Remembered::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::clock::Clock;
    use crate::domain::state::State;
    use crate::domain::value::stamp::Timestamp;

    fn change(rows: usize) -> Happening {
        let code = "ACCT1".parse().expect("a code");
        let now = Timestamp::UNIX_EPOCH;
        let mut set = State::new(code, 1, Clock::wall(now), "").whole(now);
        let row = set.rows.pop().expect("a row");
        set.rows = vec![row; rows];
        Happening::Change(set)
    }

    fn heard(listener: &mut Listener<'_>) -> Vec<String> {
        std::iter::from_fn(|| listener.next())
            .map(|heard| match heard {
                Heard::Lost(count) => format!("lost {count}"),
                Heard::Happening(_) => "one".to_owned(),
            })
            .collect()
    }

    #[test]
    fn what_is_remembered_is_bounded_by_number_and_by_what_it_holds() {
        for (each, made, expected) in
            [(1, REMEMBERED + 2, REMEMBERED), (MOST_WEIGHT / 4, 10, 4), (2 * MOST_WEIGHT, 3, 1)]
        {
            let feed = Feed::default();
            let mut listener = feed.listen();
            (0..made).for_each(|_| feed.announce(change(each)));
            let heard = heard(&mut listener);
            assert_eq!(heard.first(), Some(&format!("lost {}", made - expected)), "{each} rows each");
            assert_eq!(heard.len(), 1 + expected, "{each} rows each");
        }
    }

    #[test]
    fn what_happened_without_a_listener_is_told_by_its_count() {
        let feed = Feed::default();
        feed.pass();
        let mut first = feed.go_on_after(Some(0));
        assert_eq!(heard(&mut first), ["lost 1"]);
        drop(first);
        // It may come back, so what happens meanwhile is kept.
        assert!(feed.is_heard());
        feed.announce(change(1));
        assert_eq!(heard(&mut feed.go_on_after(Some(1))), ["one"]);
    }
}
