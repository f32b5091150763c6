//! Use cases: one file a resource, one function an operation. The clock is read and identifiers are claimed here.

pub mod access;
pub mod account;
pub mod booking;
pub mod clock;
pub mod delivery;
pub mod eligibility;
pub mod fault;
pub mod fidelity;
pub mod getting_started;
pub mod inbox;
pub mod metrics;
pub mod origin;
pub mod payment;
pub mod permutation;
pub mod proctoring;
pub mod publication;
pub mod result;
pub mod scheduling;
pub mod secret;
pub mod snapshot;
pub mod subscription;
pub mod test_center;
pub mod token;
pub mod voucher;
pub mod wait;
mod wall;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

use crate::domain::contract::error::Error;
use crate::domain::contract::lint::{Finding, Mode};
use crate::domain::fixture::given::Given;
use crate::domain::outbox;
use crate::domain::outbox::notice::{Notices, Occasion};
use crate::domain::record::settings::Profile;
use crate::domain::record::subscription::Subscription;
use crate::domain::state::{Act, State};
use crate::domain::value::stamp::{Timestamp, WallTime, whole_millis};
use crate::store::Store;
pub use crate::store::account::Account;
use metrics::Metrics;
use wall::wall;

/// What the server was started with, as far as use cases need it.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// The seed of accounts that name none.
    pub seed: u64,
    /// Entries of each request journal.
    pub journal_entries: usize,
    /// The gateway profile of accounts that name no settings.
    pub profile: Profile,
    /// The lint mode of accounts that name no settings.
    pub lint: Mode,
    /// Whether accounts that name no settings have an open catalog.
    pub open_catalog: bool,
    /// The instant at which the clocks of new accounts stand frozen.
    pub clock: Option<Timestamp>,
    /// Signs the notifications of accounts that name no secret; random where absent.
    pub signing_secret: Option<String>,
    /// The booking-notification subscription of accounts that name none.
    pub subscription: Option<Subscription>,
    /// What links in notifications begin with, without a slash at the end; the address of the causing call if absent.
    pub public_url: Option<String>,
    /// Answers carry `X-Atlas-Sandbox-Request` and `X-Atlas-Sandbox-Lint`.
    pub debug_headers: bool,
    /// How long the body of a vendor call may take to arrive.
    pub request_timeout: std::time::Duration,
    /// The accounts that exist at start, and again after a reset.
    pub accounts: Vec<Given>,
}

impl SandboxOptions {
    /// Options of a sandbox that only checks documents.
    pub fn for_a_check() -> Self {
        Self {
            seed: 1,
            journal_entries: 0,
            profile: Profile::default(),
            lint: Mode::default(),
            open_catalog: false,
            clock: None,
            signing_secret: None,
            subscription: None,
            public_url: None,
            debug_headers: false,
            request_timeout: std::time::Duration::from_secs(10),
            accounts: Vec::new(),
        }
    }
}

/// What the dispatcher is woken for.
#[derive(Debug)]
pub enum Wake {
    /// The account has work that is due, or its clock changed.
    Account(Arc<Account>),
    /// The account is to be deleted after this time.
    Expire(Arc<Account>, Duration),
}

/// Where the server is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The fixtures are being loaded.
    Starting,
    /// It serves.
    Ready,
    /// It ends what is under way, and lets go who waits for something.
    Stopping,
}

/// The running sandbox: what all faces share.
#[derive(Debug)]
pub struct Sandbox {
    /// All state.
    pub store: Store,
    /// What it was started with.
    pub options: SandboxOptions,
    /// Counters.
    pub metrics: Metrics,
    /// The server's own URL, without a slash at the end; known once it is bound.
    pub base_url: OnceLock<String>,
    /// The documents of the accounts that were made at start, completed: what a reset goes back to.
    pub started: OnceLock<Vec<Arc<Given>>>,
    /// Says what a delivery would send; set by who puts the server together.
    pub rehearse: OnceLock<delivery::rehearsal::Rehearse>,
    wake: UnboundedSender<Wake>,
    phase: watch::Sender<Phase>,
}

impl Sandbox {
    /// A sandbox without accounts, and what wakes its dispatcher.
    pub fn new(options: SandboxOptions) -> (Arc<Self>, UnboundedReceiver<Wake>) {
        let (wake, woken) = unbounded_channel();
        let sandbox = Self {
            store: Store::new(options.journal_entries),
            options,
            metrics: Metrics::default(),
            base_url: OnceLock::new(),
            started: OnceLock::new(),
            rehearse: OnceLock::new(),
            wake,
            phase: watch::Sender::new(Phase::Starting),
        };
        (Arc::new(sandbox), woken)
    }

    /// Where the server is in its life.
    pub fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// The fixtures are loaded.
    pub fn set_ready(&self) {
        self.phase.send_replace(Phase::Ready);
    }

    /// Whether the server stops.
    pub fn is_stopping(&self) -> bool {
        self.phase() == Phase::Stopping
    }

    /// Resolves once the server stops.
    pub async fn stopping(&self) {
        let mut phase = self.phase.subscribe();
        // The sender is this sandbox: it is there as long as somebody asks.
        let _stopping = phase.wait_for(|phase| *phase == Phase::Stopping).await;
    }

    /// The server stops: who waits for something is let go.
    pub fn stop(&self) {
        self.phase.send_replace(Phase::Stopping);
        for account in self.store.accounts() {
            account.feed.wake();
        }
    }

    /// The server's own URL.
    pub fn base_url(&self) -> &str {
        self.base_url.get().map_or("", String::as_str)
    }

    /// The account with this code.
    ///
    /// # Errors
    /// [`Error::UnknownAccount`].
    pub fn account(&self, code: &str) -> Result<Arc<Account>, Error> {
        self.store.account(code).ok_or_else(|| Error::UnknownAccount(code.to_owned()))
    }

    /// Looks at an account at its present instant. In memory this never waits; it is an `async fn` because a store that
    /// others share must catch up first, and may look again.
    pub async fn look<T>(&self, account: &Account, look: impl FnMut(&State, Timestamp) -> T) -> T {
        self.look_at(account, wall(), look).await
    }

    /// The same, for who has read the wall clock.
    #[allow(clippy::unused_async, clippy::unused_self, reason = "the door of every store; in memory nothing waits")]
    pub async fn look_at<T>(
        &self,
        account: &Account,
        wall: WallTime,
        mut look: impl FnMut(&State, Timestamp) -> T,
    ) -> T {
        account.look(|state| look(state, whole_millis(state.clock.now(wall))))
    }

    /// Changes an account: one lock; the notices of the rule become deliveries before the lock is released; what it refuses
    /// is undone. In memory this never waits and the rule runs once; it runs again where another replica was faster.
    ///
    /// # Errors
    /// What the rule refused with; a full queue; a key or a token that is another account's. Nothing changed then.
    #[allow(clippy::unused_async, reason = "the door of every store; in memory nothing waits")]
    pub async fn change<T>(
        &self,
        account: &Arc<Account>,
        rule: impl FnMut(&mut State, &Act) -> Result<(T, Notices), Error>,
    ) -> Result<T, Error> {
        self.change_linted(account, &mut Vec::new(), rule).await
    }

    /// The same; the lint findings that depend on the state come out, whether the rule refuses or not.
    ///
    /// # Errors
    /// Those of [`Self::change`].
    #[allow(clippy::unused_async, reason = "the door of every store; in memory nothing waits")]
    pub async fn change_linted<T>(
        &self,
        account: &Arc<Account>,
        found: &mut Vec<Finding>,
        mut rule: impl FnMut(&mut State, &Act) -> Result<(T, Notices), Error>,
    ) -> Result<T, Error> {
        let wall = whole_millis(wall());
        let done = self.store.change(account, |state| {
            let act = Act::new(whole_millis(state.clock.now(wall)), wall);
            let done = rule(state, &act);
            *found = act.found.take();
            let (value, notices) = done?;
            if !notices.is_empty() {
                outbox::enqueue(state, &notices, &self.occasion(act.now, wall))?;
            }
            Ok((value, act.now))
        })?;
        if done.may_be_due {
            self.wake(account);
        }
        Ok(done.value)
    }

    /// The same for the dispatcher itself, which need not be woken for what it does.
    #[allow(clippy::unused_async, reason = "the door of every store; in memory nothing waits")]
    async fn change_quietly<T>(
        &self,
        account: &Arc<Account>,
        mut rule: impl FnMut(&mut State, &Act) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let wall = whole_millis(wall());
        let done = self.store.change(account, |state| {
            let act = Act::new(whole_millis(state.clock.now(wall)), wall);
            Ok((rule(state, &act)?, act.now))
        });
        done.map(|done| done.value)
    }

    /// When, and by what call, something happens.
    fn occasion(&self, now: Timestamp, wall: WallTime) -> Occasion<'_> {
        let base_url = match &self.options.public_url {
            Some(url) => Cow::Borrowed(url.as_str()),
            None => origin::base_url().map_or_else(|| Cow::Borrowed(self.base_url()), Cow::Owned),
        };
        Occasion { now, wall, trace: origin::trace(), base_url }
    }

    /// Has the dispatcher look at the account.
    pub fn wake(&self, account: &Arc<Account>) {
        if account.enqueue() {
            // The receiver is gone only while the process stops.
            let _stopping = self.wake.send(Wake::Account(Arc::clone(account)));
        }
    }

    fn expire(&self, account: &Arc<Account>, after: Duration) {
        let _stopping = self.wake.send(Wake::Expire(Arc::clone(account), after));
    }
}
