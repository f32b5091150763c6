//! The partner's endpoint in a test: answers as it is told, keeps what came, and fails when calls were left unread.
//!
//! Endpoints that are no HTTP servers stand beside it: [`Raw`] answers bytes, [`BlackHole`] nothing, and nobody listens
//! at [`nowhere`].

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde_json::Value;
use tokio::sync::{Notify, Semaphore};

/// One answer of the script.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub body: &'static str,
    pub headers: Vec<(&'static str, String)>,
    /// Never answers.
    pub hangs: bool,
    /// Answers once [`Receiver::release`] lets it.
    pub held: bool,
}

/// A call that came in.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl Call {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// A member of the JSON body, as text.
    pub fn member(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().to_owned()
    }

    /// Whether an independent library accepts the signature.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let webhook = standardwebhooks::Webhook::new(secret).expect("a secret");
        let mut headers = http::HeaderMap::new();
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            headers.insert(name, self.header(name).parse().expect("a header value"));
        }
        webhook.verify(&self.body, &headers).is_ok()
    }
}

struct Desk {
    script: Mutex<VecDeque<Reply>>,
    calls: Mutex<VecDeque<Call>>,
    arrived: Notify,
    released: Semaphore,
}

/// A running receiver.
pub struct Receiver {
    desk: Arc<Desk>,
    pub url: String,
    handle: ServerHandle,
    ignores_rest: bool,
}

/// A reply with this status.
pub fn reply(status: u16) -> Reply {
    Reply { status, body: "{}", headers: Vec::new(), hangs: false, held: false }
}

/// A reply with this status that waits for [`Receiver::release`].
pub fn held(status: u16) -> Reply {
    Reply { held: true, ..reply(status) }
}

/// A reply that never comes.
pub fn hangs() -> Reply {
    Reply { hangs: true, ..reply(200) }
}

impl Receiver {
    /// Starts a receiver that answers 200.
    pub fn start() -> Self {
        Self::listen(None)
    }

    /// Starts a receiver with HTTPS that answers 200.
    pub fn secure(tls: rustls::ServerConfig) -> Self {
        Self::listen(Some(tls))
    }

    fn listen(tls: Option<rustls::ServerConfig>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}/notifications", listener.local_addr().expect("an address"));
        let desk = Arc::new(Desk {
            script: Mutex::default(),
            calls: Mutex::default(),
            arrived: Notify::new(),
            released: Semaphore::new(0),
        });
        let shared = Data::from(Arc::clone(&desk));
        let server = HttpServer::new(move || App::new().app_data(shared.clone()).default_service(web::to(receive)))
            .workers(1)
            .disable_signals();
        let server = match tls {
            None => server.listen(listener),
            Some(tls) => server.listen_rustls_0_23(listener, tls),
        };
        let server = server.expect("it listens").run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { desk, url, handle, ignores_rest: false }
    }

    /// The next answers, in order; 200 again when they are used up.
    pub fn answers(&self, replies: impl IntoIterator<Item = Reply>) {
        self.desk.script.lock().expect("the script").extend(replies);
    }

    /// Takes the next call; fails after 20 s.
    pub async fn next(&self) -> Call {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
        loop {
            let arrived = self.desk.arrived.notified();
            if let Some(call) = self.desk.calls.lock().expect("the calls").pop_front() {
                return call;
            }
            assert!(tokio::time::timeout_at(deadline, arrived).await.is_ok(), "no notification within 20 s");
        }
    }

    /// Takes the next calls.
    pub async fn take(&self, count: usize) -> Vec<Call> {
        let mut calls = Vec::new();
        while calls.len() < count {
            calls.push(self.next().await);
        }
        calls
    }

    /// Lets so many held answers go, those that wait and those to come.
    pub fn release(&self, count: usize) {
        self.desk.released.add_permits(count);
    }

    /// How many calls wait to be read.
    pub fn unread(&self) -> usize {
        self.desk.calls.lock().expect("the calls").len()
    }

    /// Calls that are left unread do not fail the test.
    pub fn ignore_rest(&mut self) {
        self.ignores_rest = true;
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let left = self.unread();
        let _stopping = self.handle.stop(false);
        if !self.ignores_rest && !std::thread::panicking() {
            assert_eq!(left, 0, "notifications were left unread");
        }
    }
}

async fn receive(request: HttpRequest, desk: Data<Desk>, body: Bytes) -> HttpResponse {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers = request.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())));
    let call = Call {
        method: request.method().to_string(),
        target: request.uri().to_string(),
        headers: headers.collect(),
        body,
    };
    let reply = desk.script.lock().expect("the script").pop_front().unwrap_or_else(|| reply(200));
    desk.calls.lock().expect("the calls").push_back(call);
    desk.arrived.notify_waiters();
    if reply.hangs {
        std::future::pending::<()>().await;
    }
    if reply.held {
        desk.released.acquire().await.expect("the semaphore is open").forget();
    }
    let mut response = HttpResponse::build(actix_web::http::StatusCode::from_u16(reply.status).expect("a status"));
    for (name, value) in reply.headers {
        response.insert_header((name, value));
    }
    response.body(reply.body)
}

/// An endpoint that reads a request and answers bytes, whether they are HTTP or not.
pub struct Raw {
    pub url: String,
    address: SocketAddr,
    stopped: Arc<std::sync::atomic::AtomicBool>,
}

impl Raw {
    /// Answers these bytes and closes the connection.
    pub fn answers(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::start(move |mut stream, _| stream.write_all(&bytes))
    }

    /// Answers these bytes and then more and more, as long as anyone reads them.
    pub fn floods(head: &'static str) -> Self {
        Self::start(move |mut stream, _| {
            stream.write_all(head.as_bytes())?;
            loop {
                stream.write_all(&[b'x'; 4096])?;
            }
        })
    }

    /// Answers these bytes and keeps the connection open.
    pub fn stalls(bytes: &'static str) -> Self {
        Self::start(move |mut stream, _| {
            stream.write_all(bytes.as_bytes())?;
            // The other side gives up.
            stream.read(&mut [0]).map(drop)
        })
    }

    /// Answers 200 to the first call of each connection, and ends the connection on the next one before it answers: an
    /// idle connection that is given up just as it is used. What came is kept, a head and body each.
    pub fn ends_kept_connections() -> (Self, Arc<Mutex<Vec<String>>>) {
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let calls = Arc::clone(&seen);
        let raw = Self::start(move |mut stream, first| {
            calls.lock().expect("the calls").push(first);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")?;
            let next = read_request(&stream);
            if !next.is_empty() {
                calls.lock().expect("the calls").push(next);
            }
            Ok(())
        });
        (raw, seen)
    }

    /// `answer` gets the connection, and its first call.
    fn start(answer: impl Fn(TcpStream, String) -> std::io::Result<()> + Clone + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let stopped = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let is_stopped = Arc::clone(&stopped);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if is_stopped.load(std::sync::atomic::Ordering::Acquire) {
                    return;
                }
                let answer = answer.clone();
                std::thread::spawn(move || {
                    let first = read_request(&stream);
                    // The other side may close first.
                    let _closed = answer(stream, first);
                });
            }
        });
        Self { url: format!("http://{address}/notifications"), address, stopped }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.stopped.store(true, std::sync::atomic::Ordering::Release);
        // Wakes the listener, so that it sees that it is over.
        let _woken = TcpStream::connect(self.address);
    }
}

/// Reads a head, and the body that its `content-length` announces.
fn read_request(mut stream: &TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return text,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}

/// An endpoint that takes connections and never reads from them.
pub struct BlackHole {
    pub url: String,
    _listener: TcpListener,
}

impl BlackHole {
    pub fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        // The system accepts into the backlog; nobody takes the connections out of it.
        Self { url: format!("http://{}/", listener.local_addr().expect("an address")), _listener: listener }
    }
}

/// A URL where nobody listens.
pub fn nowhere() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    format!("http://{}/", listener.local_addr().expect("an address"))
}
