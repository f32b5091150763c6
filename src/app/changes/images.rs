//! Shows that a roll-back is only right with every before-image: with one left out of any table, the state differs.

use std::sync::Arc;

use super::follow::difference;
use super::world::{self, World};
use crate::domain::contract::body;
use crate::domain::contract::service::OutService;
use crate::domain::proctoring;
use crate::domain::record::answered::Answered;
use crate::domain::record::application::Application;
use crate::domain::record::delivery::DeliveryStatus;
use crate::domain::record::payment::{Payment, PaymentStatus};
use crate::domain::record::publication::{Publication, PublicationStatus};
use crate::domain::record::subscription::Subscription;
use crate::domain::record::test::Test;
use crate::domain::record::token::{EndCause, Token};
use crate::domain::record::user::User;
use crate::domain::state::tables::Tables;
use crate::domain::state::{Act, State};
use crate::domain::value::hash::Hash;
use crate::domain::value::id::{BookingCode, Kind};
use crate::domain::value::money::Amount;
use crate::domain::value::stamp::Timestamp;

/// An account with rows in the tables that only a longer life fills.
async fn lived() -> State {
    let sandbox = world::sandbox();
    let face = world::face(&sandbox).await;
    let mut world = World::new(&sandbox, &face, 1);
    for name in ["schedule_eligibility"; 20] {
        world.happen(name).await;
    }
    let state = world.account.look(State::clone);
    assert!(state.bookings().len() > 0 && state.deliveries().len() > 0);
    state
}

/// A change that touches every table.
fn touch_all(state: &mut State) {
    state.account.edit().signing_secret.push('x');
    state.clock.edit().set(Timestamp::MAX_UTC, Timestamp::UNIX_EPOCH);
    state.settings.edit().approval = true;
    let code = state.new_code(Kind::Booking);
    assert!(state.is_free(code));
    state.faults.edit().clear();
    state
        .faults
        .edit()
        .add(vec![serde_json::from_str("{\"name\": \"token-slow\"}").expect("a fault")], Timestamp::UNIX_EPOCH)
        .expect("a fault");
    state.set_up.edit().schools.insert("ANOTHER".to_owned());
    state.users.insert(User::new("another", ""));
    state.applications.insert(Application::new("another"));
    let first = state.tokens().after(0).next().expect("a token").0;
    state.end_token(first, EndCause::Revoked);
    state.add_token(Token::fixed("another".to_owned()));
    let test = Arc::clone(state.tests.values().next().expect("a test"));
    state.drafts.put("ANOTHER".to_owned(), Arc::clone(&test));
    state.tests.put("ANOTHER".to_owned(), Arc::clone(&test));
    let center = Arc::clone(state.centers().values().next().expect("a center"));
    state.test_centers.put("ANOTHER".to_owned(), center);
    let place = r#"{ "zip": "1", "city": "C", "country": "US", "latitude": 0, "longitude": 0 }"#;
    state.places.put("ANOTHER".to_owned(), serde_json::from_str(place).expect("a place"));
    let invitation = r#"{
        "invitation_code": "I", "test_code": "T", "location_code": "L", "starts": "2026-03-01T09:00:00Z", "max_seat": 1
    }"#;
    state.invitations.put("ANOTHER".to_owned(), serde_json::from_str(invitation).expect("an invitation"));
    let voucher = Arc::clone(state.vouchers.values().next().expect("a voucher"));
    state.vouchers.put("ANOTHER".to_owned(), voucher);
    state.subscriptions.put(OutService::ProctoringResults, Arc::new(Subscription::to("http://localhost")));
    let eligibility = state.eligibilities().iter().next().expect("an eligibility").id;
    state.change_eligibility(eligibility, |record| record.blocked = true).expect("an eligibility");
    touch_services(state, &test);
    let delivery = state.deliveries().after(0).next().expect("a delivery").0;
    state.change_delivery(delivery, |row| row.status = DeliveryStatus::Discarded);
}

/// The tables of services that publish, watch and sell.
fn touch_services(state: &mut State, test: &Arc<Test>) {
    let publication_id = state.new_code(Kind::Publication);
    state.put_publication(Publication {
        publication_id,
        test: Arc::clone(test),
        status: PublicationStatus::Pending,
        messages: Vec::new(),
        created: Timestamp::UNIX_EPOCH,
        effective: Timestamp::UNIX_EPOCH,
    });
    let session = format!("{{ \"booking_code\": \"{}\", \"exam_url\": \"http://x\" }}", first_booking(state));
    let session = body::read(session.as_bytes()).expect("a body");
    let at = Act::new(Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
    proctoring::create(state, &session, &at).expect("a session");
    let booking = state.bookings().iter().next().expect("a booking").booking_code;
    state.retire_booking(booking).expect("a booking");
    let payment = Payment {
        payment_id: state.new_code(Kind::Payment),
        booking_code: booking,
        status: PaymentStatus::Captured,
        amount: "1".parse().expect("an amount"),
        currency: "USD".parse().expect("a currency"),
        method: None,
        voucher_codes: Vec::new(),
        discount: Amount::ZERO,
        refunds: Vec::new(),
        created: Timestamp::UNIX_EPOCH,
    };
    state.add_payment(payment).expect("a payment");
    state.keep_answer(Answered { key: "k".to_owned(), request: Hash::of(""), answer: String::new() });
}

fn first_booking(state: &State) -> BookingCode {
    state.first_awaited().expect("a booking").booking_code
}

#[actix_web::test]
async fn a_roll_back_without_one_before_image_leaves_another_state() {
    let before = lived().await;
    let mut state = before.clone();
    touch_all(&mut state);
    let mut touched: Vec<_> = state.change_set(Timestamp::UNIX_EPOCH).rows.iter().map(table_of).collect();
    touched.sort();
    touched.dedup();
    assert_eq!(touched.len(), Tables::NAMES.len(), "some table is not touched: {touched:?}");
    state.roll_back();
    assert_eq!(difference(&before, &state), None, "with all before-images");
    for name in Tables::NAMES {
        let mut state = before.clone();
        touch_all(&mut state);
        state.leave_out_a_before_image(name);
        state.roll_back();
        assert_ne!(difference(&before, &state), None, "without a before-image of {name}");
    }
}

fn table_of(row: &crate::domain::state::change::ChangedRow) -> String {
    serde_json::to_value(row).expect("a row")["table"].to_string()
}
