//! Requests over a bare socket: bytes that need not be HTTP, and all that comes back.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::server::Server;

/// Sends bytes that need not be HTTP, and gives the status and all that came back; 0 where nothing did.
pub fn raw(server: &Server, request: impl AsRef<[u8]>) -> (u16, String) {
    let (status, text) = exchange(server, request.as_ref());
    (status, String::from_utf8_lossy(&text).into_owned())
}

pub fn exchange(server: &Server, request: &[u8]) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    // The server may have answered and closed before all was sent.
    let _closed = stream.write_all(request);
    let mut answer = Vec::new();
    let _closed = stream.read_to_end(&mut answer);
    let status = answer.get(9..12).and_then(|code| std::str::from_utf8(code).ok()).and_then(|code| code.parse().ok());
    (status.unwrap_or(0), answer)
}
