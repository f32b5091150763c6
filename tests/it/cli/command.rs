//! What each command prints, and the code it exits with.

use std::io::Read;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use reqwest::Method;
use serde_json::{Value, json};

use super::{address, run};
use crate::receiver::{Raw, nowhere};
use crate::server::{Server, binary, command, eligibility, folder, send, serving};

#[test]
fn a_port_that_is_taken_is_exit_3() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for arguments in [
        vec!["serve", "--listen", &address],
        vec!["--log-format", "json", "--listen", &address],
        vec!["demo", "--listen", &address],
    ] {
        let ended = run(&mut command(&arguments));
        assert_eq!(ended.code, Some(3), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(&address), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("another program listens there"), "{arguments:?}: {}", ended.stderr);
        let is_json = ended.stderr.lines().all(|line| serde_json::from_str::<Value>(line).is_ok());
        assert_eq!(is_json, arguments.contains(&"json"), "{}", ended.stderr);
    }
    let foreign = run(&mut command(&["--listen", "192.0.2.1:0"]));
    assert_eq!(foreign.code, Some(3));
    assert!(foreign.stderr.contains("--listen takes an address of this machine"), "{}", foreign.stderr);
}

#[test]
fn what_cannot_be_written_is_exit_3() {
    for arguments in [&["openapi"][..], &["--help"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a full disk");
        let mut command = command(arguments);
        let ended = command.stdout(full).stderr(Stdio::piped()).spawn().and_then(std::process::Child::wait_with_output);
        let ended = ended.expect("it ends");
        let stderr = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(3), "{arguments:?}: {stderr}");
        assert!(stderr.contains("cannot write to stdout: "), "{arguments:?}: {stderr}");
    }
}

#[test]
fn help_and_version_go_to_stdout() {
    for (arguments, word) in [
        (["--help"].as_slice(), "Usage: atlas-sandbox"),
        (&["serve", "--help"], "--notification-url"),
        (&["healthcheck", "--help"], "--wait"),
        (&["--version"], env!("CARGO_PKG_VERSION")),
    ] {
        let ended = run(&mut command(arguments));
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(ended.stdout.contains(word), "{arguments:?}: {}", ended.stdout);
        if arguments.contains(&"healthcheck") {
            assert!(!ended.stdout.contains("--notification-url"), "the server's own: {}", ended.stdout);
            assert!(ended.stdout.contains("atlas-sandbox serve --help") && ended.stdout.contains("Exit codes:"));
        }
    }
    let short = run(&mut command(&["-h"])).stdout;
    assert!(short.lines().count() < 60, "{short}");
    for (word, is_there) in [("Notifications:", true), ("--fixtures", true), ("--tls-client-auth", false)] {
        assert_eq!(short.contains(word), is_there, "{word}: {short}");
    }
}

#[actix_web::test]
async fn the_banner_tells_what_the_first_call_needs() {
    let server = Server::shared();
    let (banner, url) = (server.log(), &server.url);
    for word in [
        &format!("atlas-sandbox {}, at {url}", env!("CARGO_PKG_VERSION")),
        &format!("{url}/openapi/"),
        &format!("{url}/_sandbox/"),
        "state            memory, lost at stop",
        "DEMO0001",
        "demo / demo-pass",
        "demo-key / demo-secret",
        "whsec_YXRsYXMtc2FuZGJveC1kZW1vLXNlY3JldA==",
        &format!("{url}/_sandbox/inbox/demo"),
        "Authorization: Bearer demo-token",
    ] {
        assert!(banner.contains(word), "{word} is not in {banner}");
    }
    assert!(!banner.contains('\x1b'), "colour without a terminal: {banner}");
    let shown = server.control(Method::GET, "/accounts/DEMO0001?secrets=true", None).await.expect(200);
    assert_eq!(shown["signing_secret"], "whsec_YXRsYXMtc2FuZGJveC1kZW1vLXNlY3JldA==");
}

#[actix_web::test]
async fn the_curl_of_the_banner_works_as_it_is_printed() {
    let server = Server::shared();
    let banner = server.log();
    let line = banner.split_once("  curl ").expect("a curl line").1;
    let end = line.find("\"EXAM1\"}'").expect("its end") + "\"EXAM1\"}'".len();
    let ended = run(Command::new("sh").args(["-c", &format!("curl {}", &line[..end])]));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let made: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&made["status"], &made["candidate"]["candidate_id"]), (&json!("REG02"), &json!("C1")));
}

#[test]
fn a_healthcheck_tells_ready_from_not_ready_from_nobody() {
    let server = Server::shared();
    let ready = run(&mut command(&["healthcheck", "--listen", address(&server)]));
    assert_eq!((ready.code, ready.stdout.as_str(), ready.stderr.as_str()), (Some(0), "", ""));
    let by_file = server.port_file();
    let by_file = ["healthcheck", "--listen", "0.0.0.0:0", "--port-file", by_file.to_str().unwrap()];
    assert_eq!(run(&mut command(&by_file)).code, Some(0));
    let by_variable = run(command(&["healthcheck"]).env("ATLAS_SANDBOX_LISTEN", address(&server)));
    assert_eq!(by_variable.code, Some(0));
    let starting = Raw::answers("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n");
    let garbage = Raw::answers("SSH-2.0-OpenSSH_9.6\r\n");
    let nobody = nowhere();
    for (url, code, waits) in [(&starting.url, 1, true), (&garbage.url, 3, false), (&nobody, 3, true)] {
        let address = url.trim_start_matches("http://").split('/').next().unwrap();
        let ended = run(&mut command(&["healthcheck", "--listen", address]));
        assert_eq!(ended.code, Some(code), "{url}: {}", ended.stderr);
        assert!(ended.stderr.contains(address), "{}", ended.stderr);
        if waits {
            let waited = run(&mut command(&["healthcheck", "--listen", address, "--wait", "--timeout", "500ms"]));
            assert_eq!(waited.code, Some(code), "{url}: {}", waited.stderr);
        }
    }
    assert_eq!(run(&mut command(&["healthcheck", "--listen", "127.0.0.1:0"])).code, Some(2));
    let by_variable = ("ATLAS_SANDBOX_PORT_FILE", "/nowhere");
    let missing = run(command(&["healthcheck", "--listen", address(&server)]).envs([by_variable]));
    assert_eq!(missing.code, Some(3), "the server is there, but not the one that was started with the file");
    assert!(missing.stderr.contains("ATLAS_SANDBOX_PORT_FILE: /nowhere"), "{}", missing.stderr);
    assert_eq!(run(&mut command(&["healthcheck", "--url", &server.url])).code, Some(0));
}

#[test]
fn a_healthcheck_waits_for_a_server_that_is_not_there_yet() {
    let port_file = folder("cli").join("port");
    let port_file = port_file.to_str().unwrap();
    let mut waiting =
        command(&["healthcheck", "--wait", "--timeout", "30s", "--listen", "127.0.0.1:0", "--port-file", port_file])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
    let mut server =
        serving(&["--listen", "127.0.0.1:0", "--port-file", port_file]).stderr(Stdio::null()).spawn().unwrap();
    let ended = waiting.wait().unwrap();
    let mut words = String::new();
    waiting.stderr.take().unwrap().read_to_string(&mut words).unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(ended.code(), Some(0), "{words}");
}

#[actix_web::test]
async fn the_token_that_is_printed_works() {
    let server = Server::shared_with(&["--admin-token", "adm1n"]);
    let given = json!({ "account": { "account_code": "MINE1" } });
    let create = server.request(Method::POST, "/_sandbox/accounts").bearer_auth("adm1n").json(&given);
    send(create).await.expect(201);
    let port_file = server.port_file();
    let port_file = port_file.to_str().unwrap();
    for (arguments, account) in [
        (vec!["--listen", address(&server)], "DEMO0001"),
        (vec!["--url", &server.url], "DEMO0001"),
        (vec!["--listen", "127.0.0.1:0", "--port-file", port_file], "DEMO0001"),
        (vec!["--url", &server.url, "--account", "MINE1"], "MINE1"),
        (vec!["--url", &server.url, "--account", "MINE1", "--grant", "client_credentials"], "MINE1"),
    ] {
        let ended = run(command(&["token", "--admin-token", "adm1n"]).args(&arguments));
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{arguments:?}");
        let token = ended.stdout.strip_suffix('\n').expect("a line");
        assert!(!token.is_empty() && !token.contains(char::is_whitespace), "{token:?}");
        let request = server.request(Method::POST, &format!("/accounts/{account}/candidates")).bearer_auth(token);
        let candidate = eligibility(&format!("C{}", arguments.len()), "EXAM1");
        assert!([201, 400].contains(&send(request.json(&candidate)).await.status), "{arguments:?}");
    }
    let nobody = nowhere();
    for (arguments, code, word) in [
        (vec!["--url", &server.url, "--account", "NOBODY", "--admin-token", "adm1n"], 2, "NOBODY"),
        (vec!["--url", &server.url], 2, "admin token"),
        (vec!["--url", &nobody], 3, "does not answer"),
        (vec!["--url", &server.url, "--grant", "magic"], 2, "magic"),
    ] {
        let ended = run(command(&["token"]).args(&arguments));
        assert_eq!(ended.code, Some(code), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(word), "{arguments:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, "", "{arguments:?}");
    }
}

#[actix_web::test]
async fn the_openapi_documents_are_printed_and_written_as_they_are_served() {
    let server = Server::shared();
    let written = folder("cli").join("made").join("by it");
    let ended = run(command(&["openapi", "--write"]).arg(&written));
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), "", ""));
    // The vendor's document is printed where none is named.
    for (name, arguments, path) in
        [("atlas", &["openapi"][..], "/openapi.json"), ("control", &["openapi", "control"], "/_sandbox/openapi.json")]
    {
        let served = send(server.request(Method::GET, path)).await.expect(200);
        let ended = run(&mut command(arguments));
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
        let printed: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert!(printed["openapi"].as_str().unwrap().starts_with("3.1"), "{}", printed["openapi"]);
        assert_eq!(printed, served, "{name}");
        assert_eq!(std::fs::read_to_string(written.join(format!("{name}.json"))).unwrap(), ended.stdout);
    }
    let other = atlas_sandbox::cli::command().try_get_matches_from(["atlas-sandbox", "openapi", "other"]);
    assert_eq!(other.unwrap_err().exit_code(), 2);
    assert_eq!(run(&mut command(&["openapi", "--write", "/dev/null/nowhere"])).code, Some(3));
}

#[test]
fn the_demo_tells_one_exam_through_all_fourteen_services() {
    let ended = run(&mut command(&["demo"]));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let mut rest = ended.stdout.as_str();
    // Each service is called, and each kind of notification heard, in the order of the story.
    for told in [
        "POST /token -> 200",
        "GET /gettingStartedService/1.0.0/whoami -> 200",
        "POST /testPublicationService/1.0.0/accounts/STORY001/tests/LAW1/publications -> 202",
        "a day later it is PUBLISHED",
        "GET /testCenterService/",
        "notified: TEST_CENTER_CLOSED, Kansas City",
        "POST /voucherService/",
        "POST /eligibilityService/1.0.0/accounts/STORY001/candidates -> 201",
        "POST /eligibilityService/1.0.0/accounts/STORY001/candidates -> 400",
        "/vouchers -> 204",
        "booking_on_hold=true -> 200",
        "POST /paymentService/1.0.0/accounts/STORY001/payments -> 201",
        "over 100.00 USD less 25.00: 75.00 are paid",
        "notified: BOOKING_CREATED, booking ",
        "signature verified over ",
        "notified: BOOKING_RESCHEDULED, booking ",
        "POST /proctoringService/",
        "notified: Proctoring Results, CLEAN, with 1 comment: Only a cat.",
        "notified: Proctoring Results Notification, CLEAN",
        "PUT /assessmentResultService/",
        "notified: EXAM_COMPLETED, booking ",
        "notified: Assessment Results, an xAPI statement: passed, raw score 87.0",
        "notified: Assessment Results Notification, PASS in LAW1",
        "Jo's record is CSS5, completed, with 87 points",
        "all fourteen services, and 8 notifications of all six kinds, each verified.",
    ] {
        let at = rest.find(told).unwrap_or_else(|| panic!("{told:?} is not told, or not here: {}", ended.stdout));
        rest = &rest[at + told.len()..];
    }
    assert!(!ended.stdout.contains('\x1b'), "{}", ended.stdout);
}

/// `script` gives the command a terminal, as no pipe is.
#[cfg(target_os = "linux")]
#[test]
fn colour_is_for_terminals_without_no_color() {
    for (value, is_coloured) in [(None, true), (Some(""), true), (Some("1"), false), (Some("0"), false)] {
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--command", &format!("{} demo", binary()), "/dev/null"]);
        script.env_remove("NO_COLOR").envs(value.map(|value| ("NO_COLOR", value))).env("SHELL", "/bin/sh");
        let ended = run(&mut script);
        assert_eq!(ended.code, Some(0), "{}", ended.stdout);
        assert_eq!(ended.stdout.contains("\x1b["), is_coloured, "NO_COLOR={value:?}: {}", ended.stdout);
    }
}

#[actix_web::test]
async fn the_log_is_text_or_json_lines_on_stderr_from_the_least_severe_level_on() {
    let nowhere = nowhere();
    for (level, format, warns, debugs) in [
        ("error", "text", false, false),
        ("warn", "text", true, false),
        ("debug", "text", true, true),
        ("debug", "json", true, true),
    ] {
        let flags = ["--no-demo", "--log-level", level, "--log-format", format, "--notification-url", &nowhere];
        let mut server = Server::start_with(&flags);
        let account = server.account(json!({})).await;
        account.get("/candidates/C1").await.expect(400);
        account.booked("C1").await;
        account.wait_for(1, "failed").await;
        // The line follows its record; the log is whole when the server has ended.
        server.signal("TERM");
        assert_eq!(server.wait_for_end(), Some(0));
        let log = server.log();
        assert_eq!((log.contains("WARN"), log.contains("DEBUG")), (warns, debugs), "{level} {format}: {log}");
        assert!(!log.contains('\x1b'), "{log}");
        if format == "json" {
            let told = log.lines().filter(|line| serde_json::from_str::<Value>(line).is_err()).collect::<Vec<_>>();
            assert_eq!(told, Vec::<&str>::new(), "nothing that is not JSON");
            assert!(log.contains("memory, lost at stop"), "{log}");
        }
        if debugs {
            let line = log.lines().find(|line| line.contains("list_eligibilities")).unwrap_or_else(|| panic!("{log}"));
            assert!(line.contains("/candidates/C1") && line.contains("400"), "{line}");
            assert_eq!(serde_json::from_str::<Value>(line).is_ok(), format == "json", "{line}");
        }
    }
}

#[test]
fn serve_takes_as_many_open_files_as_the_system_grants() {
    let port_file = folder("files").join("port");
    let mut child = Command::new("bash")
        .args(["-c", "ulimit -Sn 64; exec \"$0\" serve --listen 127.0.0.1:0 --port-file \"$1\"", binary()])
        .arg(&port_file)
        .stderr(Stdio::null())
        .spawn()
        .expect("bash runs");
    let began = std::time::Instant::now();
    while !port_file.exists() && began.elapsed().as_secs() < 30 {
        std::thread::yield_now();
    }
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).expect("a running server");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    let line = limits.lines().find(|line| line.starts_with("Max open files")).expect("the limit");
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words[3], words[4], "{line}");
}
