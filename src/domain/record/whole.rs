//! Every record reads back whole: what a store keeps of it is all of it.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::application::{Application, Grant, KeySet, KeyType, ServiceSubscription, SubscriptionState, Tier};
use super::authentication::{Auth, ClientAuth, ClientCredentials, Tls};
use super::candidate::{Attribute, Candidate};
use super::fault::{FaultInput, Faults, InjectedMisdelivery, Misdelivery};
use super::invitation::Invitation;
use super::place::Place;
use super::settings::{Settings, SettingsInput};
use super::subscription::Subscription;
use super::test::Test;
use super::test_center::TestCenter;
use super::user::User;
use super::voucher::Voucher;
use crate::domain::contract::service::{InService, Role};
use crate::domain::contract::status::CenterStatus;
use crate::domain::value::document::{self, DocumentFormat};
use crate::domain::value::span::Span;
use crate::domain::value::stamp::Timestamp;

fn reads_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(record: &T) {
    let json = serde_json::to_value(record).expect("written");
    assert_eq!(&serde_json::from_value::<T>(json.clone()).expect("read"), record, "{json}");
    let text = serde_json::to_string(record).expect("written");
    assert_eq!(&serde_json::from_str::<T>(&text).expect("read"), record, "{text}");
}

fn made<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).expect("a record")
}

fn full_candidate() -> Candidate {
    let text = |text: &str| Some(text.into());
    Candidate {
        additional_attributes: vec![Attribute { key: "k".into(), value: "v".into() }],
        address1: text("1 Elm Street, a line that is longer than twenty-four bytes"),
        address2: text("2"),
        candidate_id: "C1".into(),
        city: text("Olathe"),
        country: text("US"),
        email: text("jo@example.org"),
        first_name: "Jo".into(),
        home_phone: text("+1 913 555 0100"),
        last_name: "Doe".into(),
        middle_name: text("B"),
        office_phone: text("+1 913 555 0101"),
        postal_code: text("66061"),
        province_state: text("KS"),
        school_code: text("S1"),
        special_accommodations: vec!["EXTRA_TIME".to_owned()],
        suffix: text("Jr"),
    }
}

fn full_application() -> Application {
    let blocked = ServiceSubscription {
        service: InService::Booking,
        tier: Tier::Bronze,
        state: SubscriptionState::ProdOnlyBlocked,
    };
    Application {
        consumer_key: "key".to_owned(),
        consumer_secret: "secret".to_owned(),
        key_type: KeyType::Production,
        validity_period: Some(60),
        keys: vec![KeySet {
            key_type: KeyType::Sandbox,
            consumer_key: "other".to_owned(),
            consumer_secret: "secret".to_owned(),
            validity_period: Some(61),
        }],
        tier: Tier::Gold,
        subscriptions: vec![InService::Eligibility.into(), blocked],
        owner: Some("jo".to_owned()),
        callback_url: Some("http://localhost/".to_owned()),
        description: Some("a test".to_owned()),
        grants: vec![Grant::RefreshToken],
        ..Application::new("App")
    }
}

fn full_subscription() -> Subscription {
    let credentials = ClientCredentials {
        scope: Some("a b".to_owned()),
        client_auth: ClientAuth::Body,
        params: BTreeMap::from([("audience".to_owned(), "x".to_owned())]),
        ..ClientCredentials::new("https://localhost/token", "id", "secret")
    };
    let pem = || Some("-----BEGIN".to_owned());
    let tls = Tls { client_cert: pem(), client_key: pem(), ca: pem(), insecure: true };
    Subscription {
        auth: Auth::OAuth2(credentials),
        tls: Some(Arc::new(tls)),
        retry_schedule: vec![Span::seconds(1), Span(std::time::Duration::from_nanos(1_000_000_001))],
        ..made(json!({
            "url": "http://localhost/", "enabled": false, "paused": true, "method": "POST", "success": "2xx",
            "signing": { "type": "ed25519", "secret": "s", "previous_secret": "p", "public_key": "k" },
            "timeout": "1s 1ns", "retry": "automatic", "retry_jitter": 0.1, "timestamps": "millis",
            "structured_address": true, "empty_members": "omit", "format": "json", "concurrency": 3,
        }))
    }
}

fn full_faults(wall: Timestamp) -> Faults {
    let call: FaultInput = made(json!({
        "id": "mine", "probability": 0.1, "after": 1, "times": 2, "ttl": "1h 1ns",
        "match": {
            "service": "eligibility", "operation": "create_eligibility", "method": "POST", "path": "/a*",
            "candidate": "C1", "header": { "x-a": "b*" },
        },
        "effect": {
            "status": 503, "error": "e", "retry_after": 1, "connection": "drop", "body": "html", "slow_body": "1s",
            "latency": { "lognormal": { "median": "1500ms", "sigma": 0.3 } }, "token": "expired", "expires_in": 1,
            "applied": true,
        },
        "window": { "from": "2026-03-01T00:00:00.123456789Z", "until": "2026-03-02" },
    }));
    let misdelivered: FaultInput = made(json!({
        "match": { "service": "booking_notification", "change_reason": "ABSENT", "booking_code": "B1" },
        "effect": { "notification": {
            "delay": "1s", "duplicate": 2, "reorder": 3, "wrong_key": true, "skewed_timestamp": -4,
            "altered_body": true, "flapping": { "up": 1, "down": 2 },
        } },
    }));
    let mut faults = Faults::new(u64::MAX, &"ACCT1".parse().expect("a code"));
    for input in [call, misdelivered, made(json!({ "set": "slow-vendor" })), made(json!({ "name": "token-revoked" }))] {
        faults.add(vec![input], wall).expect("a fault");
    }
    faults
}

#[test]
fn records_read_back_whole() {
    let wall = Timestamp::UNIX_EPOCH + chrono::Duration::nanoseconds(1_772_355_600_000_000_001);
    reads_back(&full_candidate());
    reads_back(&Candidate::default());
    reads_back(&full_application());
    reads_back(&Application::new("App"));
    reads_back(&User { username: "jo".to_owned(), password: "p".to_owned(), roles: vec![Role::PsiBooking] });
    reads_back(&made::<Test>(json!({
        "test_code": "T", "test_name": "Test", "exam_length": 1, "delivery_modes": ["ATLAS_REMOTE_PROCTORED"],
        "portions": [{ "portion_code": "P", "portion_name": "Portion", "exam_length": 2 }], "requires_approval": true,
        "schedule_start_date": "2026-03-01T00:00:00.123456789Z", "schedule_end_date": "2026-03-02", "price": "1.50",
        "currency": "USD", "excused_absence": false, "max_attempts": 3,
    })));
    reads_back(&made::<Place>(json!({
        "zip": "66002", "city": "Atchison", "state": "KS", "country": "US", "latitude": 39.5, "longitude": -95.1,
    })));
    reads_back(&made::<Invitation>(json!({
        "invitation_code": "I", "test_code": "T", "location_code": "L", "starts": "2026-03-01T09:00:00.123Z",
        "max_seat": 1, "event_name": "E", "trainer_name": "J",
    })));
    reads_back(&made::<Voucher>(json!({
        "voucher_code": "V", "discount_type": "AMOUNT", "discount": "1.50", "currency": "USD", "max_redemptions": 1,
        "valid_from": "2026-03-01T00:00:00.123456789Z", "valid_until": "2026-03-02", "test_codes": ["T"],
    })));
    let shipped = include_str!("../../../fixtures/catalog/test_centers.yaml");
    for center in document::read::<Vec<TestCenter>>(shipped, DocumentFormat::Yaml).expect("test centers") {
        reads_back(&TestCenter { status: CenterStatus::TemporarilyClosed, ..center });
    }
    reads_back(&full_subscription());
    reads_back(&Subscription::to("http://localhost/"));
    reads_back(&full_faults(wall));
    reads_back(&InjectedMisdelivery {
        fault: "fault-1".into(),
        effect: Misdelivery { drop: true, ..Misdelivery::default() },
    });
}

#[test]
fn settings_read_back_whole_each_one_changed() {
    let given: SettingsInput = made(json!({
        "profile": "wso2-1.10", "lint": "enforce", "unauthorized": "error_model", "approval": true,
        "accommodation_review": true, "excused_absence": false, "open_catalog": true, "tokens": "clock",
        "signature_time": "clock", "throttling": "clock", "effective_dates": "exact", "hold_minutes": 1, "on_close": "cancel",
        "publication_delay": "5m", "max_deliveries": 2, "blocked_services": ["booking"],
        "scopes": { "booking": "b" }, "allow_list": "drop", "launch_opens": "1h", "launch_closes": "1h",
        "launch_window": "enforce", "auto_absent": true, "reentry": "submits",
    }));
    let mut settings = Settings::default();
    reads_back(&settings);
    settings.update(&given);
    reads_back(&settings);
    reads_back(&given);
    let (new, old) = (json!(settings), json!(Settings::default()));
    assert_eq!(new, json!(given), "all that is given was taken over");
    for (name, value) in old.as_object().expect("an object") {
        assert_ne!(&new[name], value, "{name}");
        let null = json!({ name: null });
        assert!(serde_json::from_value::<SettingsInput>(null).is_err(), "{name}");
    }
    settings.update(&SettingsInput::default());
    assert_eq!(json!(settings), new, "what is absent stays");
}
