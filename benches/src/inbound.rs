//! Requests off a raw connection: the receiver's half of HTTP/1.1, as bare as the client's.

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::wire::{find_end, header};

/// The answer of a receiver that is content.
pub const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

/// A connection that somebody else opened, with one request under way at a time.
pub struct Inbound {
    stream: TcpStream,
    received: Vec<u8>,
    taken: usize,
}

/// A request that has come in full.
pub struct InboundRequest<'a> {
    /// Request line and headers.
    pub head: &'a [u8],
    /// The body.
    pub body: &'a [u8],
}

impl InboundRequest<'_> {
    /// The value of a header (lower-case name).
    pub fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }
}

impl Inbound {
    /// Takes an accepted connection over.
    pub fn new(stream: TcpStream) -> Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(2 * 1024), taken: 0 })
    }

    /// The next request; `None` once the other side has closed the connection between two requests.
    pub async fn next(&mut self) -> Result<Option<InboundRequest<'_>>> {
        self.received.drain(..self.taken);
        self.taken = 0;
        let head = loop {
            if let Some(at) = find_end(&self.received) {
                break at;
            }
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Ok(None);
            }
        };
        let length = header(&self.received[..head], "content-length").map_or(Ok(0), str::parse::<usize>);
        let end = head + length.context("content-length")?;
        while self.received.len() < end {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Ok(None);
            }
        }
        self.taken = end;
        Ok(Some(InboundRequest { head: &self.received[..head], body: &self.received[head..end] }))
    }

    /// Answers the request that came last.
    pub async fn answer(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Sends nothing until the other side gives up.
    pub async fn hold(&mut self) {
        let mut rest = [0; 64];
        // Whatever ends it, it has ended.
        while self.stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
    }

    /// Breaks the connection off: the other side gets a reset.
    pub fn reset(self) {
        // Without it the connection is closed in the ordinary way, which is an interruption as well.
        let _ = self.stream.set_zero_linger();
    }
}
