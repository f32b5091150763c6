//! Settings in their layers, refused or obeyed.

use reqwest::Method;
use serde_json::{Value, json};

use super::{SECRET, file, run};
use crate::action::text;
use crate::receiver::Receiver;
use crate::server::{Server, command, eligibility, send};

async fn demo_clock(server: &Server) -> String {
    let face = server.control(Method::GET, "/accounts/DEMO0001/clock", None).await.expect(200);
    if face["frozen"] == true { text(&face, "instant").to_owned() } else { "runs".to_owned() }
}

#[actix_web::test]
async fn a_flag_wins_over_the_environment_over_the_file_over_the_default() {
    let config = file("config.yaml", "clock: 2003-01-01T00:00:00Z\nno-demo: false\n");
    let (flag, variable) = ("2001-01-01T00:00:00Z", "2002-01-01T00:00:00Z");
    for (has_flag, has_variable, has_file, expected) in [
        (true, true, true, "2001-01-01T00:00:00.000Z"),
        (true, true, false, "2001-01-01T00:00:00.000Z"),
        (true, false, true, "2001-01-01T00:00:00.000Z"),
        (false, true, true, "2002-01-01T00:00:00.000Z"),
        (false, true, false, "2002-01-01T00:00:00.000Z"),
        (false, false, true, "2003-01-01T00:00:00.000Z"),
        (false, false, false, "runs"),
    ] {
        let flags = [has_flag.then_some(["--clock", flag]), has_file.then_some(["--config", config.as_str()])];
        let variables = has_variable.then_some(("ATLAS_SANDBOX_CLOCK", variable));
        let flags = flags.into_iter().flatten().flatten().collect::<Vec<_>>();
        let server = Server::start_in(&flags, variables.as_slice());
        assert_eq!(demo_clock(&server).await, expected, "{flags:?} {variables:?}");
    }
}

#[actix_web::test]
async fn a_switch_can_be_turned_off_again_by_a_higher_layer() {
    let config = file("config.yaml", "no-demo: true\n");
    for (flags, variables, exists) in [
        (vec!["--config", &config], vec![], false),
        (vec!["--config", &config], vec![("ATLAS_SANDBOX_NO_DEMO", "false")], true),
        (vec!["--config", &config, "--no-demo=false"], vec![("ATLAS_SANDBOX_NO_DEMO", "true")], true),
        (vec!["--no-demo"], vec![("ATLAS_SANDBOX_NO_DEMO", "false")], false),
        (vec![], vec![("ATLAS_SANDBOX_NO_DEMO", "true")], false),
        (vec![], vec![("ATLAS_SANDBOX_CONFIG", config.as_str())], false),
    ] {
        let server = Server::start_in(&flags, &variables);
        let status = server.control(Method::GET, "/accounts/DEMO0001", None).await.status;
        assert_eq!(status == 200, exists, "{flags:?} {variables:?}");
    }
}

#[test]
fn an_unknown_or_contradictory_setting_refuses_to_start() {
    let unknown = file("unknown.yaml", "seed: 1\njournal: 5\n");
    let wrong = file("wrong.yaml", "seed: many\n");
    let open = file("open.yaml", "admin-open: true\n");
    let secret = file("secret", SECRET);
    let json_file = file("config.json", "{\"lint\": 5}");
    for (flags, variables, word) in [
        (vec!["--colour"], vec![], "--colour"),
        (vec![], vec![("ATLAS_SANDBOX_JOURNAL", "5")], "ATLAS_SANDBOX_JOURNAL: no such setting"),
        (vec![], vec![("ATLAS_SANDBOX_SEED", "many")], "many"),
        (vec!["--config", &unknown], vec![], "unknown.yaml:2"),
        (vec!["--config", &wrong], vec![], "wrong.yaml:1"),
        (vec!["--config", &json_file], vec![], "config.json:1"),
        (vec!["--config", "/nowhere.yaml"], vec![], "/nowhere.yaml"),
        (vec!["--admin-open", "--admin-token", "t"], vec![], "admin-open and admin-token"),
        (vec!["--config", &open, "--admin-token", "t"], vec![], "admin-open and admin-token"),
        (vec!["--admin-open"], vec![("ATLAS_SANDBOX_ADMIN_TOKEN", "t")], "admin-open and admin-token"),
        (vec!["--no-demo", "--static-token", "t"], vec![], "static-token"),
        (vec!["--no-demo", "--allow-ip", "10.0.0.0/8"], vec![], "allow-ip"),
        (vec!["--notification-auth", "bearer:t"], vec![], "notification-url"),
        (vec!["--signing-secret", SECRET, "--signing-secret-file", &secret], vec![], "signing-secret"),
        (vec!["--signing-secret", SECRET], vec![("ATLAS_SANDBOX_SIGNING_SECRET_FILE", &secret)], "signing-secret"),
        (vec!["--signing-secret", "plain"], vec![], "signing-secret: expected whsec_"),
        (vec!["--signing-secret-file", "/nowhere"], vec![], "/nowhere"),
        (vec!["--admin-token-file", "/nowhere"], vec![], "/nowhere"),
        (vec!["--admin-token", ""], vec![], "admin-token"),
        (vec!["--notification-url", "ftp://h"], vec![], "notification-url"),
        (vec!["--notification-url", "http://h", "--notification-auth", "magic:x"], vec![], "notification-auth"),
        (vec!["--notification-url", "http://h", "--notification-auth", "basic"], vec![], "notification-auth"),
        (vec!["--notification-url", "http://h", "--notification-auth", "basic:user"], vec![], "notification-auth"),
        (vec!["--notification-url", "http://h", "--notification-auth", "bearer"], vec![], "notification-auth"),
        (vec!["--notification-url", "http://h", "--notification-auth", "bearer:"], vec![], "notification-auth"),
        (vec!["--notification-url", "http://h", "--notification-auth", "header:X-Key"], vec![], "notification-auth"),
        (vec!["--notification-url", "http://h", "--notification-auth", "oauth2:me:s"], vec![], "notification-auth"),
        (
            vec!["--notification-url", "http://h", "--notification-auth", "oauth2::s@http://h"],
            vec![],
            "notification-auth",
        ),
        (vec!["--notification-url", "http://h", "--notification-auth", "none:x"], vec![], "notification-auth"),
        (vec!["--lint", "loud"], vec![], "lint"),
        (vec!["--profile", "wso3"], vec![], "profile"),
        (vec!["--clock", "soon"], vec![], "clock"),
        (vec!["--workers", "0"], vec![], "workers"),
        (vec!["--journal-entries=-1"], vec![], "journal-entries"),
        (vec!["--grace", "long"], vec![], "grace"),
        (vec!["--log-format", "xml"], vec![], "log-format"),
        (vec!["--log-level", "loud"], vec![], "log-level"),
        (vec!["--allow-ip", "here"], vec![], "allow-ip"),
        (vec!["--fixtures", "/nowhere.yaml"], vec![], "/nowhere.yaml"),
        (vec!["--listen", "localhost"], vec![], "listen"),
    ] {
        for subcommand in [["serve"].as_slice(), &[]] {
            let mut command = command(subcommand);
            command.args(["--listen", "127.0.0.1:0"].iter().filter(|_| !flags.contains(&"--listen")));
            let ended = run(command.args(&flags).envs(variables.clone()));
            assert_eq!(ended.code, Some(2), "{flags:?} {variables:?}: {}", ended.stderr);
            assert!(ended.stderr.contains(word), "{flags:?} {variables:?}: {}", ended.stderr);
            assert_eq!(ended.stdout, "", "{flags:?} {variables:?}");
        }
    }
}

#[test]
fn a_secret_that_does_not_fit_is_not_printed() {
    for flag in ["--signing-secret", "--notification-auth"] {
        let ended =
            run(command(&["--listen", "127.0.0.1:0", flag, "bearer:s3cret"]).args(["--notification-url", "no"]));
        assert_eq!(ended.code, Some(2));
        assert!(!ended.stderr.contains("s3cret"), "{}", ended.stderr);
    }
}

#[actix_web::test]
async fn without_the_demo_account_there_is_no_account_at_all() {
    let server = Server::start_with(&["--no-demo"]);
    assert_eq!(server.control(Method::GET, "/accounts", None).await.expect(200)["items"], json!([]));
    let banner = server.log();
    assert!(banner.contains(&server.url) && !banner.contains("DEMO0001") && !banner.contains("demo"), "{banner}");
    let request = server.request(Method::GET, "/eligibilityService/1.0.0/accounts/DEMO0001/candidates/C1");
    assert_eq!(send(request.bearer_auth("demo-token")).await.status, 401);
}

#[actix_web::test]
async fn settings_reach_the_accounts_that_name_none() {
    let receiver = Receiver::start();
    let url = format!("{}?from=flag", receiver.url);
    let flags = ["--notification-url", &url, "--notification-auth", "basic:us:er:pa:ss", "--signing-secret", SECRET];
    let server = Server::start_with(&[flags.as_slice(), &["--static-token", "mine"]].concat());
    let create = server.request(Method::POST, "/eligibilityService/1.0.0/accounts/DEMO0001/candidates");
    let made = send(create.bearer_auth("mine").json(&eligibility("C1", "EXAM1"))).await.expect(201);
    let path = format!("/accounts/DEMO0001/eligibilities/{}/schedule", text(&made, "psi_eligiblity_id"));
    server.control(Method::POST, &path, None).await.expect(200);
    let account = server.account(json!({})).await;
    assert_eq!(account.made["signing_secret"], SECRET);
    account.booked("C1").await;
    for call in receiver.take(2).await {
        assert_eq!(call.target, "/notifications?from=flag");
        // us / er:pa:ss
        assert_eq!(call.header("authorization"), "Basic dXM6ZXI6cGE6c3M=");
        assert!(call.is_signed_with(SECRET));
    }
    let own = json!({ "account": { "signing_secret": "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
        "subscriptions": { "booking_notification": { "url": format!("{}?own", receiver.url) } } });
    server.account(own).await.booked("C1").await;
    let call = receiver.next().await;
    assert_eq!((call.target.as_str(), call.header("authorization")), ("/notifications?own", ""));
    assert!(!call.is_signed_with(SECRET));
}

#[actix_web::test]
async fn the_receiver_is_authenticated_to_in_every_form_of_the_flag() {
    let receiver = Receiver::start();
    for (auth, header, value) in [
        ("none", "authorization", ""),
        ("basic:u:", "authorization", "Basic dTo="),
        ("bearer:a:b.c", "authorization", "Bearer a:b.c"),
        ("header:X-Key:a:b c", "x-key", "a:b c"),
    ] {
        let server = Server::start_with(&["--notification-url", &receiver.url, "--notification-auth", auth]);
        server.account(json!({})).await.booked("C1").await;
        assert_eq!(receiver.next().await.header(header), value, "{auth}");
    }
}

#[actix_web::test]
async fn secrets_are_read_from_files() {
    let receiver = Receiver::start();
    let (secret, auth) = (file("signing", &format!("{SECRET}\n")), file("auth", "bearer:from-file\r\n"));
    let admin = file("admin", "let-me-in\n");
    let config = file("config.yaml", &format!("signing-secret-file: {secret}\nnotification-url: {}\n", receiver.url));
    let server = Server::start_in(
        &["--config", &config, "--notification-auth-file", &auth],
        &[("ATLAS_SANDBOX_ADMIN_TOKEN_FILE", &admin)],
    );
    server.control(Method::GET, "/accounts", None).await.problem(401);
    let control = |path: &str| server.request(Method::POST, &format!("/_sandbox{path}")).bearer_auth("let-me-in");
    let made = send(control("/accounts").json(&json!({}))).await.expect(201);
    assert_eq!(made["signing_secret"], SECRET);
    let code = text(&made, "account_code");
    let create = server.request(Method::POST, &format!("/accounts/{code}/candidates"));
    let create = create.bearer_auth(text(&json!({ "t": made["static_tokens"][0] }), "t"));
    let record = send(create.json(&eligibility("C1", "EXAM1"))).await.expect(201);
    let path = format!("/accounts/{code}/eligibilities/{}/schedule", text(&record, "psi_eligiblity_id"));
    send(control(&path)).await.expect(200);
    let call = receiver.next().await;
    assert_eq!(call.header("authorization"), "Bearer from-file");
    assert!(call.is_signed_with(SECRET));
}

#[actix_web::test]
async fn the_same_seed_gives_the_same_identifiers() {
    let mut made = Vec::new();
    for (flags, given_seed) in [
        (["--seed", "5"], Value::Null),
        (["--seed", "5"], Value::Null),
        (["--seed", "6"], Value::Null),
        (["--seed", "6"], json!(5)),
    ] {
        let server = Server::start_with(&flags);
        let account = server.account(json!({ "account": { "account_code": "SEED1" }, "seed": given_seed })).await;
        let booking = account.booked("C1").await;
        made.push(json!([booking["booking_code"], booking["psi_eligiblity_id"]]));
    }
    assert_eq!(made[0], made[1]);
    assert_ne!(made[0], made[2]);
    assert_eq!(made[0], made[3], "the fixture's seed wins over the server's");
}

#[actix_web::test]
async fn the_clock_of_the_flag_is_that_of_accounts_that_name_none() {
    let server = Server::start_with(&["--clock", "2026-03-01T09:00:00Z"]);
    assert_eq!(demo_clock(&server).await, "2026-03-01T09:00:00.000Z");
    let account = server.account(json!({})).await;
    assert_eq!(account.now().await, "2026-03-01T09:00:00.000Z");
    let own = server.account(json!({ "clock": { "instant": "2027-01-01", "frozen": true } })).await;
    assert_eq!(own.now().await, "2027-01-01T00:00:00.000Z");
}
