//! HTTPS: whom clients believe, and whom the server lets in.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use reqwest::Method;
use serde_json::{Value, json};

use super::{client, port};
use crate::authority::Authority;
use crate::cli::run;
use crate::server::{Server, command, folder, send};

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a file");
    path.to_str().expect("UTF-8").to_owned()
}

/// A server with HTTPS, and its HTTPS URL.
fn start(flags: &[&str]) -> (Server, String) {
    let file: PathBuf = folder("tls").join("port");
    let own = ["--tls-listen", "127.0.0.1:0", "--tls-port-file", file.to_str().expect("UTF-8")];
    let server = Server::start_with(&[&own, flags].concat());
    let url = format!("https://localhost:{}", port(&file));
    (server, url)
}

/// The server with a certificate made at start that all tests share, and its HTTPS URL.
pub fn self_signed() -> (Server, String) {
    static PORT_FILE: LazyLock<PathBuf> = LazyLock::new(|| folder("tls").join("port"));
    let own = ["--tls-listen", "127.0.0.1:0", "--tls-port-file", PORT_FILE.to_str().expect("UTF-8")];
    let server = Server::shared_with(&[&own, ["--tls-self-signed"].as_slice()].concat());
    let url = format!("https://localhost:{}", port(&PORT_FILE));
    (server, url)
}

/// A client that believes one authority, and shows a certificate where it has one.
fn believing(ca: &str, identity: Option<&(String, String)>) -> reqwest::Client {
    let ca = reqwest::Certificate::from_pem(ca.as_bytes()).expect("a certificate");
    let builder = client().tls_certs_only([ca]);
    let builder = match identity {
        Some((cert, key)) => {
            builder.identity(reqwest::Identity::from_pem(format!("{cert}{key}").as_bytes()).expect("an identity"))
        }
        None => builder,
    };
    builder.build().expect("a client")
}

#[actix_web::test]
async fn curl_and_python_believe_the_authority_that_was_made_and_no_other() {
    let files = folder("ca");
    let (server, url) = self_signed();
    let ca = send(server.request(Method::GET, "/_sandbox/tls/ca.pem")).await;
    assert_eq!(ca.status, 200);
    assert!(ca.text.starts_with("-----BEGIN CERTIFICATE-----") && !ca.text.contains("PRIVATE"), "{}", ca.text);
    let own = write(&files, "own.pem", &ca.text);
    let other = write(&files, "other.pem", &Authority::make().pem);
    let script = "import ssl, sys, urllib.request as u\n\
        context = ssl.create_default_context(cafile=sys.argv[1])\n\
        context.verify_flags |= ssl.VERIFY_X509_STRICT\n\
        opener = u.build_opener(u.ProxyHandler({}), u.HTTPSHandler(context=context))\n\
        sys.stdout.write(opener.open(sys.argv[2], timeout=20).read().decode())";
    for url in [url.clone(), url.replace("localhost", "127.0.0.1")] {
        let health = format!("{url}/_sandbox/health");
        let curl =
            |ca: &str| run(Command::new("curl").args(["--noproxy", "*", "-sS", "-m", "20", "--cacert", ca, &health]));
        let python = |ca: &str| run(Command::new("python3").args(["-c", script, ca, &health]));
        for ended in [curl(&own), python(&own)] {
            assert_eq!(ended.code, Some(0), "{}", ended.stderr);
            let answer: Value = serde_json::from_str(&ended.stdout).expect("JSON");
            assert_eq!(answer["status"], "ok");
        }
        assert_eq!(curl(&other).code, Some(60), "curl's code for a certificate it does not believe");
        let refused = python(&other);
        assert!(refused.code == Some(1) && refused.stderr.contains("CERTIFICATE_VERIFY_FAILED"), "{}", refused.stderr);
    }
    assert!(server.log().contains("https://127.0.0.1:") && !server.log().contains("PRIVATE"), "{}", server.log());
}

#[actix_web::test]
async fn http_and_https_show_the_same_accounts() {
    let (server, url) = self_signed();
    let ca = send(server.request(Method::GET, "/_sandbox/tls/ca.pem")).await.text;
    let https = believing(&ca, None);
    let account = server.account(json!({})).await;
    let made = account.eligible("C1", "EXAM1").await;
    let found = https.get(format!("{url}{}", account.path("/candidates/C1"))).bearer_auth(&account.token);
    assert_eq!(send(found).await.expect(200)[0]["psi_eligiblity_id"], made.as_str());
    let seen = send(https.get(format!("{url}/_sandbox/accounts/{}", account.code))).await.expect(200);
    for (view, scheme) in [(&account.made, "http://"), (&seen, "https://")] {
        let base = view["base_urls"]["eligibility"].as_str().unwrap_or_default();
        assert!(base.starts_with(scheme), "{scheme}: {view}");
    }
    let plain = client().build().expect("a client").get(url.replace("https", "http"));
    plain.send().await.expect_err("the HTTPS socket speaks no HTTP");
    account.eligible("C2", "EXAM1").await;
}

#[actix_web::test]
async fn without_tls_there_is_no_authority() {
    let server = Server::shared();
    assert!(send(server.request(Method::GET, "/_sandbox/tls/ca.pem")).await.problem(404).contains("--tls-self-signed"));
}

#[actix_web::test]
async fn client_certificates_are_checked_and_missed_where_required() {
    let files = folder("clients");
    let (ours, other) = (Authority::make(), Authority::make());
    let (shown, key) = ours.sign();
    let (cert, key) = (write(&files, "cert.pem", &shown), write(&files, "key.pem", &key));
    let ca = write(&files, "ca.pem", &ours.pem);
    let (known, foreign) = (ours.sign(), other.sign());
    for (auth, without) in [(None, true), (Some("optional"), true), (Some("required"), false)] {
        let mut flags = vec!["--tls-cert", &cert, "--tls-key", &key, "--tls-client-ca", &ca];
        flags.extend(auth.into_iter().flat_map(|auth| ["--tls-client-auth", auth]));
        let (server, url) = start(&flags);
        for (identity, is_let_in) in [(None, without), (Some(&known), true), (Some(&foreign), false)] {
            let answer = believing(&ours.pem, identity).get(format!("{url}/_sandbox/health")).send().await;
            let status = answer.map(|answer| answer.status().as_u16());
            assert_eq!(status.is_ok_and(|status| status == 200), is_let_in, "{auth:?} {:?}", identity.is_some());
        }
        assert_eq!(send(server.request(Method::GET, "/_sandbox/health")).await.status, 200);
        assert_eq!(send(server.request(Method::GET, "/_sandbox/tls/ca.pem")).await.status, 404);
        let secret = std::fs::read_to_string(&key).expect("the key");
        let line = secret.lines().nth(1).expect("a line of the key");
        let metrics = send(server.request(Method::GET, "/metrics")).await.text;
        assert!(!server.log().contains(line) && !metrics.contains(line), "the key is in the log or the metrics");
    }
}

#[test]
fn a_file_that_does_not_fit_is_exit_2_and_is_named() {
    let files = folder("wrong");
    let authority = Authority::make();
    let ((one, one_key), (_, two_key)) = (authority.sign(), authority.sign());
    let cert = write(&files, "cert.pem", &one);
    let key = write(&files, "key.pem", &one_key);
    let foreign = write(&files, "foreign.pem", &two_key);
    let empty = write(&files, "empty.pem", "");
    let body = one_key.lines().nth(1).expect("a line of the key");
    let broken =
        write(&files, "broken.pem", &format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"));
    let garbage = write(&files, "garbage.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let gone = files.join("gone.pem").to_str().expect("UTF-8").to_owned();
    let pair =
        |cert: &str, key: &str| vec!["--tls-cert".to_owned(), cert.to_owned(), "--tls-key".to_owned(), key.to_owned()];
    let with_ca = |ca: &str| [pair(&cert, &key), vec!["--tls-client-ca".to_owned(), ca.to_owned()]].concat();
    for (flags, name, file) in [
        (pair(&gone, &key), "tls-cert", &gone),
        (pair(&empty, &key), "tls-cert", &empty),
        (pair(&key, &key), "tls-cert", &key),
        (pair(&garbage, &key), "tls-cert", &garbage),
        (pair(&cert, &gone), "tls-key", &gone),
        (pair(&cert, &empty), "tls-key", &empty),
        (pair(&cert, &cert), "tls-key", &cert),
        (pair(&cert, &broken), "tls-key", &broken),
        (pair(&cert, &foreign), "tls-key", &foreign),
        (with_ca(&gone), "tls-client-ca", &gone),
        (with_ca(&empty), "tls-client-ca", &empty),
        (with_ca(&garbage), "tls-client-ca", &garbage),
    ] {
        let ended = run(command(&["serve", "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0"]).args(&flags));
        assert_eq!(ended.code, Some(2), "{flags:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(name) && ended.stderr.contains(file.as_str()), "{flags:?}: {}", ended.stderr);
        assert!(!ended.stderr.contains(body), "{flags:?}: {}", ended.stderr);
    }
}
