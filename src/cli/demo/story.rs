//! The story of the demo: one exam from its publication to its result, through all fourteen services.

use std::collections::BTreeSet;
use std::time::Instant;

use reqwest::Client;
use serde_json::{Map, Value, json};

use super::partner::{Partner, expect, text};
use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::domain::contract::service::OutService::{
    self, AssessmentResults, AssessmentResultsNotification, BookingNotification, ProctoringResults,
    ProctoringResultsNotification, TestCenterNotification,
};
use crate::partner::receiver::Receiver;
use crate::service::secret;

/// Where the story begins, on the account's own clock.
const MONDAY: &str = "2026-03-02T14:00:00Z";

const ELIGIBILITY: &str = "/eligibilityService/1.0.0/accounts/STORY001";
const BOOKING: &str = "/bookingService/1.0.9";
const PROCTORING: &str = "/proctoringService/1.0.0/accounts/STORY001/proctoring/sessions";

/// Plays the story against a server, and tells it.
///
/// # Errors
/// An answer or a notification that is not as the story needs it.
pub async fn tell(out: &Output, client: Client, url: &str, admin_token: Option<String>) -> Result<(), Failure> {
    let began = Instant::now();
    out.line(&out.bold("One exam with Atlas, from its publication to its result, played over real HTTP"));
    let secret = secret::signing();
    let receiver = Receiver::start(&secret, crate::seconds).map_err(|error| Failure::Environment(error.to_string()))?;
    let (token, heard) = (String::new(), BTreeSet::new());
    let mut partner = Partner { out, client, url, admin_token, token, receiver, heard };
    let outcome = play(&mut partner, &secret).await;
    let heard = partner.heard.len();
    partner.receiver.stop().await;
    outcome?;
    let took = began.elapsed().as_millis();
    out.line(&format!(
        "\nDone in {took} ms: all fourteen services, and {heard} notifications of all six kinds, each verified."
    ));
    Ok(())
}

async fn play(partner: &mut Partner<'_>, secret: &str) -> Result<(), Failure> {
    get_started(partner, secret).await?;
    publish_a_test(partner).await?;
    let center = find_a_center(partner).await?;
    let regn = register(partner).await?;
    let code = book(partner, &center, &regn).await?;
    be_proctored(partner, &code).await?;
    get_the_result(partner, &code).await
}

async fn get_started(partner: &mut Partner<'_>, secret: &str) -> Result<(), Failure> {
    partner.chapter("0. The coordinator sets up an account (here: one call to the control API)");
    let url = partner.receiver.url();
    let subscriptions: Map<_, _> =
        OutService::ALL.iter().map(|service| (service.name().to_owned(), json!({ "url": url }))).collect();
    let given = json!({
        "account": {
            "account_code": "STORY001", "signing_secret": secret, "settings": { "publication_delay": "1d" },
        },
        "subscriptions": subscriptions, "clock": { "instant": MONDAY, "frozen": true },
    });
    let account = partner.elsewhere("POST", "", Some(given)).await?;
    partner.tell(&format!("account STORY001, and all six outgoing services call {url}"));

    partner.chapter("1. Getting Started: the partner fetches a token, and looks what it is good for");
    let (application, user) = (&account["applications"][0], &account["users"][0]);
    let form = [
        ("grant_type", "password".to_owned()),
        ("username", text(&user["username"])),
        ("password", text(&user["password"])),
    ];
    let request = partner
        .client
        .post(format!("{}/token", partner.url))
        .basic_auth(text(&application["consumer_key"]), Some(text(&application["consumer_secret"])))
        .form(&form);
    let issued = partner.send(request, "POST /token", 200).await?;
    partner.token = text(&issued["access_token"]);
    let identity = partner.call("GET", "/gettingStartedService/1.0.0/whoami", None, 200).await?;
    let (roles, services) = (&identity["roles"], &identity["subscriptions"]);
    let count = |list: &Value| list.as_array().map_or(0, Vec::len);
    partner.tell(&format!(
        "user {} with {} roles, subscribed to {} services, for {} s",
        text(&identity["user"]),
        count(roles),
        count(services),
        identity["expires_in"]
    ));
    Ok(())
}

async fn publish_a_test(partner: &Partner<'_>) -> Result<(), Failure> {
    partner.chapter("2. Test Publication: a new exam in land law");
    let test = "/testPublicationService/1.0.0/accounts/STORY001/tests/LAW1";
    let draft = json!({
        "test_name": "Land law", "delivery_modes": ["SITE_PROCTORED"], "price": "100.00", "currency": "USD",
        "portions": [
            { "portion_code": "P1", "portion_name": "Statutes", "exam_length": 60 },
            { "portion_code": "P2", "portion_name": "Cases", "exam_length": 90 },
        ],
    });
    partner.call("PUT", test, Some(draft), 201).await?;
    let handed_in = partner.call("POST", &format!("{test}/publications"), None, 202).await?;
    partner.tell(&format!(
        "LAW1 is {}, as Atlas takes a day for it: the account's clock goes on",
        text(&handed_in["status"])
    ));
    let day = json!({ "action": "advance", "duration": "1d" });
    partner.elsewhere("PUT", "/STORY001/clock", Some(day)).await?;
    let published = partner.call("GET", test, None, 200).await?;
    expect("the test's status", &published["status"], "PUBLISHED")?;
    partner.tell("a day later it is PUBLISHED");
    Ok(())
}

/// Gives the center's code.
async fn find_a_center(partner: &mut Partner<'_>) -> Result<String, Failure> {
    partner.chapter("3. Test Center: where can Jo, who lives in Kansas City, take it?");
    let query = "near=39.1,-94.6&radius=60&test_code=LAW1";
    let path = format!("/testCenterService/1.0.0/accounts/STORY001/test_centers?{query}");
    let found = partner.call("GET", &path, None, 200).await?;
    let [near, far] = [0, 1].map(|at| &found["items"][at]);
    for center in [near, far] {
        let (name, distance, unit) =
            (text(&center["location_name"]), &center["distance"], text(&center["distance_unit"]));
        partner.tell(&format!("{name}, {distance} {unit}, {} seats", center["seats"]));
    }
    partner.tell("the nearest one has a burst pipe, and PSI closes it");
    let close = format!("/STORY001/test_centers/{}/close", text(&near["location_code"]));
    partner.elsewhere("POST", &close, Some(json!({}))).await?;
    partner.hear(&[TestCenterNotification]).await?;
    Ok(text(&far["location_code"]))
}

/// Gives the `psi_eligiblity_id`.
async fn register(partner: &Partner<'_>) -> Result<String, Failure> {
    partner.chapter("4. Voucher and Eligibility: Jo may take the exam, for 25 dollars less");
    let voucher = json!({
        "voucher_code": "SPRING25", "discount_type": "AMOUNT", "discount": "25.00", "currency": "USD",
        "max_redemptions": 1, "test_codes": ["LAW1"],
    });
    partner.call("POST", "/voucherService/1.0.0/accounts/STORY001/vouchers", Some(voucher), 201).await?;
    let eligibility = json!({
        "candidate": {
            "candidate_id": "C-1001", "first_name": "Jo", "last_name": "Doe", "city": "Kansas City",
            "province_state": "MO", "country": "US",
        },
        "client_eligibility_id": "E-1", "test_code": "LAW1", "portion_codes": ["P1", "P2"],
    });
    let candidates = format!("{ELIGIBILITY}/candidates");
    let record = partner.call("POST", &candidates, Some(eligibility.clone()), 201).await?;
    let id = text(&record["psi_eligiblity_id"]);
    partner.tell(&format!("psi_eligiblity_id {id}, status {}", text(&record["status"])));
    let refused = partner.call("POST", &candidates, Some(eligibility), 400).await?;
    partner.tell(&format!("the same again: {}", text(&refused["error_description"])));
    let vouchers = format!("{candidates}/C-1001/tests/LAW1/vouchers");
    partner.call("PUT", &vouchers, Some(json!(["SPRING25"])), 204).await?;
    Ok(id)
}

/// Gives the `booking_code`.
async fn book(partner: &mut Partner<'_>, center: &str, regn: &str) -> Result<String, Failure> {
    partner.chapter("5. Booking: Jo holds a seat, pays for it, and moves it by an hour");
    let days = "start_date=2026-03-09&end_date=2026-03-09&exam_length=150";
    let path = format!("{BOOKING}/tests/LAW1/locations/{center}/timeslots?{days}");
    let found = partner.call("GET", &path, None, 200).await?;
    let timeslots = &found["data"]["dates"][0]["timeslots"];
    let [first, second] = [0, 1].map(|at| text(&timeslots[at]["timeslot_id"]));
    let body = json!({ "test_id": "LAW1" });
    let hold = format!("{BOOKING}/bookings/{first}/registrations/{regn}?performed_by_user=jo&booking_on_hold=true");
    let held = partner.call("POST", &hold, Some(body.clone()), 200).await?;
    let code = text(&held["data"]["booking_id"]);
    partner.tell(&format!("booking {code} is on hold for {}", text(&timeslots[0]["start_time"])));
    let price = json!({ "booking_code": code, "amount": "100.00", "currency": "USD", "method": "CARD" });
    let payment = partner.call("POST", "/paymentService/1.0.0/accounts/STORY001/payments", Some(price), 201).await?;
    expect("the payment's status", &payment["status"], "CAPTURED")?;
    partner.tell(&format!(
        "payment {} over {} USD less {}: {} are paid",
        text(&payment["payment_id"]),
        text(&payment["amount"]),
        text(&payment["discount"]),
        text(&payment["amount_paid"])
    ));
    partner.hear(&[BookingNotification]).await?;
    let change = format!("{BOOKING}/bookings/{code}/{second}?performed_by_user=jo");
    let moved = partner.call("PUT", &change, Some(body), 200).await?;
    partner.hear(&[BookingNotification]).await?;
    Ok(text(&moved["data"]["booking_id"]))
}

async fn be_proctored(partner: &mut Partner<'_>, code: &str) -> Result<(), Failure> {
    partner.chapter("6. Proctoring: Jo is watched, and the recording is reviewed");
    let wanted = json!({
        "booking_code": code, "exam_url": "https://exam.example/start", "duration": 150, "rules": { "calculator": true },
    });
    let session = partner.call("POST", PROCTORING, Some(wanted), 201).await?;
    let id = text(&session["session_id"]);
    partner.tell("Jo opens the launch URL, and checks in");
    partner.elsewhere("POST", &format!("/STORY001/proctoring/sessions/{id}/check_in"), None).await?;
    for event in ["started", "submitted"] {
        let report = Some(json!({ "event": event }));
        partner.call("POST", &format!("{PROCTORING}/{id}/events"), report, 201).await?;
    }
    let comment = json!({ "source": "WEBCAM", "comment": "A cat", "event_start": 725, "event_finish": 731 });
    let review = json!({ "review_status": "CLEAN", "overall_comment": "Only a cat.", "comments": [comment] });
    partner.elsewhere("POST", &format!("/STORY001/proctoring/sessions/{id}/review"), Some(review)).await?;
    partner.hear(&[ProctoringResults, ProctoringResultsNotification]).await
}

async fn get_the_result(partner: &mut Partner<'_>, code: &str) -> Result<(), Failure> {
    partner.chapter("7. Assessment Results: the test driver reports that Jo has passed");
    let results = "/assessmentResultService/1.0.0";
    let passed = json!({ "result": "PASS", "score": "87" });
    partner.call("PUT", &format!("{results}/bookings/{code}/results"), Some(passed), 200).await?;
    partner.hear(&[BookingNotification, AssessmentResults, AssessmentResultsNotification]).await?;
    let path = format!("{results}/accounts/STORY001/results/{code}");
    let result = partner.call("GET", &path, None, 200).await?;
    expect("the result", &result["result"], "PASS")?;
    let records = partner.call("GET", &format!("{ELIGIBILITY}/candidates/C-1001"), None, 200).await?;
    expect("the status", &records[0]["status"], "CSS5")?;
    partner.tell(&format!("Jo's record is CSS5, completed, with {} points", text(&result["score"])));
    Ok(())
}
