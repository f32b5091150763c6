//! The dispatcher: starts the attempts of accounts with due deliveries, and keeps timers for the others.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant as Deadline;

use super::attempt;
use super::client::ClientCache;
use super::token_cache::TokenCaches;
use crate::domain::outbox::Job;
use crate::domain::outbox::judge::Verdict;
use crate::domain::value::id::AccountCode;
use crate::service::{Account, Sandbox, Wake, account, clock, delivery};

/// What the dispatcher and its attempts share.
#[derive(Debug)]
struct DispatcherState {
    sandbox: Arc<Sandbox>,
    clients: ClientCache,
    token_caches: TokenCaches,
    under_way: AtomicUsize,
    idle: Notify,
    /// When it was told to start nothing more.
    stopped: OnceLock<Deadline>,
}

impl DispatcherState {
    fn is_stopping(&self) -> bool {
        self.stopped.get().is_some()
    }
}

/// Tells a dispatcher to start no further attempt.
#[derive(Debug, Clone)]
pub struct StopSignal(Arc<DispatcherState>);

impl StopSignal {
    /// From now on, attempts only finish.
    pub fn stop(&self) {
        self.0.stopped.get_or_init(Deadline::now);
    }
}

/// The dispatcher's handle, to stop it.
#[derive(Debug)]
pub struct Dispatcher {
    shared: Arc<DispatcherState>,
    task: tokio::task::JoinHandle<()>,
}

/// What to do when a timer rings.
#[derive(Debug)]
enum Timer {
    /// Start what is due. Weak, so that a timer does not keep a deleted account alive.
    CheckAccount(AccountCode, Weak<Account>),
    /// Delete the account, whose time to live is over.
    Expire(Weak<Account>),
}

impl Timer {
    fn check_account(account: &Arc<Account>) -> Self {
        Self::CheckAccount(account.code.clone(), Arc::downgrade(account))
    }
}

/// The longest wait of a timer; after that, a longer wait is looked at again.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

impl Dispatcher {
    /// Starts the dispatcher.
    pub fn start(sandbox: Arc<Sandbox>, woken: UnboundedReceiver<Wake>) -> Self {
        let shared = Arc::new(DispatcherState {
            sandbox,
            clients: ClientCache::default(),
            token_caches: TokenCaches::default(),
            under_way: AtomicUsize::new(0),
            idle: Notify::new(),
            stopped: OnceLock::new(),
        });
        let task = tokio::spawn(run(Arc::clone(&shared), woken));
        Self { shared, task }
    }

    /// A signal that tells it to start no further attempt.
    pub fn stop_signal(&self) -> StopSignal {
        StopSignal(Arc::clone(&self.shared))
    }

    /// Starts no further attempt, and waits for those under way, at most `grace` after the stop signal.
    pub async fn stop(self, grace: Duration) {
        let since = *self.shared.stopped.get_or_init(Deadline::now);
        self.task.abort();
        // The task ends between two accounts, so that no attempt is started that nobody waits for.
        let _aborted = self.task.await;
        let all_done = async {
            loop {
                let idle = self.shared.idle.notified();
                if self.shared.under_way.load(Ordering::Acquire) == 0 {
                    return;
                }
                idle.await;
            }
        };
        if tokio::time::timeout_at(since + grace, all_done).await.is_err() {
            tracing::warn!(under_way = self.shared.under_way.load(Ordering::Acquire), "attempts did not end in time");
        }
    }
}

/// The timers, by when they ring. An account has at most one check, the newest.
#[derive(Debug, Default)]
struct Timers {
    by_time: BTreeMap<(Deadline, u64), Timer>,
    checks: HashMap<AccountCode, (Deadline, u64)>,
    made: u64,
}

impl Timers {
    fn set(&mut self, wait: Duration, timer: Timer) {
        self.made += 1;
        let key = (Deadline::now() + wait, self.made);
        if let Timer::CheckAccount(code, _) = &timer
            && let Some(old) = self.checks.insert(code.clone(), key)
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
        if let Timer::CheckAccount(code, _) = &timer {
            self.checks.remove(code);
        }
        Some(timer)
    }
}

async fn run(shared: Arc<DispatcherState>, mut woken: UnboundedReceiver<Wake>) {
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
                    start_due(&shared, &account).await.map(|wait| (wait.min(LONGEST_WAIT), Timer::check_account(&account)))
                }
                Some(Wake::Expire(account, after)) => Some((after, Timer::Expire(Arc::downgrade(&account)))),
                None => return,
            },
            () = due => match timers.pop() {
                Some(Timer::CheckAccount(_, account)) => match account.upgrade() {
                    Some(account) => start_due(&shared, &account)
                        .await
                        .map(|wait| (wait.min(LONGEST_WAIT), Timer::check_account(&account))),
                    None => None,
                },
                Some(Timer::Expire(expired)) => {
                    expire(&shared.sandbox, &expired);
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

/// Starts what is due. The wall-clock time until the next delivery is due, `None` if none waits for its time.
async fn start_due(shared: &Arc<DispatcherState>, account: &Arc<Account>) -> Option<Duration> {
    if account.is_closed() || shared.is_stopping() {
        return None;
    }
    loop {
        let fell_due = delivery::fall_due(&shared.sandbox, account).await;
        if let Err(refused) = &fell_due {
            tracing::warn!(account = %account.code, %refused, "what is due waits for room in the queue");
        }
        while let Some(job) = delivery::take(&shared.sandbox, account).await {
            shared.under_way.fetch_add(1, Ordering::AcqRel);
            tokio::spawn(work(Arc::clone(shared), Arc::clone(account), job));
        }
        match delivery::next_wait(&shared.sandbox, account).await {
            // What finds no room is tried again when the account changes.
            Some(wait) if wait.is_zero() && fell_due.is_err() => return None,
            // It has come due in the meantime.
            Some(wait) if wait.is_zero() => {}
            wait => return wait,
        }
    }
}

/// Sends one delivery after another, as long as the account has due ones.
async fn work(shared: Arc<DispatcherState>, account: Arc<Account>, first: Job) {
    let mut next = Some(first);
    while let Some(job) = next.take() {
        let outcome = match shared.clients.of(job.subscription.tls.as_ref()) {
            Ok(clients) => attempt::send(&clients, &shared.token_caches.of(&account, &job), &job, clock::wall()).await,
            Err(reason) => attempt::unsent(&job, clock::wall(), &reason),
        };
        let recorded = delivery::record(&shared.sandbox, &account, &job, &outcome, shared.is_stopping()).await;
        let reason = outcome.attempt.reason.as_str();
        if recorded.verdict == Some(Verdict::Delivered) {
            tracing::debug!(account = %account.code, delivery = %job.id, reason, "delivered");
        } else {
            tracing::warn!(account = %account.code, delivery = %job.id, reason, "not delivered");
        }
        next = recorded.next;
    }
    // A retry that is due later needs a timer.
    shared.sandbox.wake(&account);
    if shared.under_way.fetch_sub(1, Ordering::AcqRel) == 1 {
        shared.idle.notify_waiters();
    }
}
