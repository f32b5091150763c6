//! Settings in their layers, refused or obeyed.

use atlas_sandbox::config::flags::Flags;
use clap::{Args as _, FromArgMatches as _};
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
    // Each setting stands in other layers, with another value in each.
    let config = file(
        "config.yaml",
        "clock: 2003-01-01T00:00:00Z\nlint: enforce\nseed: 3\nopen-catalog: false\nstatic-token: of-the-file\n",
    );
    let flags = ["--config", &config, "--clock", "2001-01-01T00:00:00Z", "--profile", "wso2-1.10", "--seed", "5"];
    let variables = [
        ("ATLAS_SANDBOX_CLOCK", "2002-01-01T00:00:00Z"),
        ("ATLAS_SANDBOX_LINT", "off"),
        ("ATLAS_SANDBOX_PROFILE", "wso2-2"),
        ("ATLAS_SANDBOX_OPEN_CATALOG", "true"),
        ("ATLAS_SANDBOX_SIGNING_SECRET", SECRET),
    ];
    let server = Server::start_in(&flags, &variables);
    assert_eq!(demo_clock(&server).await, "2001-01-01T00:00:00.000Z", "all three layers");
    assert_eq!(demo_clock(&Server::shared()).await, "runs", "the default");
    let account = server.account(json!({ "account": { "account_code": "LAYERED" } })).await;
    let settings = account.control(Method::GET, "/settings", None).await.expect(200);
    assert_eq!(settings["profile"], "wso2-1.10", "flag and environment");
    assert_eq!(settings["lint"], "off", "environment and file");
    assert_eq!(settings["open_catalog"], true, "environment and file");
    assert_eq!(account.made["signing_secret"], SECRET, "the environment alone");
    let by_token = server.request(Method::GET, "/accounts/DEMO0001/candidates/C1").bearer_auth("of-the-file");
    assert_eq!(send(by_token).await.status, 400, "the file alone");
    let of_the_flag = account.eligible("C1", "EXAM1").await;
    account.control(Method::DELETE, "", None).await.expect(204);
    let again = server.account(json!({ "account": { "account_code": "LAYERED" }, "seed": 5 })).await;
    assert_eq!(again.eligible("C1", "EXAM1").await, of_the_flag, "flag and file");
    // The clock of the flag is that of accounts that name none.
    assert_eq!(again.now().await, "2001-01-01T00:00:00.000Z");
    let own = server.account(json!({ "clock": { "instant": "2027-01-01", "frozen": true } })).await;
    assert_eq!(own.now().await, "2027-01-01T00:00:00.000Z");
}

#[actix_web::test]
async fn a_switch_can_be_turned_off_again_by_a_higher_layer() {
    let on = file("on.yaml", "no-demo: true\nopen-catalog: true\ndebug-headers: true\n");
    for (flags, variables, [no_demo, open_catalog, debug_headers], why) in [
        (
            vec!["--config", &on, "--debug-headers=false"],
            vec![("ATLAS_SANDBOX_OPEN_CATALOG", "false"), ("ATLAS_SANDBOX_DEBUG_HEADERS", "true")],
            [true, false, false],
            "the file alone; off by the environment; off by a flag",
        ),
        (
            vec!["--debug-headers"],
            vec![
                ("ATLAS_SANDBOX_CONFIG", on.as_str()),
                ("ATLAS_SANDBOX_NO_DEMO", "false"),
                ("ATLAS_SANDBOX_DEBUG_HEADERS", "false"),
            ],
            [false, true, true],
            "off by the environment; the file that it names alone; on by a flag",
        ),
        (vec![], vec![("ATLAS_SANDBOX_NO_DEMO", "true")], [true, false, false], "the environment alone"),
    ] {
        let server = Server::start_in(&flags, &variables);
        let demo = server.control(Method::GET, "/accounts/DEMO0001", None).await;
        let account = server.account(json!({})).await;
        let settings = account.control(Method::GET, "/settings", None).await.expect(200);
        let answer = account.get("/candidates/C1").await;
        let found = [
            demo.status != 200,
            settings["open_catalog"] == true,
            !answer.header("x-atlas-sandbox-request").is_empty(),
        ];
        assert_eq!(found, [no_demo, open_catalog, debug_headers], "{why}");
    }
}

/// Why these flags of `serve` are refused; asked of the library, as there are too many to start a process for each.
fn refusal(flags: &[&str]) -> String {
    let command = Flags::augment_args(clap::Command::new("serve").no_binary_name(true));
    let refused = match command.try_get_matches_from(flags) {
        Ok(matches) => Flags::from_arg_matches(&matches).expect("the flags are those").resolve().err(),
        Err(wrong) => Some(wrong.to_string()),
    };
    refused.unwrap_or_else(|| panic!("{flags:?} are taken"))
}

#[test]
fn an_unknown_or_contradictory_setting_is_refused_by_its_name() {
    let unknown = file("unknown.yaml", "seed: 1\njournal: 5\n");
    let wrong = file("wrong.yaml", "seed: many\n");
    let open = file("open.yaml", "admin-open: true\n");
    let secret = file("secret", SECRET);
    let json_file = file("config.json", "{\"lint\": 5}");
    let late = file("late.yaml", "clock: soon\nno-demo: yes\nadmin-open: 0\n");
    let marked = file("marked.json", "\u{feff}{\"clock\": \"soon\"}");
    let empty = file("empty", "\u{feff}\n");
    for (flags, word) in [
        (vec!["--colour"], "--colour"),
        (vec!["--config", &unknown], "unknown.yaml:2"),
        (vec!["--config", &wrong], "wrong.yaml:1"),
        (vec!["--config", &json_file], "config.json:1"),
        (vec!["--config", "/nowhere.yaml"], "/nowhere.yaml"),
        (vec!["--config", &late], "late.yaml: clock: expected a date-time"),
        (vec!["--config", &marked], "marked.json: clock: expected a date-time"),
        (vec!["--admin-token-file", &empty], "admin-token-file: expected a value, but"),
        (vec!["--admin-open", "--admin-token", "t"], "admin-open and admin-token"),
        (vec!["--config", &open, "--admin-token", "t"], "admin-open and admin-token"),
        (vec!["--no-demo", "--static-token", "t"], "static-token"),
        (vec!["--no-demo", "--allow-ip", "10.0.0.0/8"], "allow-ip"),
        (vec!["--notification-auth", "bearer:t"], "notification-url"),
        (vec!["--signing-secret", SECRET, "--signing-secret-file", &secret], "signing-secret"),
        (vec!["--signing-secret", "plain"], "signing-secret: expected whsec_"),
        (vec!["--signing-secret-file", "/nowhere"], "/nowhere"),
        (vec!["--admin-token-file", "/nowhere"], "/nowhere"),
        (vec!["--admin-token", ""], "admin-token"),
        (vec!["--notification-url", "ftp://h"], "notification-url"),
        (vec!["--notification-url", "http://127.0.0.1:99999/n"], "notification-url: expected"),
        (vec!["--public-url", "sandbox:8080"], "public-url: expected"),
        (vec!["--public-url", "http://sandbox:8080/?a=1"], "public-url: expected"),
        (vec!["--notification-url", "http://h", "--notification-auth", "magic:x"], "notification-auth"),
        (vec!["--notification-url", "http://h", "--notification-auth", "basic"], "notification-auth"),
        (vec!["--notification-url", "http://h", "--notification-auth", "basic:user"], "notification-auth"),
        (vec!["--notification-url", "http://h", "--notification-auth", "bearer"], "notification-auth"),
        (vec!["--notification-url", "http://h", "--notification-auth", "bearer:"], "notification-auth"),
        (vec!["--notification-url", "http://h", "--notification-auth", "header:X-Key"], "notification-auth"),
        (vec!["--notification-url", "http://h", "--notification-auth", "oauth2:me:s"], "notification-auth"),
        (vec!["--notification-url", "http://h", "--notification-auth", "oauth2::s@http://h"], "notification-auth"),
        (vec!["--notification-url", "http://h", "--notification-auth", "none:x"], "notification-auth"),
        (vec!["--lint", "loud"], "lint"),
        (vec!["--profile", "wso3"], "profile"),
        (vec!["--clock", "soon"], "clock"),
        (vec!["--workers", "0"], "workers"),
        (vec!["--journal-entries=-1"], "journal-entries"),
        (vec!["--grace", "long"], "grace"),
        (vec!["--log-format", "xml"], "log-format"),
        (vec!["--log-level", "loud"], "log-level"),
        (vec!["--allow-ip", "here"], "allow-ip"),
        (vec!["--listen", "localhost"], "listen"),
    ] {
        let told = refusal(&flags);
        assert!(told.contains(word), "{flags:?}: {told}");
    }
}

#[test]
fn what_refuses_to_start_is_exit_2_and_said_on_stderr() {
    let unknown = file("unknown.yaml", "seed: 1\njournal: 5\n");
    let secret = file("secret", SECRET);
    let of_json = file("json.yaml", "log-format: json\n");
    for (subcommand, flags, variables, word) in [
        (Some("serve"), vec!["--colour"], vec![], "--colour"),
        (None, vec!["--log-format", "json", "--colour"], vec![], "--colour"),
        (Some("serve"), vec!["--config", &unknown], vec![], "unknown.yaml:2"),
        (None, vec!["--config", &unknown], vec![("ATLAS_SANDBOX_LOG_FORMAT", "json")], "unknown.yaml:2"),
        (Some("serve"), vec!["--fixtures", "/nowhere.yaml", "--log-format=json"], vec![], "/nowhere.yaml"),
        (
            None,
            vec![],
            vec![("ATLAS_SANDBOX_LISTN", "5")],
            "ATLAS_SANDBOX_LISTN: no such setting; did you mean ATLAS_SANDBOX_LISTEN?",
        ),
        (
            None,
            vec![],
            vec![
                ("ATLAS_SANDBOX_SEED", "many"),
                ("ATLAS_SANDBOX_WORKERS", ""),
                ("ATLAS_SANDBOX_PARTNER_PORT", "tcp://x"),
            ],
            "ATLAS_SANDBOX_SEED: expected a whole number from 0 up, got \"many\"",
        ),
        (
            None,
            vec!["--no-demo", "maybe"],
            vec![("ATLAS_SANDBOX_CLOCK", "")],
            "--no-demo: expected true or false (or yes, no, 1, 0), got \"maybe\"",
        ),
        (
            Some("serve"),
            vec![],
            vec![("ATLAS_SANDBOX_CLOCK", "soon")],
            "ATLAS_SANDBOX_CLOCK: expected a date-time like 2026-03-01T09:00:00Z, got \"soon\"",
        ),
        (
            None,
            vec!["--admin-open", "--config", &of_json],
            vec![("ATLAS_SANDBOX_ADMIN_TOKEN", "t")],
            "admin-open and admin-token",
        ),
        (
            None,
            vec!["--signing-secret", SECRET],
            vec![("ATLAS_SANDBOX_SIGNING_SECRET_FILE", &secret)],
            "--signing-secret and ATLAS_SANDBOX_SIGNING_SECRET_FILE contradict each other: drop one",
        ),
    ] {
        let mut command = command(subcommand.as_slice());
        let ended = run(command.args(["--listen", "127.0.0.1:0"]).args(&flags).envs(variables.clone()));
        assert_eq!(ended.code, Some(2), "{flags:?} {variables:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(word), "{flags:?} {variables:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, "", "{flags:?} {variables:?}");
        let is_json = format!("{flags:?} {variables:?}").contains("json");
        // Nothing that is no JSON is written then.
        let lines = || ended.stderr.lines().map(serde_json::from_str::<Value>);
        assert!(!is_json || lines().all(|line| line.is_ok()), "{flags:?} {variables:?}: {}", ended.stderr);
    }
}

#[test]
fn a_secret_that_does_not_fit_is_not_printed() {
    for flag in ["--signing-secret", "--notification-auth"] {
        let told = refusal(&[flag, "bearer:s3cret", "--notification-url", "no"]);
        assert!(!told.contains("s3cret"), "{told}");
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

/// The forms of the flag are those of `probe --auth`; a password and a token stand in the tests beside.
#[actix_web::test]
async fn the_receiver_is_authenticated_to_by_a_header_of_its_own() {
    let receiver = Receiver::start();
    let flags = ["--notification-url", &receiver.url, "--notification-auth", "header:X-Key:a:b c"];
    let server = Server::start_with(&flags);
    server.account(json!({})).await.booked("C1").await;
    assert_eq!(receiver.next().await.header("x-key"), "a:b c");
}

#[actix_web::test]
async fn secrets_are_read_from_files() {
    let receiver = Receiver::start();
    let (secret, auth) = (file("signing", &format!("\u{feff}{SECRET}\r\n")), file("auth", "bearer:from-file\r\n"));
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
async fn the_server_s_seed_is_that_of_accounts_that_name_none() {
    let servers = ["5", "5", "6"].map(|seed| Server::start_with(&["--seed", seed]));
    let mut made = Vec::new();
    for (server, given_seed) in
        servers.iter().zip([Value::Null, Value::Null, Value::Null]).chain([(&servers[2], json!(5))])
    {
        let account = server.account(json!({ "account": { "account_code": "SEED1" }, "seed": given_seed })).await;
        let booking = account.booked("C1").await;
        made.push(json!([booking["booking_code"], booking["psi_eligiblity_id"]]));
        account.control(Method::DELETE, "", None).await.expect(204);
    }
    assert_eq!(made[0], made[1]);
    assert_ne!(made[0], made[2]);
    assert_eq!(made[0], made[3], "the fixture's seed wins over the server's");
}
