//! A raw HTTP/1.1 keep-alive client: bytes out, status and content-length in, and nothing else, so that it costs little.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Stands in a request for the number that makes it unique.
pub const MARKER: &str = "NNNNNNNNNNNN";

/// The same in a code of eight characters, after its letter.
pub const CODE_MARKER: &str = "NNNNNNN";

/// The bytes of one request.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    if !body.is_empty() || method != "GET" {
        head.extend(["Content-Length: ", &body.len().to_string(), "\r\n"]);
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

/// A request made in advance, with places for a running number.
pub struct Template {
    bytes: Vec<u8>,
    slots: Vec<Range<usize>>,
    next: AtomicU64,
}

impl Template {
    /// Finds the places of [`MARKER`] and [`CODE_MARKER`] in the request; without one, every request is the same.
    pub fn new(bytes: Vec<u8>) -> Self {
        let mut slots = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let marker = [MARKER, CODE_MARKER].into_iter().find(|marker| bytes[at..].starts_with(marker.as_bytes()));
            let end = at + marker.map_or(1, str::len);
            if marker.is_some() {
                slots.push(at..end);
            }
            at = end;
        }
        Self { bytes, slots, next: AtomicU64::new(1) }
    }

    /// A copy for one connection to number.
    pub fn copy(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// Writes the next number into a copy.
    pub fn number(&self, copy: &mut [u8]) {
        if self.slots.is_empty() {
            return;
        }
        let mut rest = self.next.fetch_add(1, Ordering::Relaxed);
        let mut digits = [b'0'; MARKER.len()];
        for digit in digits.iter_mut().rev() {
            *digit = b"0123456789"[usize::try_from(rest % 10).unwrap_or(0)];
            rest /= 10;
        }
        for slot in &self.slots {
            copy[slot.clone()].copy_from_slice(&digits[digits.len() - slot.len()..]);
        }
    }
}

/// One answer, borrowed from its connection.
pub struct RawResponse<'a> {
    /// The status.
    pub status: u16,
    /// Status line and headers.
    pub head: &'a [u8],
    /// The body.
    pub body: &'a [u8],
}

impl RawResponse<'_> {
    /// The value of a header (lower-case name).
    pub fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }
}

/// One connection, with one request under way at a time.
pub struct RawConnection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl RawConnection {
    /// Connects to a port of this machine.
    pub async fn open(port: u16) -> Result<Self> {
        let stream =
            TcpStream::connect(("127.0.0.1", port)).await.with_context(|| format!("cannot connect to port {port}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(16 * 1024) })
    }

    /// Sends the request and reads its whole answer.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<RawResponse<'_>> {
        self.stream.write_all(request).await?;
        self.received.clear();
        let head = loop {
            self.read().await?;
            if let Some(at) = find_end(&self.received) {
                break at;
            }
        };
        let status = status(&self.received)?;
        let length = body_length(&self.received[..head], status)?;
        while self.received.len() < head + length {
            self.read().await?;
        }
        if self.received.len() > head + length {
            bail!("the server sent more than its content-length says");
        }
        let (head, body) = self.received.split_at(head);
        Ok(RawResponse { status, head, body })
    }

    async fn read(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.received).await? == 0 {
            bail!("the server closed the connection in mid-answer");
        }
        Ok(())
    }
}

/// Where the head ends, the empty line included.
pub fn find_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

/// The status of an answer that starts with these bytes.
pub fn status(bytes: &[u8]) -> Result<u16> {
    match bytes {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1', b' ', digits @ ..] if digits.len() >= 3 => {
            let text = std::str::from_utf8(&digits[..3])?;
            text.parse().with_context(|| format!("{text} is no status"))
        }
        _ => bail!("not an HTTP/1.1 answer: {}", String::from_utf8_lossy(&bytes[..bytes.len().min(40)])),
    }
}

fn body_length(head: &[u8], status: u16) -> Result<usize> {
    match header(head, "content-length") {
        Some(length) => length.parse().context("content-length"),
        None if matches!(status, 204 | 304) => Ok(0),
        None => bail!("an answer without content-length (this client knows no chunks)"),
    }
}

/// The value of a header (lower-case name).
pub fn header<'a>(head: &'a [u8], name: &str) -> Option<&'a str> {
    head.split(|&byte| byte == b'\n').find_map(|line| {
        let (before, after) = line.split_at_checked(name.len())?;
        let value = after.strip_prefix(b":")?;
        let found = before.eq_ignore_ascii_case(name.as_bytes());
        found.then(|| std::str::from_utf8(value).map(str::trim).ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::{CODE_MARKER, MARKER, Template, header, request, status};

    #[test]
    fn a_template_writes_the_same_number_into_every_slot() {
        let text = format!("a{MARKER}b{MARKER}c{CODE_MARKER}");
        let template = Template::new(request("POST", "/", &[], text.as_bytes()));
        let mut copy = template.copy();
        template.number(&mut copy);
        template.number(&mut copy);
        assert!(copy.ends_with(b"a000000000002b000000000002c0000002"));
    }

    #[test]
    fn headers_are_found_whatever_their_case() {
        let head = b"HTTP/1.1 201 Created\r\nX-Content-Length: 4\r\nContent-LENGTH: 12\r\n\r\n";
        assert_eq!(header(head, "content-length"), Some("12"));
        assert_eq!(header(head, "date"), None);
        assert_eq!(status(head).ok(), Some(201));
    }
}
