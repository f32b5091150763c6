//! The dispatcher: woken for accounts with due work, it starts attempts and keeps the timers of those that wait.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant as Deadline;

use super::attempt;
use super::client::Clients;
use super::purse::Purses;
use crate::domain::outbox::Job;
use crate::domain::outbox::judge::Verdict;
use crate::domain::value::id::AccountCode;
use crate::service::{Account, Sandbox, Wake, account, clock, delivery};

/// What attempts share.
#[derive(Debug)]
struct Engine {
    sandbox: Arc<Sandbox>,
    clients: Clients,
    purses: Purses,
    under_way: AtomicUsize,
    idle: Notify,
    /// When it was told to begin nothing more.
    stopped: OnceLock<Deadline>,
}

impl Engine {
    fn is_stopping(&self) -> bool {
        self.stopped.get().is_some()
    }
}

/// Tells a dispatcher to begin nothing more.
#[derive(Debug, Clone)]
pub struct Brake(Arc<Engine>);

impl Brake {
    /// From here on attempts only end.
    pub fn pull(&self) {
        self.0.stopped.get_or_init(Deadline::now);
    }
}

/// The dispatcher's handle, to stop it.
#[derive(Debug)]
pub struct Dispatcher {
    engine: Arc<Engine>,
    task: tokio::task::JoinHandle<()>,
}

/// What a timer is for.
#[derive(Debug)]
enum Timer {
    /// Weak: a deleted account does not wait for its timer.
    Look(AccountCode, Weak<Account>),
    Expire(Weak<Account>),
}

impl Timer {
    fn look(account: &Arc<Account>) -> Self {
        Self::Look(account.code.clone(), Arc::downgrade(account))
    }
}

/// The longest wait of a timer; a longer one is looked at again by then.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

impl Dispatcher {
    /// Starts the dispatcher.
    pub fn start(sandbox: Arc<Sandbox>, woken: UnboundedReceiver<Wake>) -> Self {
        let engine = Arc::new(Engine {
            sandbox,
            clients: Clients::default(),
            purses: Purses::default(),
            under_way: AtomicUsize::new(0),
            idle: Notify::new(),
            stopped: OnceLock::new(),
        });
        let task = tokio::spawn(run(Arc::clone(&engine), woken));
        Self { engine, task }
    }

    /// What tells it to begin nothing more.
    pub fn brake(&self) -> Brake {
        Brake(Arc::clone(&self.engine))
    }

    /// Starts no further attempt, and waits for those under way, at most until `grace` after the brake was pulled.
    pub async fn stop(self, grace: Duration) {
        let since = *self.engine.stopped.get_or_init(Deadline::now);
        self.task.abort();
        // It ends between two looks, so that none is taken that nobody would wait for.
        let _aborted = self.task.await;
        let all_done = async {
            loop {
                let idle = self.engine.idle.notified();
                if self.engine.under_way.load(Ordering::Acquire) == 0 {
                    return;
                }
                idle.await;
            }
        };
        if tokio::time::timeout_at(since + grace, all_done).await.is_err() {
            tracing::warn!(under_way = self.engine.under_way.load(Ordering::Acquire), "attempts did not end in time");
        }
    }
}

/// The timers, by when they ring; an account has one look at most, the newest.
#[derive(Debug, Default)]
struct Timers {
    by_time: BTreeMap<(Deadline, u64), Timer>,
    looks: HashMap<AccountCode, (Deadline, u64)>,
    made: u64,
}

impl Timers {
    fn set(&mut self, wait: Duration, timer: Timer) {
        self.made += 1;
        let key = (Deadline::now() + wait, self.made);
        if let Timer::Look(code, _) = &timer
            && let Some(old) = self.looks.insert(code.clone(), key)
        {
            self.by_time.remove(&old);
        }
        self.by_time.insert(key, timer);
    }

    fn next(&self) -> Option<Deadline> {
        self.by_time.first_key_value().map(|((at, _), _)| *at)
    }

    fn pop(&mut self) -> Option<Timer> {
        let (_, timer) = self.by_time.pop_first()?;
        if let Timer::Look(code, _) = &timer {
            self.looks.remove(code);
        }
        Some(timer)
    }
}

async fn run(engine: Arc<Engine>, mut woken: UnboundedReceiver<Wake>) {
    let mut timers = Timers::default();
    loop {
        let next = timers.next();
        let due = async {
            match next {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let wait = tokio::select! {
            wake = woken.recv() => match wake {
                Some(Wake::Account(account)) => {
                    account.dequeue();
                    look(&engine, &account).await.map(|wait| (wait.min(LONGEST_WAIT), Timer::look(&account)))
                }
                Some(Wake::Expire(account, after)) => Some((after, Timer::Expire(Arc::downgrade(&account)))),
                None => return,
            },
            () = due => match timers.pop() {
                Some(Timer::Look(_, account)) => match account.upgrade() {
                    Some(account) => {
                        look(&engine, &account).await.map(|wait| (wait.min(LONGEST_WAIT), Timer::look(&account)))
                    }
                    None => None,
                },
                Some(Timer::Expire(expired)) => {
                    expire(&engine.sandbox, &expired);
                    None
                }
                None => None,
            },
        };
        if let Some((wait, timer)) = wait {
            timers.set(wait, timer);
        }
    }
}

/// Deletes an account whose ttl is over; a younger account may have its code by now.
fn expire(sandbox: &Sandbox, expired: &Weak<Account>) {
    let Some(expired) = expired.upgrade() else { return };
    let code = expired.code.as_str();
    if sandbox.store.account(code).is_some_and(|found| Arc::ptr_eq(&found, &expired)) {
        tracing::info!(account = code, "account deleted: its ttl is over");
        let _gone = account::delete(sandbox, code);
    }
}

/// Starts what is due; the wall time until the next row is due, where one waits for its time.
async fn look(engine: &Arc<Engine>, account: &Arc<Account>) -> Option<Duration> {
    if account.is_closed() || engine.is_stopping() {
        return None;
    }
    loop {
        while let Some(job) = delivery::take(&engine.sandbox, account).await {
            engine.under_way.fetch_add(1, Ordering::AcqRel);
            tokio::spawn(work(Arc::clone(engine), Arc::clone(account), job));
        }
        match delivery::next_wait(&engine.sandbox, account).await {
            // It came due in between.
            Some(wait) if wait.is_zero() => {}
            wait => return wait,
        }
    }
}

/// Sends one delivery after the other, as long as the account has some that are due.
async fn work(engine: Arc<Engine>, account: Arc<Account>, first: Job) {
    let mut next = Some(first);
    while let Some(job) = next.take() {
        let outcome = match engine.clients.of(job.subscription.tls.as_ref()) {
            Ok(client) => attempt::send(&client, &engine.purses.of(&account, &job), &job, clock::wall()).await,
            Err(reason) => attempt::unsent(&job, clock::wall(), &reason),
        };
        let reason = outcome.attempt.reason.clone();
        let recorded = delivery::record(&engine.sandbox, &account, &job, &outcome, engine.is_stopping()).await;
        if recorded.verdict == Some(Verdict::Delivered) {
            tracing::debug!(account = %account.code, delivery = %job.id, reason, "delivered");
        } else {
            tracing::warn!(account = %account.code, delivery = %job.id, reason, "not delivered");
        }
        next = recorded.next;
    }
    // A retry that is due later needs its timer.
    engine.sandbox.wake(&account);
    if engine.under_way.fetch_sub(1, Ordering::AcqRel) == 1 {
        engine.idle.notify_waiters();
    }
}
