//! What the Payment service refuses, cause by cause; magic amounts; money that adds up.

use serde_json::{Value, json};

use super::input::{NewPayment, NewRefund};
use super::once::once;
use super::{accept, capture, create, decline, refund};
use crate::domain::booking;
use crate::domain::booking::input::ScheduleInput;
use crate::domain::contract::body;
use crate::domain::contract::error::Error;
use crate::domain::contract::status::BookingState;
use crate::domain::due;
use crate::domain::eligibility::input::EligibilityInput;
use crate::domain::outbox::notice::Notices;
use crate::domain::record::clock::Clock;
use crate::domain::record::payment::{PaymentStatus, PaymentView};
use crate::domain::record::test::Test;
use crate::domain::record::voucher::Voucher;
use crate::domain::state::{Act, State};
use crate::domain::value::id::BookingCode;
use crate::domain::value::stamp::Timestamp;

fn at(instant: &str) -> Act {
    let instant: Timestamp = instant.parse().expect("an instant");
    Act::new(instant, instant)
}

fn noon() -> Act {
    at("2026-03-01T12:00:00Z")
}

/// An account with vouchers, whose bookings are on hold for a quarter of an hour.
fn account() -> State {
    let mut state = State::new("ACCT1".parse().expect("a code"), 7, Clock::wall(noon().wall), "");
    state.tests.put("EXAM1".to_owned(), Test::named("EXAM1").into());
    for voucher in [
        json!({ "voucher_code": "TEN", "discount": "10" }),
        json!({ "voucher_code": "ALL", "discount": "100" }),
        json!({ "voucher_code": "OFF", "discount": "10", "disabled": true }),
        json!({ "voucher_code": "LAST", "discount": "50", "max_redemptions": 1 }),
        json!({ "voucher_code": "FIVE", "discount_type": "AMOUNT", "discount": "5.00", "currency": "USD" }),
        json!({ "voucher_code": "EURO", "discount_type": "AMOUNT", "discount": "5", "currency": "EUR" }),
    ] {
        let voucher: Voucher = serde_json::from_value(voucher).expect("a voucher");
        state.vouchers.put(voucher.voucher_code.clone(), voucher.into());
    }
    state.commit();
    state
}

/// A booking of a new candidate, on hold.
fn held(state: &mut State, candidate_id: &str, vouchers: &[&str]) -> BookingCode {
    let record = json!({
        "candidate": { "candidate_id": candidate_id, "first_name": "Jo", "last_name": "Doe" },
        "test_code": "EXAM1", "voucher_codes": vouchers,
    });
    let input = body::read::<EligibilityInput>(record.to_string().as_bytes()).expect("an eligibility");
    let id = crate::domain::eligibility::create(state, &input, &noon()).expect("an eligibility").id;
    let input = ScheduleInput { on_hold: true, ..ScheduleInput::default() };
    let code = booking::schedule(state, id, &input, &noon()).expect("a booking").0.booking_code;
    state.commit();
    code
}

fn pay_at(state: &mut State, body: &Value, act: &Act) -> Result<(PaymentView, Notices), Error> {
    let input = body::read::<NewPayment>(body.to_string().as_bytes())?;
    create(state, &input, act).map(|(payment, notices)| (payment.view(), notices))
}

fn pay(state: &mut State, code: BookingCode, more: &Value) -> Result<PaymentView, Error> {
    let mut body = json!({ "booking_code": code, "amount": "100.00", "currency": "USD" });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    pay_at(state, &body, &noon()).map(|(payment, _)| payment)
}

fn standing(state: &State, code: BookingCode) -> BookingState {
    state.booking(code).expect("a booking").state
}

#[test]
fn a_payment_is_refused_for_each_of_these() {
    let mut state = account();
    let code = held(&mut state, "C1", &[]);
    let before = state.clone();
    for (more, told) in [
        (json!({ "booking_code": "ZZZZZZZZ" }), "there is no booking \"ZZZZZZZZ\""),
        (json!({ "booking_code": "none such" }), "there is no booking \"none such\""),
        (json!({ "booking_code": 7 }), "booking_code: expected a string that is not empty, got the number 7"),
        (json!({ "amount": 100 }), "amount: expected a decimal string above 0 like \"25.00\", got the number 100"),
        (json!({ "amount": "0.00" }), "amount: expected a decimal string above 0 like \"25.00\", got \"0.00\""),
        (json!({ "amount": "-5" }), "amount: expected a decimal string above 0 like \"25.00\", got \"-5\""),
        (json!({ "amount": "1e2" }), "amount: expected a decimal string above 0 like \"25.00\", got \"1e2\""),
        (json!({ "amount": "1.005" }), "amount: expected at most 2 decimals, as USD has, got \"1.005\""),
        (json!({ "amount": "1.5", "currency": "JPY" }), "amount: expected at most 0 decimals, as JPY has, got \"1.5\""),
        (json!({ "currency": "XYZ" }), "currency: expected a currency code of ISO 4217 like \"USD\", got \"XYZ\""),
        (json!({ "currency": null }), "currency: expected a currency code of ISO 4217 like \"USD\", got null"),
        (json!({ "method": "x".repeat(41) }), "method: expected at most 40 characters"),
        (json!({ "capture": "later" }), "capture: expected automatic or manual, got \"later\""),
        (json!({ "voucher_codes": "TEN" }), "voucher_codes: expected an array, got \"TEN\""),
        (json!({ "voucher_codes": ["NONE"] }), "voucher_codes: \"NONE\" is not set up for this account"),
        (json!({ "voucher_codes": ["OFF"] }), "voucher_codes: \"OFF\" is DISABLED"),
        (json!({ "voucher_codes": ["EURO"] }), "voucher_codes: \"EURO\" is in EUR, and the payment in USD"),
    ] {
        let error = pay(&mut state, code, &more).expect_err(told).to_string();
        assert!(error.starts_with(told), "{more}: {error}");
        state.roll_back();
        assert_eq!(state, before, "{more}");
    }
    let error = pay_at(&mut state, &json!({}), &noon()).expect_err("empty").to_string();
    let missing = "booking_code: expected a string that is not empty, got nothing; amount: expected a decimal string like \"25.00\", got nothing; currency: expected a currency code of ISO 4217 like \"USD\", got nothing";
    assert_eq!(error, missing);
}

#[test]
fn only_a_booking_on_hold_without_an_open_payment_is_paid_for() {
    let mut state = account();
    let [booked, released, late, open] = ["C1", "C2", "C3", "C4"].map(|candidate| held(&mut state, candidate, &[]));
    booking::confirm(&mut state, booked, &noon()).expect("confirmed");
    booking::release(&mut state, released).expect("released");
    let first = pay(&mut state, open, &json!({ "capture": "manual" })).expect("authorized");
    for (code, told) in [
        (booked, "cannot pay for a booking in state BOOKED".to_owned()),
        (released, "cannot pay for a booking in state RELEASED".to_owned()),
        (open, format!("payment {} of booking {open} is AUTHORIZED", first.payment_id)),
    ] {
        assert_eq!(pay(&mut state, code, &json!({})).expect_err(&told).to_string(), told);
    }
    let body = json!({ "booking_code": late, "amount": "1", "currency": "USD" });
    let told = pay_at(&mut state, &body, &at("2026-03-01T12:15:00Z")).expect_err("too late").to_string();
    assert_eq!(told, format!("the hold of booking {late} ended at 2026-03-01T12:15:00Z"));
}

#[test]
fn the_last_digits_of_the_amount_decide_how_a_payment_ends() {
    for (amount, capture, status, then, after_the_hold, at_last) in [
        ("100.00", "automatic", "CAPTURED", BookingState::Booked, "CAPTURED", BookingState::Booked),
        ("100.00", "manual", "AUTHORIZED", BookingState::OnHold, "EXPIRED", BookingState::Released),
        ("100.02", "automatic", "DECLINED", BookingState::Released, "DECLINED", BookingState::Released),
        ("100.02", "manual", "DECLINED", BookingState::Released, "DECLINED", BookingState::Released),
        ("100.03", "automatic", "PENDING", BookingState::OnHold, "PENDING", BookingState::Released),
        ("100.04", "automatic", "PENDING", BookingState::OnHold, "EXPIRED", BookingState::Released),
        ("100.20", "automatic", "CAPTURED", BookingState::Booked, "CAPTURED", BookingState::Booked),
    ] {
        let mut state = account();
        let code = held(&mut state, "C1", &[]);
        let made = pay(&mut state, code, &json!({ "amount": amount, "capture": capture })).expect(amount);
        assert_eq!((made.status.to_string().as_str(), standing(&state, code)), (status, then), "{amount} {capture}");
        due::run(&mut state, at("2026-03-01T12:15:00Z").now).expect("the agenda");
        let kept = state.payment(made.payment_id).expect("a payment").status.to_string();
        assert_eq!((kept.as_str(), standing(&state, code)), (after_the_hold, at_last), "{amount} {capture}, later");
    }
}

#[test]
fn vouchers_take_their_discount_off_the_price() {
    for (attached, sent, amount, currency, discount, due) in [
        (vec![], json!([]), "100.00", "USD", "0.00", "100.00"),
        (vec!["TEN"], json!([]), "99.99", "USD", "10.00", "89.99"),
        (vec!["TEN"], json!(["TEN", "FIVE"]), "100", "USD", "15.00", "85.00"),
        (vec![], json!(["TEN"]), "1005", "JPY", "101", "904"),
        (vec!["ALL"], json!(["TEN"]), "100", "USD", "100.00", "0.00"),
    ] {
        let mut state = account();
        let code = held(&mut state, "C1", &attached);
        let more = json!({ "amount": amount, "currency": currency, "voucher_codes": sent });
        let made = pay(&mut state, code, &more).expect(amount);
        let money = (made.discount.to_string(), made.amount_due.to_string(), made.amount_paid.to_string());
        assert_eq!(money, (discount.to_owned(), due.to_owned(), due.to_owned()), "{amount} {currency}");
        assert_eq!(state.booking(code).expect("a booking").voucher_codes, made.voucher_codes);
    }
}

#[test]
fn a_voucher_is_redeemed_with_the_capture_and_the_last_one_only_once() {
    let mut state = account();
    let [first, second] = ["C1", "C2"].map(|candidate| held(&mut state, candidate, &["LAST"]));
    let redemptions = |state: &State| state.redemptions(state.voucher("LAST").expect("a voucher"));
    let manual = json!({ "capture": "manual" });
    let [one, other] = [first, second].map(|code| pay(&mut state, code, &manual).expect("authorized"));
    assert_eq!(redemptions(&state), 0);
    capture(&mut state, one.payment_id.as_str(), &noon()).expect("captured");
    state.commit();
    assert_eq!(redemptions(&state), 1);
    let told = capture(&mut state, other.payment_id.as_str(), &noon()).expect_err("the last is gone").to_string();
    assert_eq!(told, "voucher_codes: \"LAST\" is EXHAUSTED");
    state.roll_back();
    assert_eq!(state.payment(other.payment_id).expect("a payment").status, PaymentStatus::Authorized);
    booking::cancel(&mut state, first).expect("cancelled");
    capture(&mut state, other.payment_id.as_str(), &noon()).expect("captured");
    assert_eq!((redemptions(&state), standing(&state, second)), (1, BookingState::Booked));
}

#[test]
fn a_hold_that_is_confirmed_without_a_payment_redeems_what_is_attached() {
    let mut state = account();
    let [first, second] = ["C1", "C2"].map(|candidate| held(&mut state, candidate, &["LAST"]));
    let more = json!({ "capture": "manual", "voucher_codes": ["TEN"] });
    let id = pay(&mut state, first, &more).expect("authorized").payment_id;
    let confirmed = booking::confirm(&mut state, first, &noon()).expect("confirmed").0;
    assert_eq!(confirmed.voucher_codes, ["LAST"]);
    let told = booking::confirm(&mut state, second, &noon()).expect_err("the last is gone").to_string();
    assert_eq!(told, "voucher_codes: \"LAST\" is EXHAUSTED");
    // The payment can be captured all the same, and what it alone names is redeemed then.
    let (_, notices) = capture(&mut state, id.as_str(), &noon()).expect("captured");
    assert!(notices.is_empty(), "the booking was told of before");
    assert_eq!(state.booking(first).expect("a booking").voucher_codes, ["LAST", "TEN"]);
    booking::cancel(&mut state, first).expect("cancelled");
    let late = held(&mut state, "C3", &[]);
    let id = pay(&mut state, late, &json!({ "amount": "1.03" })).expect("pending").payment_id;
    booking::release(&mut state, late).expect("released");
    let told = accept(&mut state, id.as_str(), &noon()).expect_err("too late").to_string();
    assert_eq!(told, "cannot capture a payment of a booking in state RELEASED");
}

#[test]
fn an_outcome_is_refused_in_each_other_status() {
    let mut state = account();
    let payment = |state: &mut State, candidate: &str, more: Value| {
        let code = held(state, candidate, &[]);
        pay(state, code, &more).expect("a payment").payment_id
    };
    let pending = payment(&mut state, "C1", json!({ "amount": "1.03" }));
    let authorized = payment(&mut state, "C2", json!({ "capture": "manual" }));
    let captured = payment(&mut state, "C3", json!({}));
    let declined = payment(&mut state, "C4", json!({ "amount": "1.02" }));
    let refunded = payment(&mut state, "C5", json!({}));
    refund(&mut state, refunded.as_str(), None, &noon()).expect("refunded");
    let expired = payment(&mut state, "C6", json!({ "amount": "1.04" }));
    let code = state.payment(expired).expect("a payment").booking_code;
    booking::release(&mut state, code).expect("released");
    state.commit();
    for (id, status, may) in [
        (pending, "PENDING", "accept decline"),
        (authorized, "AUTHORIZED", "capture accept decline"),
        (captured, "CAPTURED", "refund"),
        (declined, "DECLINED", ""),
        (refunded, "REFUNDED", ""),
        (expired, "EXPIRED", ""),
    ] {
        let id = id.as_str();
        assert_eq!(state.payment(id.parse().expect("an id")).expect("a payment").status.to_string(), status);
        let before = state.clone();
        for (name, action) in
            [("capture", "capture"), ("accept", "capture"), ("decline", "decline"), ("refund", "refund")]
        {
            let done = match name {
                "capture" => capture(&mut state, id, &noon()),
                "accept" => accept(&mut state, id, &noon()),
                "decline" => decline(&mut state, id),
                _ => refund(&mut state, id, None, &noon()),
            };
            match done {
                Ok(_) => assert!(may.split(' ').any(|allowed| allowed == name), "{name} {status}"),
                Err(error) => {
                    assert!(!may.split(' ').any(|allowed| allowed == name), "{name} {status}: {error}");
                    assert_eq!(error.to_string(), format!("cannot {action} payment {id} in status {status}"));
                }
            }
            state.roll_back();
            assert_eq!(state, before);
        }
    }
    for id in ["ZZZZZZZZ", "none such"] {
        assert_eq!(capture(&mut state, id, &noon()).expect_err(id).to_string(), format!("there is no payment {id:?}"));
    }
}

#[test]
fn refunds_add_up_to_what_was_paid_and_no_more() {
    let mut state = account();
    let code = held(&mut state, "C1", &["TEN"]);
    let id = pay(&mut state, code, &json!({})).expect("captured").payment_id;
    let id = id.as_str();
    for (amount, status, refunded, left) in
        [("40", "CAPTURED", "40.00", "50.00"), ("49.99", "CAPTURED", "89.99", "0.01")]
    {
        let (payment, _) = refund(&mut state, id, amount.parse().ok(), &noon()).expect(amount);
        let view = payment.view();
        assert_eq!(
            (view.status.to_string(), view.amount_refunded.to_string()),
            (status.to_owned(), refunded.to_owned())
        );
        let told = refund(&mut state, id, "50.01".parse().ok(), &noon()).expect_err("too much").to_string();
        assert_eq!(told, format!("amount: expected above 0 and at most {left}, which is left, got 50.01"));
    }
    let told = refund(&mut state, id, "0.005".parse().ok(), &noon()).expect_err("too fine").to_string();
    assert_eq!(told, "amount: expected at most 2 decimals, as USD has, got \"0.005\"");
    let (payment, _) = refund(&mut state, id, None, &noon()).expect("the rest");
    let view = payment.view();
    assert_eq!(
        (view.status, view.amount_refunded, view.amount_paid),
        (PaymentStatus::Refunded, view.amount_due, view.amount_due)
    );
    assert_eq!(standing(&state, code), BookingState::Booked, "the booking stands");
    for (body, told) in [
        (json!({ "amount": "0" }), "amount: expected a decimal string above 0 like \"25.00\", got \"0\""),
        (json!({ "amount": 5 }), "amount: expected a string, got the number 5"),
        (json!([]), "body: expected an object, got an array"),
    ] {
        let error = body::read::<NewRefund>(body.to_string().as_bytes()).expect_err(told).to_string();
        assert!(error.starts_with(told), "{error}");
    }
}

#[test]
fn payments_go_along_with_a_booking_that_is_moved() {
    let mut state = account();
    let code = held(&mut state, "C1", &["LAST"]);
    pay(&mut state, code, &json!({})).expect("captured");
    let hold = ScheduleInput { on_hold: true, ..ScheduleInput::default() };
    let moved = booking::reschedule(&mut state, code, &hold, &noon()).expect("on hold").0.booking_code;
    // The voucher was redeemed already, and is not redeemed again.
    let more = pay(&mut state, moved, &json!({ "amount": "20.00" })).expect("captured");
    assert_eq!((more.discount.to_string().as_str(), more.voucher_codes.len()), ("0.00", 0));
    assert_eq!(state.booking(moved).expect("a booking").voucher_codes, ["LAST"]);
    assert_eq!(state.payments_of(moved).count(), 2);
    let again = booking::reschedule(&mut state, moved, &ScheduleInput::default(), &noon()).expect("moved").0;
    assert_eq!((state.payments_of(moved).count(), state.payments_of(again.booking_code).count()), (0, 2));
    state.commit();
    assert_eq!(State::restore([state.whole(noon().now)]).map(|restored| restored == state), Some(true));
}

#[test]
fn the_same_key_and_request_get_the_same_answer_and_another_request_is_refused() {
    let mut state = account();
    let code = held(&mut state, "C1", &[]);
    let mut times = 0;
    let mut ask = |state: &mut State, key: &str, request: &str| {
        once(state, Some(key), request, |state| {
            times += 1;
            let body = json!({ "booking_code": code, "amount": "1.03", "currency": "USD" });
            create(state, &body::read::<NewPayment>(body.to_string().as_bytes())?, &noon())
        })
        .map(|(answer, _)| answer)
    };
    let first = ask(&mut state, "k1", "a").expect("paid");
    assert_eq!(ask(&mut state, "k1", "a"), Ok(first));
    let told = ask(&mut state, "k1", "b").expect_err("another").to_string();
    assert_eq!(told, "Idempotency-Key: \"k1\" came with another request before");
    // What is refused is tried again.
    for _again in 0..2 {
        assert!(ask(&mut state, "k2", "a").expect_err("an open payment").to_string().contains("is PENDING"));
    }
    for key in ["", &"k".repeat(256)] {
        let told = ask(&mut state, key, "a").expect_err("a wrong key").to_string();
        assert_eq!(told, format!("Idempotency-Key: expected 1 to 255 characters, got {}", key.len()));
    }
    assert_eq!(times, 3);
}
