//! Whatever happens to a queue, every row ends once: happenings are drawn, and only the test sends.

use std::collections::{HashMap, HashSet};

use futures_util::FutureExt as _;
use proptest::prelude::*;

use super::*;
use crate::domain::booking::input::ScheduleInput;
use crate::domain::contract::status::BookingState;
use crate::domain::deed::BookingDeed as Deed;
use crate::domain::outbox::resend::FlushOrder;
use crate::domain::record::fault::{Effect, FaultInput, Misdelivery};
use crate::domain::value::document::{self, DocumentFormat};
use crate::service::{SandboxOptions, account, booking, fault, subscription};

/// The most copies that a happening asks for.
const MOST_COPIES: usize = 2;

/// One thing that happens to an account's queue.
#[derive(Debug, Clone)]
enum Happening {
    /// The candidate with this index books, or cancels the booking.
    Change(usize),
    Take,
    /// The attempt under way with this index ends.
    Answer(usize, u16),
    Pause(bool),
    Fault(u8),
    NoFaults,
    Flush(FlushOrder),
    Discard(usize),
    Resend(usize),
    /// The subscription is deleted, or made anew.
    Subscribe(bool),
    Wait,
}

fn happening() -> impl Strategy<Value = Happening> {
    let orders = [FlushOrder::Made, FlushOrder::Reversed, FlushOrder::Shuffled];
    prop_oneof![
        6 => (0..3_usize).prop_map(Happening::Change),
        6 => Just(Happening::Take),
        6 => (0..4_usize, prop::sample::select(vec![200, 200, 200, 500, 400])).prop_map(|(at, s)| Happening::Answer(at, s)),
        1 => any::<bool>().prop_map(Happening::Pause),
        2 => (0..6_u8).prop_map(Happening::Fault),
        1 => Just(Happening::NoFaults),
        1 => prop::sample::select(orders.to_vec()).prop_map(Happening::Flush),
        1 => (0..20_usize).prop_map(Happening::Discard),
        1 => (0..20_usize).prop_map(Happening::Resend),
        1 => any::<bool>().prop_map(Happening::Subscribe),
        1 => Just(Happening::Wait),
    ]
}

/// An account whose deliveries the test itself sends.
struct ManualDispatcher {
    sandbox: Arc<Sandbox>,
    account: Arc<Account>,
    under_way: Vec<Job>,
    /// What arrived, by eligibility.
    arrived: HashMap<String, Vec<Arc<str>>>,
    /// How often each was sent again manually.
    resent: HashMap<Arc<str>, usize>,
}

/// In memory nothing waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("an answer at once")
}

impl ManualDispatcher {
    fn open(retry: &str) -> Self {
        let (sandbox, _woken) = Sandbox::new(SandboxOptions::for_a_check());
        let given = format!(
            "{{eligibilities: [{{test_code: EXAM1}}, {{test_code: EXAM1}}, {{test_code: EXAM1}}],
            clock: {{instant: 2026-03-01T12:00:00Z, frozen: true}}, subscriptions: {{booking_notification:
            {{url: http://localhost, concurrency: 4, retry: {retry}, retry_schedule: [1m, 2m]}}}}}}"
        );
        let given = document::read(&given, DocumentFormat::Yaml).expect("a document");
        let account = account::create(&sandbox, given).expect("an account");
        Self { sandbox, account, under_way: Vec::new(), arrived: HashMap::new(), resent: HashMap::new() }
    }

    fn subscribe(&self) {
        let mut wanted = crate::domain::record::subscription::Subscription::to("http://localhost");
        wanted.concurrency = 4;
        wanted.retry_schedule = vec![Span::seconds(60)];
        let put = subscription::put(&self.sandbox, &self.account, OutService::BookingNotification, wanted);
        now(put).expect("it fits");
    }

    fn ids(&self) -> Vec<Arc<str>> {
        self.account.look(|state| state.deliveries().iter().map(|row| Arc::clone(&row.id)).collect())
    }

    fn change(&self, index: usize) {
        let (id, code) = self.account.look(|state| {
            let record = state.eligibilities().iter().nth(index).cloned().expect("a record");
            let booked = state
                .bookings()
                .iter()
                .rfind(|booking| booking.psi_eligiblity_id == record.id && booking.state == BookingState::Booked);
            (record.id, booked.map(|booking| booking.booking_code.to_string()))
        });
        match code {
            Some(code) => now(booking::act(&self.sandbox, &self.account, &code, &Deed::Cancel)),
            None => now(booking::schedule(&self.sandbox, &self.account, id, &ScheduleInput::default())),
        }
        .expect("a change");
    }

    fn answer(&mut self, index: usize, status: u16) {
        if self.under_way.is_empty() {
            return;
        }
        let job = self.under_way.remove(index % self.under_way.len());
        if status == 200 && job.unsent.is_none() {
            let row = now(get(&self.sandbox, &self.account, &job.id)).expect("a row");
            let lane = row.psi_eligiblity_id.expect("an eligibility").to_string();
            self.arrived.entry(lane).or_default().push(Arc::clone(&job.id));
        }
        let attempt = Attempt {
            number: job.number,
            at: whole_millis(wall()),
            request_line: String::new(),
            request_headers: Vec::new(),
            request_body: Arc::clone(&job.body),
            status: job.unsent.is_none().then_some(status),
            response_headers: Vec::new(),
            response_body: String::new(),
            duration_ms: 0.0,
            reason: "answered".to_owned(),
        };
        let outcome = AttemptOutcome {
            attempt: Arc::new(attempt),
            passing: status == 500 || job.unsent.is_some(),
            is_late: false,
            retry_after: None,
        };
        // The next one is taken by a happening of its own.
        now(record(&self.sandbox, &self.account, &job, &outcome, true));
    }

    fn happen(&mut self, happening: &Happening) {
        let (sandbox, account, service) = (&self.sandbox, &self.account, OutService::BookingNotification);
        match happening {
            Happening::Change(index) => self.change(*index),
            Happening::Take => {
                let taken = now(take(sandbox, account));
                self.under_way.extend(taken);
            }
            Happening::Answer(index, status) => self.answer(*index, *status),
            Happening::Pause(paused) => drop(now(subscription::pause(sandbox, account, service, *paused))),
            Happening::Fault(kind) => {
                let none = Misdelivery::default();
                let notification = Some(match kind {
                    0 => Misdelivery { drop: true, ..none },
                    1 => Misdelivery { delay: Some(Span::seconds(30)), ..none },
                    2 => Misdelivery { duplicate: Some(2), ..none },
                    3 => Misdelivery { reorder: Some(2), ..none },
                    4 => Misdelivery { hold: true, duplicate: Some(1), ..none },
                    _ => Misdelivery {
                        flapping: Some(crate::domain::record::fault::effect::Flapping { up: 1, down: 1 }),
                        ..none
                    },
                });
                let effect = Effect { notification, ..Effect::default() };
                let input = FaultInput { effect, times: Some(3), ..FaultInput::default() };
                now(fault::add(sandbox, account, &input)).expect("a fault");
            }
            Happening::NoFaults => now(fault::clear(sandbox, account)).expect("none left"),
            Happening::Flush(order) => {
                let wanted = Flush { order: *order, ids: None };
                now(flush(sandbox, account, service, &wanted)).expect("a flush");
            }
            Happening::Discard(index) => {
                if let Some(id) = self.ids().get(*index) {
                    // What is sent, was sent or was given up is not given up.
                    let _refused = now(discard(sandbox, account, id));
                }
            }
            Happening::Resend(index) => {
                if let Some(id) = self.ids().get(*index)
                    && now(resend(sandbox, account, id, Again::default())).is_ok()
                {
                    *self.resent.entry(Arc::clone(id)).or_default() += 1;
                }
            }
            Happening::Subscribe(false) => drop(now(subscription::delete(sandbox, account, service))),
            Happening::Subscribe(true) => self.subscribe(),
            Happening::Wait => self.move_clock(60),
        }
    }

    fn move_clock(&self, seconds: i64) {
        let moved = self.sandbox.change(&self.account, |state, act| {
            state.clock.edit().set(act.now + chrono::Duration::seconds(seconds), act.wall);
            Ok(((), Notices::new()))
        });
        now(moved).expect("a clock that moves");
    }

    /// Lets everything end well.
    fn settle(&mut self) {
        let ends = [
            Happening::Subscribe(true),
            Happening::NoFaults,
            Happening::Pause(false),
            Happening::Flush(FlushOrder::Made),
        ];
        for happening in ends {
            self.happen(&happening);
        }
        for _ in 0..10_000 {
            while let Some(job) = now(take(&self.sandbox, &self.account)) {
                self.under_way.push(job);
            }
            if self.under_way.is_empty() {
                if self.account.look(|state| state.queues().open()) == 0 {
                    return;
                }
                // A row that was to be overtaken waits for a flush, now that nothing more comes.
                self.happen(&Happening::Flush(FlushOrder::Made));
                self.move_clock(600);
            }
            self.answer(0, 200);
        }
        panic!("it does not settle: {:?}", self.account.look(|state| state.queues().open()));
    }
}

#[test]
fn the_long_answers_of_an_account_are_bounded_and_the_newest_stay_whole() {
    let dispatcher = ManualDispatcher::open("manual");
    let count = 200;
    for _ in 0..count {
        dispatcher.change(0);
        let job = now(take(&dispatcher.sandbox, &dispatcher.account)).expect("one is due");
        let attempt = Attempt {
            number: job.number,
            at: whole_millis(wall()),
            request_line: String::new(),
            request_headers: Vec::new(),
            request_body: Arc::clone(&job.body),
            status: Some(500),
            response_headers: vec![("x".into(), "h".repeat(1000).as_str().into()); 16],
            response_body: "e".repeat(64 * 1024),
            duration_ms: 0.0,
            reason: "answered".to_owned(),
        };
        let outcome = AttemptOutcome { attempt: Arc::new(attempt), passing: false, is_late: false, retry_after: None };
        now(record(&dispatcher.sandbox, &dispatcher.account, &job, &outcome, true));
    }
    let state = dispatcher.account.look(State::clone);
    assert!(state.answer_bytes() <= ACCOUNT_ANSWERS && state.answer_bytes() > ACCOUNT_ANSWERS / 2);
    assert_eq!(dispatcher.sandbox.store.counts().answers, state.answer_bytes());
    let size = |row: &Arc<Delivery>| {
        let attempt = row.attempts().next_back().expect("an attempt");
        (attempt.response_body.len(), attempt.response_headers.len())
    };
    let sizes: Vec<_> = state.deliveries().iter().map(size).collect();
    assert_eq!((sizes.len(), sizes[0], sizes[count - 1]), (count, (1024, 1), (64 * 1024, 16)));
    let restored = State::restore([state.whole(Timestamp::UNIX_EPOCH)]).expect("a state");
    assert_eq!(restored.answer_bytes(), state.answer_bytes());
    // With the account goes what was counted of it.
    account::delete(&dispatcher.sandbox, dispatcher.account.code.as_str()).expect("it is there");
    assert_eq!(dispatcher.sandbox.store.counts(), crate::store::count::Counts::default());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_every_row_ends_once_and_nothing_is_left(
        happenings in prop::collection::vec(happening(), 1..120), automatic in any::<bool>(),
    ) {
        let mut dispatcher = ManualDispatcher::open(if automatic { "automatic" } else { "manual" });
        for happening in &happenings {
            dispatcher.happen(happening);
            let state = dispatcher.account.look(State::clone);
            let ended = |row: &&Arc<Delivery>| matches!(
                row.status, DeliveryStatus::Delivered | DeliveryStatus::Failed | DeliveryStatus::Discarded
            );
            let open = state.deliveries().iter().filter(|row| !ended(row)).count();
            prop_assert_eq!(state.queues().open(), open, "after {:?}", happening);
            let sending = state.deliveries().iter().filter(|row| row.status == DeliveryStatus::Sending).count();
            prop_assert_eq!(dispatcher.under_way.len(), sending, "after {:?}", happening);
            let lanes: HashSet<_> = dispatcher.under_way.iter().filter_map(|job| state.deliveries().row(job.row)?.psi_eligiblity_id).collect();
            prop_assert_eq!(lanes.len(), sending, "two of an eligibility at once, after {:?}", happening);
            let subscription = state.subscriptions.get(&OutService::BookingNotification);
            let is_pending = |row: &Arc<Delivery>| row.status == DeliveryStatus::Pending;
            prop_assert!(
                subscription.is_some_and(|found| !found.paused) || !state.deliveries().iter().any(is_pending),
                "pending without a way, after {:?}", happening
            );
        }
        dispatcher.settle();
        let state = dispatcher.account.look(State::clone);
        let arrived: Vec<_> = dispatcher.arrived.values().flatten().collect();
        for row in state.deliveries().iter() {
            let times = arrived.iter().filter(|id| ***id == row.id).count();
            let most = (1 + dispatcher.resent.get(&row.id).copied().unwrap_or(0)) * (1 + MOST_COPIES);
            prop_assert!(times <= most, "{} came {times} times", row.id);
            match row.status {
                DeliveryStatus::Delivered => prop_assert!(times >= 1, "{} was delivered unseen", row.id),
                DeliveryStatus::Failed | DeliveryStatus::Discarded => {}
                other => prop_assert!(false, "{} is {other:?}", row.id),
            }
            prop_assert!(!row.held && !row.is_taken && row.copies == 0 || row.status != DeliveryStatus::Delivered);
        }
        prop_assert!(state.queues().is_settled(Timestamp::MAX_UTC));
    }

    #[test]
    fn without_faults_and_hands_the_changes_of_an_eligibility_arrive_in_order(
        happenings in prop::collection::vec(happening(), 1..120), automatic in any::<bool>(),
    ) {
        let mut dispatcher = ManualDispatcher::open(if automatic { "automatic" } else { "manual" });
        for happening in &happenings {
            let is_by_hand = matches!(
                happening,
                Happening::Fault(_) | Happening::Discard(_) | Happening::Resend(_) | Happening::Flush(_)
            );
            if !is_by_hand {
                dispatcher.happen(happening);
            }
        }
        dispatcher.settle();
        let order: HashMap<_, _> = dispatcher.ids().into_iter().enumerate().map(|(at, id)| (id, at)).collect();
        for (lane, arrived) in &dispatcher.arrived {
            let places: Vec<_> = arrived.iter().map(|id| order[id]).collect();
            prop_assert!(places.is_sorted_by(|one, next| one < next), "{}: {:?}", lane, places);
        }
    }
}
