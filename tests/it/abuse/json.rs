//! A bounded fuzz target: whatever JSON a service is sent.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use serde_json::{Value, json};

use super::{assert_alive, request, runner, writers};
use crate::server::Server;
use crate::socket::raw;

/// A JSON value of any shape, its members often named as the models' are.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,30}".prop_map(Value::from),
        prop_oneof![
            Just("EXAM1"),
            Just("EXAM2-P1"),
            Just("PASS"),
            Just("2026-03-01"),
            Just("SAVE10"),
            Just("C1"),
            Just("")
        ]
        .prop_map(Value::from),
    ];
    let name = prop_oneof![
        Just("candidate".to_owned()),
        Just("candidate_id".to_owned()),
        Just("first_name".to_owned()),
        Just("last_name".to_owned()),
        Just("test_code".to_owned()),
        Just("portion_codes".to_owned()),
        Just("voucher_codes".to_owned()),
        Just("additional_attributes".to_owned()),
        Just("special_accommodations".to_owned()),
        Just("key".to_owned()),
        Just("schedule_start_date".to_owned()),
        Just("eligibility_end_date".to_owned()),
        Just("result".to_owned()),
        Just("score".to_owned()),
        ".{0,10}",
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((name.clone(), inner), 0..8).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

#[actix_web::test]
async fn a_service_answers_any_json_in_the_error_model_and_never_with_a_500() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    account.eligible("C1", "EXAM1").await;
    let token = format!("Bearer {}", account.token);
    let places = writers(&account).map(|(_, method, path)| (method.to_string(), path));
    let strategy = (proptest::sample::select(places.to_vec()), json_value());
    runner(300)
        .run(&strategy, |((method, path), body)| {
            let headers = [("authorization", token.as_bytes())];
            let (status, text) = raw(&server, request(&method, path.as_bytes(), &headers, body.to_string().as_bytes()));
            proptest::prop_assert!([201, 204, 400].contains(&status), "{} {}", status, text);
            if status == 400 {
                let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
                let error: Value = serde_json::from_str(body).unwrap_or_default();
                proptest::prop_assert!(error["error"] == "Bad Request", "{}", text);
                proptest::prop_assert!(error["error_description"].as_str().is_some_and(|t| !t.is_empty()), "{}", text);
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}\n{}", server.log()));
    assert_alive(&account).await;
}
