//! Every way in which a call can end without its operation, as the table of ARCHITECTURE.md has it.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::action::until;
use crate::server::{Account, Server};
use crate::socket::raw;

/// A row of the table.
struct Row {
    way: String,
    vendor: String,
    control: String,
    journal: String,
}

/// The table's rows.
fn rows() -> Vec<Row> {
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/ARCHITECTURE.md");
    let plan = std::fs::read_to_string(plan).expect("the plan");
    let (_, table) = plan.split_once("## How a call can end").expect("the table");
    let (table, _) = table.split_once("\n## ").expect("its end");
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    let lines = table.lines().filter(|line| line.starts_with('|')).skip(2).map(cells);
    lines
        .map(|cells: Vec<String>| match <[String; 5]>::try_from(cells) {
            Ok([way, vendor, control, journal, _limit]) => Row { way, vendor, control, journal },
            Err(cells) => panic!("five cells: {cells:?}"),
        })
        .collect()
}

/// The rows that one connection cannot show, and the tests that hold them.
const ELSEWHERE: [(&str, &str, &str); 5] = [
    ("its handler panics", "src/http/journal.rs", "a_panic_of_a_handler_is_an_error_model_and_an_entry"),
    ("its handler panics", "src/admin/guard.rs", "a_panic_of_a_handler_is_a_problem_document"),
    ("its caller does not read the answer", "tests/it/edge/limit.rs", "a_client_that_never_reads_is_cut_off"),
    ("there are too many connections", "tests/it/edge/limit.rs", "connections_above_the_cap_wait_until_one_is_free"),
    ("the server stops", "tests/it/cli/stop.rs", "on_stop_a_request_in_flight_is_answered"),
];

/// How an answer looks in the table.
fn seen(status: u16, text: &str) -> String {
    if text.is_empty() {
        return "the connection is closed".to_owned();
    }
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let body = body.trim_end();
    let is_problem = head.contains("application/problem+json");
    let kind = if body.is_empty() {
        "no body"
    } else if is_problem {
        "problem"
    } else if body.contains("error_description") {
        "Error Model"
    } else if body.contains(":fault ") {
        "gateway fault"
    } else {
        body
    };
    assert_eq!(is_problem, text.ends_with("}\n"), "a control answer ends with a line break: {text}");
    format!("`{status}` {kind}")
}

/// The same call of both faces.
struct Calls {
    vendor: Option<Vec<u8>>,
    control: Option<Vec<u8>>,
}

/// A call that ends so, on both faces; `None` for the rows that other tests hold.
fn call(way: &str, account: &Account<'_>) -> Option<Calls> {
    let candidates = account.path("/candidates");
    let token = format!("authorization: Bearer {}", account.token);
    let json = "content-type: application/json";
    let write = |method: &str, path: &str, more: &str, rest: &str| {
        let head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{more}\r\n");
        Some(format!("{head}{rest}").into_bytes())
    };
    let both = |path: &str, more: &str, rest: &str| Calls {
        vendor: write("POST", path, &format!("{token}\r\n{json}\r\n{more}"), rest),
        control: write("POST", "/_sandbox/accounts", &format!("{json}\r\n{more}"), rest),
    };
    let any = |bytes: &[u8]| Calls { vendor: Some(bytes.to_vec()), control: None };
    Some(match way {
        "the head is no HTTP" => any(b"HELO there\r\n\r\n"),
        "the head is too large" => {
            any(format!("GET / HTTP/1.1\r\nhost: x\r\nx-large: {}\r\n", "a".repeat(200_000)).as_bytes())
        }
        "the head is too slow" => any(b"GET /livez HTTP/1.1\r\nhost: "),
        "no such path" => Calls {
            vendor: write("GET", "/nothing", &format!("{token}\r\n"), ""),
            control: write("GET", "/_sandbox/nothing", "", ""),
        },
        "no such method" => Calls {
            vendor: write("PATCH", &candidates, &format!("{token}\r\n"), ""),
            control: write("PATCH", "/_sandbox/accounts", "", ""),
        },
        "the path is no UTF-8" => Calls {
            vendor: write("GET", &format!("{candidates}/%FF"), &format!("{token}\r\n"), ""),
            control: write("GET", "/_sandbox/accounts/%FF", "", ""),
        },
        "the query is no UTF-8" => Calls { vendor: None, control: write("GET", "/_sandbox/requests?path=%FF", "", "") },
        // A JSON document of a whole account may be of any size.
        "the body is too large" => Calls {
            control: write(
                "POST",
                "/_sandbox/accounts",
                "content-type: application/yaml\r\ncontent-length: 1000000000\r\n",
                "",
            ),
            ..both(&candidates, "content-length: 1000000000\r\n", "")
        },
        "the body is too slow" => both(&candidates, "content-length: 9\r\n", "{"),
        "the body breaks off" => both(&candidates, "transfer-encoding: chunked\r\n", "zz\r\n"),
        "the body is no document" => Calls {
            vendor: None,
            control: write("POST", "/_sandbox/accounts", "content-type: text/plain\r\ncontent-length: 2\r\n", "{}"),
        },
        "it comes from another site" => {
            Calls { vendor: None, control: write("POST", "/_sandbox/accounts", "origin: https://evil.example\r\n", "") }
        }
        _ => return None,
    })
}

/// A connection that says nothing more after an answer is closed.
fn stays_idle(server: &Server) {
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a timeout");
    stream.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it is closed, not left open");
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("ok\n"), "{answer}");
}

/// A call whose caller does not wait for the answer.
fn is_left(server: &Server, account: &Account<'_>) {
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).expect("the server listens");
    let head = format!("POST {} HTTP/1.1\r\nhost: localhost\r\n", account.path("/candidates"));
    let more = format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", account.token);
    stream.write_all(format!("{head}{more}content-length: 2\r\n\r\n{{}}").as_bytes()).expect("it reads");
}

#[actix_web::test]
async fn every_way_a_call_can_end_is_as_the_table_says() {
    let server = Server::shared_with(&["--request-timeout", "1s"]);
    let account = server.account(json!({})).await;
    let journal = async || account.control(Method::GET, "/requests/count", None).await.expect(200)["count"].clone();
    let (mut walked, mut named) = (0, BTreeSet::new());
    for Row { way, vendor, control, journal: is_kept } in rows() {
        if way == "the connection stays idle" {
            walked += 1;
            assert_eq!(vendor, "it is closed");
            stays_idle(&server);
            continue;
        }
        if way == "its caller closes the connection" {
            walked += 1;
            assert_eq!((vendor.as_str(), is_kept.as_str()), ("carried out", "yes"));
            let before = journal().await;
            is_left(&server, &account);
            until("the call is kept", async || journal().await != before).await;
            continue;
        }
        let Some(calls) = call(&way, &account) else {
            named.insert(way);
            continue;
        };
        walked += 1;
        let before = journal().await;
        for (expected, sent) in [(&vendor, calls.vendor), (&control, calls.control)] {
            let Some(sent) = sent else {
                assert!(["—", "the same"].contains(&expected.as_str()), "{way}: {expected}");
                continue;
            };
            let (status, text) = raw(&server, sent);
            assert_eq!(&seen(status, &text), expected, "{way}");
            if way == "the head is too large" {
                // Few long headers are as wrong as many short ones.
                for (count, expected) in [(94, "`200` ok"), (95, expected)] {
                    let many = (0..count).map(|number| format!("x-{number}: a\r\n")).collect::<Vec<_>>().concat();
                    let head = format!("GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{many}\r\n");
                    let (status, text) = raw(&server, head);
                    assert_eq!(&seen(status, &text), expected, "{count} headers and two");
                }
            }
            if status == 405 {
                let allowed = text.lines().any(|line| line == "allow: POST, GET, HEAD");
                assert_eq!(allowed, expected.ends_with("problem"), "{way}: {text}");
            }
        }
        assert_eq!((journal().await != before), is_kept == "yes", "{way}: {is_kept}");
    }
    assert_eq!(walked, 14);
    assert_eq!(named, ELSEWHERE.map(|(way, ..)| way.to_owned()).into());
    for (way, file, test) in ELSEWHERE {
        let source = std::fs::read_to_string(format!("{}/{file}", env!("CARGO_MANIFEST_DIR"))).expect(file);
        assert!(source.contains(&format!("fn {test}(")), "{way}: {file} has no test {test}");
    }
    // What clients do is no error of the server.
    assert!(!server.log().contains("ERROR"), "{}", server.log());
}
