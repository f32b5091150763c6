//! `receive`: what the sandbox sends is verified, counted once, put in order and kept; failures come as they are told.

use std::net::TcpListener;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{DEMO_SECRET, Partner};
use crate::action::{text, until};
use crate::cli::{file, run};
use crate::server::{Account, Server, command, folder};

const OTHER: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// An account whose notifications go to the partner, signed with the demo account's secret.
async fn account<'a>(server: &'a Server, partner: &Partner, more: Value) -> Account<'a> {
    let account = server.account(json!({ "account": { "signing_secret": DEMO_SECRET } })).await;
    account.subscribe(&partner.url(), more).await;
    account
}

/// Sends every delivery of the account again.
async fn resend_all(account: &Account<'_>) {
    for delivery in account.deliveries().await {
        account.resend(text(&delivery, "id")).await.expect(200);
    }
}

#[actix_web::test]
async fn what_the_sandbox_sends_becomes_a_record_and_a_duplicate_changes_nothing() {
    let (server, partner) = (Server::shared(), Partner::start(&[]));
    let account = account(&server, &partner, json!({})).await;
    let booking = account.booked("C1").await;
    let moved = account.booking(text(&booking, "booking_code"), "reschedule").await.expect(200);
    account.wait_for(2, "delivered").await;
    resend_all(&account).await;
    until("the duplicates arrive", async || partner.state().await["duplicates"] == 2).await;
    let state = partner.state().await;
    assert_eq!((&state["accepted"], &state["refused"], &state["out_of_order"]), (&json!(2), &json!(0), &json!(0)));
    let record = &state["records"][0];
    assert_eq!((text(record, "candidate_id"), text(record, "exam_code")), ("C1", "EXAM1"));
    assert_eq!(text(record, "booking_code"), text(&moved, "booking_code"));
    assert_eq!(text(record, "change_reason"), "BOOKING_RESCHEDULED");
    assert_eq!((&record["events"], &record["duplicates"]), (&json!(2), &json!(2)));
    assert_eq!(state["events"].as_array().unwrap().len(), 2);
    let attempts = account.attempts(text(&account.deliveries().await[0], "id")).await;
    assert_eq!(text(&attempts[0], "response_body"), json!({ "booking_code": booking["booking_code"] }).to_string());
    let page = partner.get("/").await;
    assert!(page.header("content-type").starts_with("text/html") && page.text.contains("fetch('state')"));
    assert!(!page.text.contains("http:") && !page.text.contains("https:"), "the page needs something from elsewhere");
    assert_eq!(partner.get("/state?candidate_id=C2").await.expect(200)["records"], json!([]));
    assert_eq!(partner.get("/other").await.status, 404);
}

#[actix_web::test]
async fn an_event_that_failed_and_comes_late_does_not_overwrite_the_newer_one() {
    let (server, partner) = (Server::shared(), Partner::start(&["--fail", "1"]));
    let account = account(&server, &partner, json!({})).await;
    let booking = account.booked("C1").await;
    account.wait_for(1, "failed").await;
    let moved = account.booking(text(&booking, "booking_code"), "reschedule").await.expect(200);
    account.wait_for(1, "delivered").await;
    account.control(Method::POST, "/error-queue/resend", Some(json!({}))).await.expect(200);
    account.wait_for(2, "delivered").await;
    let state = partner.state().await;
    assert_eq!((&state["scripted"], &state["accepted"], &state["out_of_order"]), (&json!(1), &json!(2), &json!(1)));
    assert_eq!(text(&state["records"][0], "booking_code"), text(&moved, "booking_code"));
    let outcomes: Vec<_> = state["events"].as_array().unwrap().iter().map(|event| text(event, "outcome")).collect();
    assert_eq!(outcomes, ["accepted", "out_of_order"]);
}

#[actix_web::test]
async fn failures_are_played_as_they_are_scripted() {
    // Of two closes the first ends the kept connection, and the call is made again; the second ends the fresh one.
    let (server, mut partner) = (Server::shared(), Partner::start(&["--script", "503,close,close,hang,204,200"]));
    let account = account(&server, &partner, json!({ "timeout": "500ms" })).await;
    for candidate in ["C1", "C2", "C3", "C4"] {
        account.booked(candidate).await;
        let failed = account.deliveries().await.len();
        account.wait_for(failed, "failed").await;
    }
    account.booked("C5").await;
    account.wait_for(1, "delivered").await;
    let mut last = Vec::new();
    for delivery in account.deliveries().await {
        let attempts = account.attempts(text(&delivery, "id")).await;
        last.push(attempts[0]["status"].clone());
    }
    assert_eq!(last, [json!(503), Value::Null, Value::Null, json!(204), json!(200)]);
    // A 204 has its effect, and is a failure for Atlas all the same.
    let state = partner.state().await;
    assert_eq!((&state["scripted"], &state["accepted"]), (&json!(4), &json!(2)));
    assert_eq!(partner.stop("TERM"), Some(0));
    let printed = partner.printed();
    for line in
        ["503 scripted", "  - scripted", "204 accepted     BOOKING_CREATED  C4", "200 accepted     BOOKING_CREATED  C5"]
    {
        assert!(printed.contains(line), "{line}: {printed}");
    }
    assert!(printed.ends_with("refused 0, scripted failures 4\n"), "{printed}");
}

#[actix_web::test]
async fn a_status_without_a_count_is_for_every_call_and_a_delay_for_every_answer() {
    let (server, always) = (Server::shared(), Partner::start(&["--status", "410"]));
    let slow = Partner::start(&["--delay", "5s"]);
    let account = account(&server, &always, json!({})).await;
    for candidate in ["C1", "C2"] {
        account.booked(candidate).await;
    }
    account.wait_for(2, "failed").await;
    assert_eq!(always.state().await["scripted"], 2);
    account.subscribe(&slow.url(), json!({ "timeout": "300ms" })).await;
    account.booked("C3").await;
    account.wait_for(3, "failed").await;
    // It was taken; only the answer came too late.
    assert_eq!(slow.state().await["accepted"], 1);
}

#[actix_web::test]
async fn what_was_stored_is_known_after_a_restart() {
    let store = folder("store").join("notifications.jsonl");
    let store = store.to_str().unwrap();
    let server = Server::shared();
    let mut first = Partner::start(&["--store", store]);
    let account = account(&server, &first, json!({})).await;
    account.booked("C1").await;
    account.wait_for(1, "delivered").await;
    let before = first.state().await;
    assert_eq!(first.stop("INT"), Some(0));
    let lines = std::fs::read_to_string(store).unwrap();
    let line: Value = serde_json::from_str(lines.trim_end()).expect("one line");
    assert_eq!(text(&line["body"], "candidate_id"), "C1");
    let second = Partner::start(&["--store", store]);
    assert_eq!(second.state().await["records"], before["records"]);
    account.subscribe(&second.url(), json!({})).await;
    resend_all(&account).await;
    until("the duplicate arrives", async || second.state().await["duplicates"] == 1).await;
    assert_eq!(second.state().await["records"][0]["events"], 1);
    assert_eq!(std::fs::read_to_string(store).unwrap(), lines);
    let broken = file("broken.jsonl", "{\"id\": 5}\n");
    for (store, code) in [(broken.as_str(), 2), ("/nowhere/store", 3)] {
        let ended = run(&mut command(&["receive", "--listen", "127.0.0.1:0", "--store", store]));
        assert_eq!(ended.code, Some(code), "{}", ended.stderr);
        assert!(ended.stderr.contains(store), "{}", ended.stderr);
    }
}

#[actix_web::test]
async fn it_ends_when_it_has_what_it_waits_for_and_not_before() {
    let server = Server::shared();
    let mut partner = Partner::start(&["--count", "2", "--timeout", "60s", "--format", "json"]);
    let account = account(&server, &partner, json!({})).await;
    account.booked("C1").await;
    account.wait_for(1, "delivered").await;
    resend_all(&account).await;
    until("the duplicate arrives", async || partner.state().await["duplicates"] == 1).await;
    account.booked("C2").await;
    // The last one is answered as well.
    account.wait_for(2, "delivered").await;
    assert_eq!(partner.wait_for_end(), Some(0), "{}", partner.said());
    let printed = partner.printed();
    let lines: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let outcomes: Vec<_> = lines.iter().map(|line| text(line, "outcome")).collect();
    assert_eq!(outcomes, ["accepted", "duplicate", "accepted"]);
    assert_eq!((text(&lines[2], "candidate_id"), &lines[2]["status"]), ("C2", &json!(200)));

    let mut in_vain = Partner::start(&["--count", "1", "--timeout", "100ms"]);
    assert_eq!(in_vain.wait_for_end(), Some(1));
    assert!(in_vain.said().contains("0 of 1 notifications"), "{}", in_vain.said());
    let mut interrupted = Partner::start(&["--count", "1"]);
    assert_eq!(interrupted.stop("INT"), Some(1));
}

#[actix_web::test]
async fn both_secrets_of_a_rotation_are_known_and_no_other_is() {
    let server = Server::shared();
    let both = format!("{OTHER},{DEMO_SECRET}");
    let (rotating, stranger) = (Partner::start(&["--secret", &both]), Partner::start(&["--secret", OTHER]));
    let account = account(&server, &rotating, json!({})).await;
    account.booked("C1").await;
    account.wait_for(1, "delivered").await;
    account.subscribe(&stranger.url(), json!({})).await;
    account.booked("C2").await;
    account.wait_for(1, "failed").await;
    let state = stranger.state().await;
    assert_eq!((&state["refused_by_status"], &state["records"]), (&json!({ "401": 1 }), &json!([])));
}

#[test]
fn wrong_usage_is_exit_2_and_a_port_that_is_taken_exit_3() {
    for (flags, word) in [
        (vec!["ATLAS_SANDBOX_SECRET=s3cret"], "ATLAS_SANDBOX_SECRET: expected whsec_"),
        (vec!["--secret", ""], "secret"),
        (vec!["--secret-file", "/nowhere"], "/nowhere"),
        (vec!["--script", "500,maybe"], "maybe"),
        (vec!["ATLAS_SANDBOX_SCRIPT=500", "--fail", "1"], "ATLAS_SANDBOX_SCRIPT"),
        (vec!["--status", "99"], "99"),
        (vec!["--timeout", "1s"], "count"),
        (vec!["ATLAS_SANDBOX_COUNT=0"], "ATLAS_SANDBOX_COUNT: expected 1 or more, got 0"),
        (vec!["ATLAS_SANDBOX_FORMAT=xml"], "ATLAS_SANDBOX_FORMAT: expected text or json, got \"xml\""),
        (vec!["--delay", "long"], "delay"),
        (vec!["--listen", "here"], "listen"),
    ] {
        let (variables, flags): (Vec<_>, Vec<_>) = flags.into_iter().partition(|flag| flag.starts_with("ATLAS"));
        let variables = variables.into_iter().filter_map(|variable| variable.split_once('='));
        let ended = run(command(&["receive"]).args(&flags).envs(variables));
        assert_eq!(ended.code, Some(2), "{flags:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(word) && !ended.stderr.contains("s3cret"), "{flags:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, "", "{flags:?}");
    }
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = run(command(&["receive"]).env("ATLAS_SANDBOX_LISTEN", &address));
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(ended.stderr.contains(&address), "{}", ended.stderr);
    let config = file("receive.yaml", "script: \"500\"\nfail: 1\n");
    let ended = run(&mut command(&["receive", "--config", &config]));
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("script contradicts fail"), "{}", ended.stderr);
}

#[actix_web::test]
async fn a_refusal_is_told_with_its_reason() {
    let partner = Partner::start(&[]);
    #[allow(clippy::disallowed_methods, reason = "a client of the test's own")]
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let webhook = standardwebhooks::Webhook::new(DEMO_SECRET).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs().cast_signed();
    let send = async |body: Vec<u8>, method: Method, kind: &str| {
        let signature = webhook.sign("msg_1", now, &body).unwrap();
        let request = client.request(method, partner.url()).header("content-type", kind).header("webhook-id", "msg_1");
        let request = request.header("webhook-timestamp", now.to_string()).header("webhook-signature", signature);
        crate::server::send(request.body(body)).await
    };
    for (body, kind, status, word) in [
        (b"{\"booking_code\": \"B1\"}".to_vec(), "application/json", 400, "is missing"),
        (b"{".to_vec(), "application/json; charset=utf-8", 400, "not JSON"),
        (b"{}".to_vec(), "text/json", 415, "content-type"),
        (vec![b' '; (2 << 20) + 1], "application/json", 413, ""),
    ] {
        let answer = send(body, Method::PUT, kind).await;
        assert!(answer.refused(status).contains(word), "{}", answer.text);
    }
    assert_eq!(send(b"{}".to_vec(), Method::DELETE, "application/json").await.status, 405);
    let state = partner.state().await;
    assert_eq!(state["refused_by_status"], json!({ "400": 2, "413": 1, "415": 1 }));
    assert_eq!(state["accepted"], 0);
}

#[actix_web::test]
async fn the_same_receiver_serves_a_test_of_ones_own() {
    use atlas_sandbox::partner::receiver::{Options, Receiver};
    let script = "500,200".parse().expect("a script");
    let options = Options { script, ..Options::new([DEMO_SECRET], atlas_sandbox::seconds) };
    let receiver = Receiver::start_with(options).expect("it starts");
    let server = Server::shared();
    let account = server.account(json!({ "account": { "signing_secret": DEMO_SECRET } })).await;
    account.subscribe(receiver.url(), json!({})).await;
    account.booked("C1").await;
    account.wait_for(1, "failed").await;
    assert_eq!(receiver.wait(0, Duration::ZERO).await.len(), 0);
    account.booked("C2").await;
    let received = receiver.wait(1, Duration::from_secs(20)).await;
    assert_eq!(text(&received[0].body, "candidate_id"), "C2");
    assert_eq!(serde_json::from_slice::<Value>(&received[0].raw).expect("JSON"), received[0].body);
    account.control(Method::POST, "/error-queue/resend", Some(json!({}))).await.expect(200);
    assert_eq!(receiver.wait(2, Duration::from_secs(20)).await.len(), 2);
    assert_eq!(receiver.state(Some("C1")).records[0].newest.candidate_id, "C1");
    receiver.play("close,close".parse().expect("a script"));
    account.booked("C3").await;
    account.wait("for=delivery&status=failed&candidate_id=C3").await;
    assert_eq!(receiver.counts().scripted, 3);
    receiver.stop().await;
}

/// `script` gives the command a terminal, as no pipe is.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_a_table_without_colour_where_there_should_be_none() {
    for (no_colour, term, has_table, is_bold) in
        [("", "xterm", true, true), ("1", "xterm", true, false), ("", "dumb", false, false)]
    {
        let command = format!("{} receive --listen 127.0.0.1:0 --count 1 --timeout 200ms", crate::server::binary());
        let mut script = std::process::Command::new("script");
        script.args(["--quiet", "--return", "--command", &command, "/dev/null"]);
        let ended = run(script.env("NO_COLOR", no_colour).env("TERM", term).env("SHELL", "/bin/sh"));
        assert_eq!(ended.code, Some(1), "{}", ended.stdout);
        assert_eq!(ended.stdout.contains("CANDIDATE"), has_table, "{term}: {}", ended.stdout);
        assert_eq!(ended.stdout.contains("\x1b[1mCANDIDATE"), is_bold, "{no_colour:?}: {}", ended.stdout);
    }
}
