//! `probe`: full marks for a sound receiver, and for a careless one exactly those it deserves.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use actix_web::web::{self, Bytes, Data, PayloadConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde_json::{Value, json};

use super::{DEMO_SECRET, Partner};
use crate::cli::{Ended, run};
use crate::receiver::{BlackHole, Raw, Receiver, Reply, nowhere, reply};
use crate::server::{command, folder};

const OTHER: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
// Source: RFC 8032 §7.1, test 2.
const PRIVATE: &str = "whsk_TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=";
const PUBLIC: &str = "whpk_PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=";

#[track_caller]
fn probe(target: &str, flags: &[&str]) -> Ended {
    run(command(&["probe", "--target", target]).args(flags))
}

fn card(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", ended.stdout, ended.stderr))
}

/// The names of the cases that failed.
fn failed(card: &Value) -> Vec<&str> {
    let cases = card["cases"].as_array().expect("cases");
    cases.iter().filter(|case| case["passed"] == false).map(|case| case["case"].as_str().expect("a name")).collect()
}

/// Takes everything, checks nothing; counts what comes and believes the last word.
struct Naive(Mutex<BTreeMap<String, (u64, String)>>);

impl Naive {
    fn start() -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let desk = Data::new(Self(Mutex::default()));
        let server = HttpServer::new(move || {
            let limit = PayloadConfig::new(4 << 20);
            App::new().app_data(desk.clone()).app_data(limit).default_service(web::to(naive))
        });
        tokio::spawn(server.workers(1).disable_signals().listen(listener).expect("it listens").run());
        url
    }
}

async fn naive(request: HttpRequest, desk: Data<Naive>, body: Bytes) -> HttpResponse {
    let mut known = desk.0.lock().expect("what is known");
    if request.method() == "GET" {
        let record = |(id, (events, code)): (&String, &(u64, String))| json!({ "candidate_id": id, "booking_code": code, "events": events });
        return HttpResponse::Ok().json(json!({ "records": known.iter().map(record).collect::<Vec<_>>() }));
    }
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    let text = |name: &str| body[name].as_str().expect("a text").to_owned();
    let record = known.entry(text("candidate_id")).or_default();
    *record = (record.0 + 1, text("booking_code"));
    HttpResponse::Ok().finish()
}

#[test]
fn the_reference_partner_gets_full_marks_under_every_scheme() {
    let secrets = [DEMO_SECRET, OTHER, PUBLIC].join(",");
    let mut partner = Partner::start(&["--secret", &secrets]);
    for flags in [
        vec![],
        vec!["--method", "POST", "--old-secret", OTHER],
        vec!["--signing", "ed25519", "--secret", PRIVATE],
        vec!["--signing", "http-message-signatures", "--old-secret", OTHER],
        vec!["--signing", "http-message-signatures", "--secret", PRIVATE],
    ] {
        let url = format!("{}?from=probe", partner.url());
        let ended = probe(&url, &[flags.as_slice(), &["--format", "json"]].concat());
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{flags:?}: {}", ended.stdout);
        let card = card(&ended);
        assert_eq!((&card["passed"], &card["failed"], &card["effect_not_checked"]), (&json!(14), &json!(0), &json!(0)));
        let cases = card["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 14);
        assert!(cases.iter().all(|case| case["effect_checked"] == true && case.get("hint").is_none()), "{card}");
    }
    let text = probe(&partner.url(), &[]);
    assert_eq!((text.code, text.stderr.as_str()), (Some(0), ""));
    assert_eq!(text.stdout.matches("pass  ").count(), 14, "{}", text.stdout);
    assert!(text.stdout.ends_with("14 of 14 passed\n") && !text.stdout.contains('\x1b'), "{}", text.stdout);
    assert_eq!(partner.stop("TERM"), Some(0));
}

#[test]
fn over_https_it_believes_the_machines_authorities() {
    let files = folder("probe");
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
    let write = |name: &str, text: &str| {
        let path = files.join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("UTF-8").to_owned()
    };
    let (cert, key) = (write("cert.pem", &made.cert.pem()), write("key.pem", &made.signing_key.serialize_pem()));
    let partner = Partner::start(&["--tls-cert", &cert, "--tls-key", &key]);
    let url = partner.url().replace("http:", "https:");
    assert!(partner.said().contains(&url), "{}", partner.said());
    for scheme in ["standard-webhooks", "http-message-signatures"] {
        let mut believing = command(&["probe", "--target", &url, "--signing", scheme]);
        let ended = run(believing.env("SSL_CERT_FILE", &cert));
        assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    }
    assert_eq!(probe(&url, &[]).code, Some(3));
    let alone = run(&mut command(&["receive", "--tls-cert", &cert]));
    assert_eq!(alone.code, Some(2));
    assert!(alone.stderr.contains("tls-cert needs tls-key"), "{}", alone.stderr);
}

#[actix_web::test]
async fn a_receiver_that_takes_everything_gets_the_marks_it_deserves() {
    let url = Naive::start();
    let state = url.replace("hook", "known");
    let ended = web::block(move || probe(&url, &["--state-url", &state, "--format", "json"])).await.unwrap();
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("9 of 14 cases failed"), "{}", ended.stderr);
    let card = card(&ended);
    assert_eq!(
        failed(&card),
        [
            "duplicate",
            "stale-timestamp",
            "future-timestamp",
            "wrong-key",
            "altered-body",
            "re-serialised-body",
            "missing-signature",
            "out-of-order",
            "wrong-content-type"
        ]
    );
    let said = |name: &str| {
        let case = card["cases"].as_array().unwrap().iter().find(|case| case["case"] == name).unwrap();
        assert!(case["hint"].as_str().is_some_and(|hint| !hint.contains('\n')), "{case}");
        case["answered"].as_str().unwrap().to_owned()
    };
    assert_eq!(said("duplicate"), "200, 200; its state counts it 2 times");
    assert_eq!(said("out-of-order"), "200, 200; the older event overwrote the newer one in its state");
    assert_eq!(said("wrong-key"), "200");
}

#[actix_web::test]
async fn what_a_status_cannot_tell_is_said_to_be_unchecked() {
    let url = Naive::start();
    let flags = ["--case", "duplicate", "--case", "out-of-order", "--case", "valid"];
    let (ended, text) =
        web::block(move || (probe(&url, &[&flags[..], &["--format", "json"]].concat()), probe(&url, &flags)))
            .await
            .unwrap();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let card = card(&ended);
    assert_eq!((&card["passed"], &card["effect_not_checked"]), (&json!(3), &json!(2)));
    assert!(card["cases"].as_array().unwrap().iter().all(|case| case["effect_checked"] == false));
    assert_eq!(text.stdout.matches("passed by status; effect not checked").count(), 2, "{}", text.stdout);
    assert!(text.stdout.contains("--state-url"), "{}", text.stdout);
}

#[test]
fn a_receiver_that_refuses_or_never_answers_fails_and_one_that_is_down_is_exit_3() {
    let refusing = Raw::answers("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let ended = probe(&refusing.url, &["--case", "valid,stale-timestamp,1-mib-body", "--format", "json"]);
    assert_eq!((ended.code, failed(&card(&ended))), (Some(1), vec!["valid", "1-mib-body"]));
    let hole = BlackHole::open();
    let ended = probe(&hole.url, &["--case", "valid", "--timeout", "200ms"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stdout.contains("no answer in time") && ended.stdout.contains("fix: "), "{}", ended.stdout);
    let nobody = nowhere();
    let ended = probe(&nobody, &[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""));
    assert!(ended.stderr.contains(&nobody), "{}", ended.stderr);
    assert_eq!(probe(&refusing.url, &["--state-url", &nobody]).code, Some(3));
}

#[test]
fn wrong_usage_is_exit_2_and_repeats_no_secret() {
    for (flags, word) in [
        (vec![], "target"),
        (vec!["--target", "localhost:9090"], "target"),
        (vec!["--target", "http://h/", "--secret", "s3cret"], "secret"),
        (vec!["--target", "http://h/", "--old-secret", "s3cret"], "old-secret"),
        (vec!["--target", "http://h/", "--old-secret", DEMO_SECRET], "old-secret"),
        (vec!["--target", "http://h/", "--signing", "ed25519"], "whsk_"),
        (vec!["--target", "http://h/", "--signing", "rot13"], "signing"),
        (vec!["--target", "http://h/", "ATLAS_SANDBOX_AUTH=s3cret"], "ATLAS_SANDBOX_AUTH: expected none, basic:"),
        (vec!["--target", "http://h/", "ATLAS_SANDBOX_METHOD=GET"], "ATLAS_SANDBOX_METHOD: expected PUT or POST"),
        (vec!["--target", "http://h/", "--case", "odd"], "old-key-in-rotation"),
        (vec!["--target", "http://h/", "--timeout", "0s"], "timeout"),
        (vec!["--target", "http://h/", "--format", "xml"], "format"),
        (vec!["--target", "http://h/", "--state-url", "here"], "state-url"),
        (vec!["--target", "http://h/", "--secret-file", "/nowhere"], "/nowhere"),
    ] {
        let (variables, flags): (Vec<_>, Vec<_>) = flags.into_iter().partition(|flag| flag.starts_with("ATLAS"));
        let variables = variables.into_iter().filter_map(|variable| variable.split_once('='));
        let ended = run(command(&["probe"]).args(&flags).envs(variables));
        assert_eq!(ended.code, Some(2), "{flags:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(word) && !ended.stderr.contains("s3cret"), "{flags:?}: {}", ended.stderr);
        assert!(!ended.stderr.contains("notification-"), "{}", ended.stderr);
    }
    let misspelt = run(command(&["probe", "--target", "http://h/"]).env("ATLAS_SANDBOX_SECRETS", "x"));
    assert_eq!(misspelt.code, Some(2));
    assert!(misspelt.stderr.contains("ATLAS_SANDBOX_SECRETS"), "{}", misspelt.stderr);
}

#[actix_web::test]
async fn the_receiver_is_authenticated_to() {
    for (auth, header, value) in [
        ("basic:u:p:q", "authorization", "Basic dTpwOnE="),
        ("basic:u:", "authorization", "Basic dTo="),
        ("bearer:a:b.c", "authorization", "Bearer a:b.c"),
        ("header:X-Key:a:b c", "x-key", "a:b c"),
        ("none", "authorization", ""),
    ] {
        let mut receiver = Receiver::start();
        receiver.ignore_rest();
        let url = receiver.url.clone();
        let ended = web::block(move || probe(&url, &["--case", "valid", "--auth", auth])).await.unwrap();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        // The first asks for a state, in vain.
        assert_eq!(receiver.next().await.method, "GET");
        assert_eq!(receiver.next().await.header(header), value, "{auth}");
    }
}

#[actix_web::test]
async fn an_oauth2_token_is_fetched_and_shown() {
    let (endpoint, mut receiver) = (Receiver::start(), Receiver::start());
    let grant = r#"{"access_token":"a-t0ken","token_type":"Bearer","expires_in":3600}"#;
    endpoint.answers([Reply { body: grant, ..reply(200) }, reply(401)]);
    receiver.ignore_rest();
    let (url, auth) = (receiver.url.clone(), format!("oauth2:me:s3cret@{}", endpoint.url));
    let ended = web::block(move || {
        let flags = ["--case", "valid", "--auth", &auth];
        (probe(&url, &flags), probe(&url, &flags))
    });
    let (granted, refused) = ended.await.unwrap();
    assert_eq!(granted.code, Some(0), "{}", granted.stderr);
    let asked = endpoint.next().await;
    assert_eq!((asked.method.as_str(), asked.header("authorization")), ("POST", "Basic bWU6czNjcmV0"));
    assert_eq!(String::from_utf8_lossy(&asked.body), "grant_type=client_credentials");
    // The first asks for a state, in vain.
    for expected in [("GET", ""), ("PUT", "Bearer a-t0ken")] {
        let call = receiver.next().await;
        assert_eq!((call.method.as_str(), call.header("authorization")), expected);
    }
    assert_eq!((endpoint.next().await.method.as_str(), refused.code, receiver.unread()), ("POST", Some(3), 0));
    assert!(refused.stderr.contains("401") && !refused.stderr.contains("s3cret"), "{}", refused.stderr);
    assert!(run(&mut command(&["probe", "--help"])).stdout.contains("oauth2:CLIENT:SECRET@URL"));
}

#[test]
fn the_junit_report_is_well_formed_and_tells_the_same() {
    let junit = folder("probe").join("probe.xml");
    let odd = Raw::answers("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let target = format!("{}?a=1&b=%3C2%3E", odd.url);
    let ended = probe(&target, &["--junit", junit.to_str().unwrap()]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let script = "import json, sys, xml.etree.ElementTree as tree\n\
        root = tree.parse(sys.argv[1]).getroot()\n\
        suite = root.find('testsuite')\n\
        cases = suite.findall('testcase')\n\
        print(json.dumps({'root': root.tag, 'name': suite.get('name'), 'tests': suite.get('tests'),\n\
            'failures': suite.get('failures'), 'cases': [case.get('name') for case in cases],\n\
            'failed': [case.get('name') for case in cases if case.find('failure') is not None],\n\
            'messages': [case.find('failure').get('message') for case in cases if case.find('failure') is not None]}))";
    let read = Command::new("python3").args(["-c", script]).arg(&junit).stderr(Stdio::inherit()).output().unwrap();
    let report: Value = serde_json::from_slice(&read.stdout).expect("well-formed XML");
    assert_eq!(
        (&report["root"], &report["tests"], &report["failures"]),
        (&json!("testsuites"), &json!("14"), &json!("7"))
    );
    assert!(report["name"].as_str().unwrap().contains("?a=1&b=%3C2%3E"), "{report}");
    assert_eq!(report["cases"].as_array().unwrap().len(), 14);
    assert_eq!(report["cases"][12], "1 MiB body");
    assert_eq!(report["failed"][0], "stale timestamp");
    assert_eq!(report["messages"][0], "expected 401 (or 400, 403), got 200");
    assert_eq!(probe(&odd.url, &["--case", "valid", "--junit", "/nowhere/x.xml"]).code, Some(3));
}

#[test]
fn settings_come_from_the_environment_and_a_file_as_well() {
    let partner = Partner::start(&["--secret", OTHER]);
    let config =
        crate::cli::file("probe.yaml", &format!("secret: {DEMO_SECRET}\ncase: [valid, wrong-key]\nformat: json\n"));
    let mut from_file = command(&["probe", "--config", &config]);
    let ended = run(from_file.env("ATLAS_SANDBOX_TARGET", partner.url()).env("ATLAS_SANDBOX_SECRET", OTHER));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(card(&ended)["passed"], 2);
    let wrong = run(&mut command(&["probe", "--config", &crate::cli::file("wrong.yaml", "targets: x\n")]));
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("targets"), "{}", wrong.stderr);
}
