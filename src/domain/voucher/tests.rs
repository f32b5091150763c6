//! What the Voucher service refuses, cause by cause; codes; redemption.

use serde_json::{Value, json};

use super::input::{NewVoucher, VoucherChange};
use super::{check, create, delete, redeem, update};
use crate::domain::contract::body;
use crate::domain::contract::error::Error;
use crate::domain::contract::status::{BookingState, DeliveryMode};
use crate::domain::record::booking::Booking;
use crate::domain::record::clock::Clock;
use crate::domain::record::test::Test;
use crate::domain::record::voucher::VoucherView;
use crate::domain::state::{Act, State};
use crate::domain::value::id::Kind;
use crate::domain::value::stamp::Timestamp;

fn noon() -> Act {
    let noon: Timestamp = "2026-03-01T12:00:00Z".parse().expect("an instant");
    Act::new(noon, noon)
}

/// An account with a test, a voucher of each status, and one that was redeemed twice.
fn account() -> State {
    let mut state = State::new("ACCT1".parse().expect("a code"), 7, Clock::wall(noon().wall), "");
    for code in ["EXAM1", "EXAM2"] {
        state.tests.put(code.to_owned(), Test::named(code).into());
    }
    for (code, more) in [
        ("OPEN", json!({})),
        ("ONE", json!({ "test_codes": ["EXAM1"] })),
        ("LATER", json!({ "valid_from": "2026-04-01" })),
        ("LAST", json!({ "max_redemptions": 1 })),
        ("TWICE", json!({ "max_redemptions": 5 })),
    ] {
        let mut body = json!({ "voucher_code": code, "discount_type": "PERCENT", "discount": "10" });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        make(&mut state, &body).expect(code);
    }
    let mut change = |code: &str, edit: &dyn Fn(&mut super::Voucher)| {
        make(&mut state, &json!({ "voucher_code": code, "discount_type": "PERCENT", "discount": "10" })).expect(code);
        edit(state.vouchers.get_mut(code).expect("a voucher"));
    };
    change("OFF", &|voucher| voucher.disabled = true);
    change("PAST", &|voucher| voucher.valid_until = Some("2026-02-01T00:00:00Z".parse().expect("an instant")));
    change("USED", &|voucher| (voucher.max_redemptions, voucher.earlier_redemptions) = (Some(3), 3));
    for _twice in 0..2 {
        book(&mut state, &["TWICE"], BookingState::Booked);
    }
    state.commit();
    state
}

fn make(state: &mut State, body: &Value) -> Result<Vec<VoucherView>, Error> {
    let input = body::read::<NewVoucher>(body.to_string().as_bytes())?;
    let made = create(state, &input, &noon())?;
    Ok(made.iter().map(|one| state.voucher_view(one, noon().now)).collect())
}

fn change(state: &mut State, code: &str, body: &Value) -> Result<VoucherView, Error> {
    update(state, code, &body::read::<VoucherChange>(body.to_string().as_bytes())?, &noon())?;
    Ok(state.voucher_view(state.voucher(code)?, noon().now))
}

fn book(state: &mut State, codes: &[&str], ends: BookingState) {
    let booking = Booking {
        booking_code: state.new_code(Kind::Booking),
        psi_eligiblity_id: state.new_code(Kind::Eligibility),
        candidate_id: "C1".to_owned(),
        test_code: "EXAM1".to_owned(),
        booking_on: noon().now,
        delivery_mode: DeliveryMode::AtlasRemoteProctored,
        location_code: None,
        location_timezone: "UTC".to_owned(),
        ext_time: 0,
        exam_length: 60,
        invitation: None,
        state: BookingState::Booked,
        hold_until: None,
        replaces: None,
        created: noon().now,
        voucher_codes: codes.iter().map(|code| (*code).to_owned()).collect(),
        result: None,
    };
    let code = state.add_booking(booking).expect("a booking").booking_code;
    state.change_booking(code, |booking| booking.state = ends).expect("a booking");
}

fn redemptions(state: &State, code: &str) -> u32 {
    state.redemptions(state.voucher(code).expect(code))
}

/// Whether new vouchers with each of these are refused, and nothing changes.
fn refuses(rows: &[(Value, &str)]) {
    let mut state = account();
    let before = state.clone();
    for (more, told) in rows {
        let mut body = json!({ "discount_type": "PERCENT", "discount": "10" });
        match more.as_object() {
            Some(members) => body.as_object_mut().expect("an object").extend(members.clone()),
            None => body = more.clone(),
        }
        let error = make(&mut state, &body).expect_err(told).to_string();
        assert!(error.starts_with(told), "{body}: {error}");
        state.roll_back();
        assert_eq!(state, before, "{body}");
    }
}

#[test]
fn a_new_voucher_is_refused_for_each_of_these_codes_and_counts() {
    let taken = "voucher_code: \"OPEN\" is taken by another voucher";
    let most_40 = "voucher_code: expected at most 40 letters, digits, '-' or '_', got ";
    refuses(&[
        (json!({ "voucher_code": "OPEN" }), taken),
        (json!({ "voucher_code": "NO BLANK" }), &format!("{most_40}\"NO BLANK\"")),
        (json!({ "voucher_code": "x".repeat(41) }), &format!("{most_40}\"{}\"", "x".repeat(41))),
        (json!({ "voucher_code": 7 }), "voucher_code: expected a string, got the number 7"),
        (json!({ "voucher_code": "A", "count": 2 }), "count: expected none beside voucher_code (\"A\"), got one"),
        (json!({ "voucher_code": "A", "prefix": "B" }), "prefix: expected none beside voucher_code (\"A\"), got one"),
        (json!({ "prefix": "x".repeat(21), "count": 1 }), "prefix: expected at most 20 letters, digits, '-' or '_'"),
        (json!({ "count": 0 }), "count: expected a whole number from 1 to 1000, got the number 0"),
        (json!({ "count": 1001 }), "count: expected a whole number from 1 to 1000, got the number 1001"),
        (json!({ "count": "2" }), "count: expected a whole number from 1 to 1000, got \"2\""),
        (json!([]), "body: expected an object, got an array"),
    ]);
}

#[test]
fn a_new_voucher_is_refused_for_each_of_these_values() {
    refuses(&[
        (json!({ "discount_type": "HALF" }), "discount_type: expected PERCENT or AMOUNT, got \"HALF\""),
        (json!({ "discount_type": null }), "discount_type: expected PERCENT or AMOUNT, got null"),
        (json!({ "discount": 10 }), "discount: expected a decimal string above 0 like \"25.00\", got the number 10"),
        (json!({ "discount": "0" }), "discount: expected a decimal string above 0 like \"25.00\", got \"0\""),
        (json!({ "discount": "-1" }), "discount: expected a decimal string above 0 like \"25.00\", got \"-1\""),
        (json!({ "discount": "100.01" }), "discount: expected at most 100 per cent, got \"100.01\""),
        (json!({ "currency": "USD" }), "currency: expected none of a PERCENT voucher, got \"USD\""),
        (
            json!({ "discount_type": "AMOUNT" }),
            "currency: expected a currency code of ISO 4217 like \"USD\", got nothing",
        ),
        (
            json!({ "discount_type": "AMOUNT", "currency": "usd" }),
            "currency: expected a currency code of ISO 4217 like \"USD\", got \"usd\"",
        ),
        (
            json!({ "discount_type": "AMOUNT", "currency": "JPY", "discount": "9.5" }),
            "discount: expected at most 0 decimals, as JPY has, got \"9.5\"",
        ),
        (json!({ "max_redemptions": 0 }), "max_redemptions: expected a whole number from 1 to 2147483647"),
        (json!({ "valid_until": "soon" }), "valid_until: expected a UTC date-time like 2026-03-01T09:00:00Z"),
        (
            json!({ "valid_until": "2026-03-01T12:00:00Z" }),
            "valid_until: expected a date after now (2026-03-01T12:00:00Z), got 2026-03-01T12:00:00Z",
        ),
        (
            json!({ "valid_from": "2026-05-01", "valid_until": "2026-04-01" }),
            "valid_until: expected a date that is not before valid_from (2026-05-01T00:00:00Z)",
        ),
        (json!({ "test_codes": ["EXAM1", "NONE"] }), "there is no test \"NONE\""),
        (json!({ "test_codes": [""] }), "test_codes[0]: expected a string that is not empty"),
    ]);
    let error = make(&mut account(), &json!({})).expect_err("empty").to_string();
    assert_eq!(
        error,
        "discount_type: expected PERCENT or AMOUNT, got nothing; discount: expected a decimal string like \"25.00\", got nothing"
    );
}

#[test]
fn a_change_is_refused_for_each_of_these() {
    let mut state = account();
    let before = state.clone();
    for (code, body, told) in [
        ("NONE", json!({ "status": "DISABLED" }), "there is no voucher \"NONE\""),
        ("OPEN", json!({}), "body: expected one of max_redemptions, valid_until and status, got an object"),
        ("OPEN", json!({ "status": "EXPIRED" }), "status: expected ACTIVE or DISABLED, got \"EXPIRED\""),
        ("OPEN", json!({ "status": "off" }), "status: expected ACTIVE or DISABLED, got \"off\""),
        (
            "OPEN",
            json!({ "valid_until": "2026-03-01" }),
            "valid_until: expected a date after now (2026-03-01T12:00:00Z)",
        ),
        (
            "LATER",
            json!({ "valid_until": "2026-03-20" }),
            "valid_until: expected a date that is not before valid_from (2026-04-01T00:00:00Z)",
        ),
        (
            "TWICE",
            json!({ "max_redemptions": 1 }),
            "max_redemptions: expected 2 or more, as it is redeemed so often, got 1",
        ),
        ("TWICE", json!({ "max_redemptions": -1 }), "max_redemptions: expected a whole number from 1 to 2147483647"),
    ] {
        let error = change(&mut state, code, &body).expect_err(told).to_string();
        assert!(error.starts_with(told), "{body}: {error}");
        state.roll_back();
        assert_eq!(state, before, "{body}");
    }
}

#[test]
fn a_voucher_is_extended_disabled_and_enabled() {
    let mut state = account();
    for (code, body, status) in [
        ("PAST", json!({ "valid_until": "2026-03-01T12:00:01Z" }), "ACTIVE"),
        ("USED", json!({ "max_redemptions": 4 }), "ACTIVE"),
        ("TWICE", json!({ "max_redemptions": 2 }), "EXHAUSTED"),
        ("OFF", json!({ "status": "ACTIVE" }), "ACTIVE"),
        ("OPEN", json!({ "status": "DISABLED", "max_redemptions": null }), "DISABLED"),
    ] {
        assert_eq!(change(&mut state, code, &body).expect(code).status.to_string(), status, "{code}");
    }
}

#[test]
fn a_voucher_that_a_record_names_stays() {
    let mut state = account();
    book(&mut state, &["OPEN"], BookingState::Cancelled);
    for (code, told) in [
        ("NONE", "there is no voucher \"NONE\""),
        ("TWICE", "voucher \"TWICE\" is redeemed by a booking: disable it instead"),
        ("OPEN", "voucher \"OPEN\" is redeemed by a booking: disable it instead"),
    ] {
        assert_eq!(delete(&mut state, code).expect_err(told).to_string(), told);
    }
    delete(&mut state, "LAST").expect("nothing names it");
    assert!(state.voucher("LAST").is_err());
}

#[test]
fn what_cannot_be_redeemed_is_not_attached_either_but_for_what_is_not_valid_yet() {
    let state = account();
    let now = noon().now;
    for (code, test_code, told) in [
        ("NONE", "EXAM1", "voucher_codes: \"NONE\" is not set up for this account"),
        ("open", "EXAM1", "voucher_codes: \"open\" is not set up for this account"),
        ("OFF", "EXAM1", "voucher_codes: \"OFF\" is DISABLED"),
        ("PAST", "EXAM1", "voucher_codes: \"PAST\" is EXPIRED"),
        ("USED", "EXAM1", "voucher_codes: \"USED\" is EXHAUSTED"),
        ("ONE", "EXAM2", "voucher_codes: \"ONE\" is not for test \"EXAM2\""),
    ] {
        let codes = [code.to_owned()];
        assert_eq!(check(&state, &codes, test_code, now).expect_err(told).to_string(), told);
        assert_eq!(redeem(&state, &codes, test_code, now).expect_err(told).to_string(), told);
    }
    let later = ["LATER".to_owned()];
    check(&state, &later, "EXAM1", now).expect("attached");
    let told = redeem(&state, &later, "EXAM1", now).expect_err("too early").to_string();
    assert_eq!(told, "voucher_codes: \"LATER\" is not valid before 2026-04-01T00:00:00Z");
    let twice = ["ONE".to_owned(), "OPEN".to_owned(), "ONE".to_owned()];
    assert_eq!(redeem(&state, &twice, "EXAM1", now).expect("redeemed"), ["ONE", "OPEN"]);
}

#[test]
fn a_redemption_counts_while_its_booking_stands() {
    let mut state = account();
    let last = ["LAST".to_owned()];
    for ends in [BookingState::Booked, BookingState::Completed, BookingState::Absent, BookingState::Excused] {
        book(&mut state, &["LAST"], ends);
        assert_eq!(redemptions(&state, "LAST"), 1, "{ends}");
        assert!(redeem(&state, &last, "EXAM1", noon().now).is_err(), "{ends}");
        state.roll_back();
        assert_eq!(redemptions(&state, "LAST"), 0, "{ends}");
    }
    book(&mut state, &["LAST"], BookingState::Cancelled);
    assert_eq!(redemptions(&state, "LAST"), 0);
    assert!(redeem(&state, &last, "EXAM1", noon().now).is_ok());
    state.commit();
    assert_eq!(State::restore([state.whole(noon().now)]).as_ref().map(|state| redemptions(state, "TWICE")), Some(2));
}

#[test]
fn the_codes_of_a_batch_come_from_the_seed() {
    let batch = |seed| {
        let mut state = State::new("ACCT1".parse().expect("a code"), seed, Clock::wall(noon().wall), "");
        let body =
            json!({ "count": 1000, "prefix": "SPRING", "discount_type": "AMOUNT", "discount": "5", "currency": "EUR" });
        let made = make(&mut state, &body).expect("a batch");
        made.into_iter().map(|one| one.voucher_code).collect::<Vec<_>>()
    };
    let codes = batch(7);
    assert_eq!((codes.len(), &codes), (1000, &batch(7)));
    assert_ne!(codes, batch(8));
    for code in codes {
        let rest = code.strip_prefix("SPRING-").expect("the prefix");
        assert!(rest.len() == 8 && !rest.contains(['0', 'O', '1', 'I']), "{code}");
    }
}
