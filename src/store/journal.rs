//! The request journal: a ring of the newest calls, bounded in entries and bytes.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::shard::Sharded;
use crate::domain::contract::lint::Finding;
use crate::domain::contract::operation::Operation;
use crate::domain::value::stamp::Timestamp;

/// The most of a body that an entry keeps, in bytes.
pub const BODY_KEPT: usize = 64 * 1024;

/// The most that the bodies and headers of one journal may hold, in bytes.
const JOURNAL_BYTES: usize = 8 * 1024 * 1024;

/// One call. Headers and body are packed into one allocation; secrets were hidden before they got here.
#[derive(Debug, Clone)]
pub struct JournalEntry {
    /// 1 for the first of its journal; set when it is written.
    pub id: u64,
    /// When it came, wall time.
    pub at: Timestamp,
    /// The method.
    pub method: HttpMethod,
    /// Path and query as they came.
    pub target: Box<str>,
    /// The operation, where one was reached.
    pub operation: Option<&'static Operation>,
    /// The caller's address.
    pub peer: Option<IpAddr>,
    /// Header lines, then the body.
    pub request: Packed,
    /// The answer's status.
    pub status: u16,
    /// The answer's body.
    pub response: Bytes,
    /// Microseconds from the head to the answer.
    pub duration_us: u32,
    /// What the lint found.
    pub findings: Vec<Finding>,
    /// The fault on request that it met.
    pub fault: Option<Box<str>>,
}

/// A method in a byte, or spelled out where it is an unusual one.
pub type HttpMethod = std::borrow::Cow<'static, str>;

/// Header lines (`name: value\n`) and a body in one allocation.
#[derive(Debug, Clone, Default)]
pub struct Packed {
    bytes: Vec<u8>,
    head: usize,
    /// The size of the whole body, of which [`BODY_KEPT`] bytes are kept at most.
    pub body_size: usize,
}

impl Packed {
    /// Packs headers and a body.
    pub fn new<'a>(headers: impl Iterator<Item = (&'a str, &'a [u8])>, body: &[u8]) -> Self {
        let kept = &body[..body.len().min(BODY_KEPT)];
        // About what a client sends; not shrunk afterwards, which would copy it all.
        let mut bytes = Vec::with_capacity(256 + kept.len());
        for (name, value) in headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.push(b'\n');
        }
        let head = bytes.len();
        bytes.extend_from_slice(kept);
        Self { bytes, head, body_size: body.len() }
    }

    /// The headers as they came.
    pub fn headers(&self) -> Vec<(String, String)> {
        String::from_utf8_lossy(&self.bytes[..self.head])
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// The body, as far as it is kept.
    pub fn body(&self) -> &[u8] {
        &self.bytes[self.head..]
    }

    fn size(&self) -> usize {
        self.bytes.capacity()
    }
}

/// The newest entries.
#[derive(Debug)]
pub struct Journal {
    rings: Sharded<Ring>,
    written: AtomicU64,
    most: usize,
}

#[derive(Debug, Default)]
struct Ring {
    entries: VecDeque<Arc<JournalEntry>>,
    bytes: usize,
}

impl Journal {
    /// A journal of at most this many entries.
    pub fn new(most: usize) -> Self {
        Self { rings: Sharded::default(), written: AtomicU64::new(0), most }
    }

    /// Writes an entry, which gets its number here; the oldest ones make room.
    pub fn write(&self, mut entry: JournalEntry) -> Arc<JournalEntry> {
        entry.id = self.written.fetch_add(1, Ordering::Relaxed) + 1;
        let entry = Arc::new(entry);
        if self.most == 0 {
            return entry;
        }
        let mut ring = self.rings.own();
        ring.bytes += entry.size();
        ring.entries.push_back(Arc::clone(&entry));
        while ring.entries.len() > self.most
            || (ring.bytes > JOURNAL_BYTES / self.rings.len() && ring.entries.len() > 1)
        {
            let Some(oldest) = ring.entries.pop_front() else { break };
            ring.bytes -= oldest.size();
        }
        entry
    }

    /// The entries, oldest first.
    pub fn entries(&self) -> Vec<Arc<JournalEntry>> {
        let mut all: Vec<_> = self.rings.iter().flat_map(|ring| ring.entries.clone()).collect();
        all.sort_unstable_by_key(|entry| entry.id);
        all.split_off(all.len().saturating_sub(self.most))
    }

    /// Empties the journal; numbers go on.
    pub fn clear(&self) {
        for mut ring in self.rings.iter() {
            *ring = Ring::default();
        }
    }
}

impl JournalEntry {
    fn size(&self) -> usize {
        let findings: usize = self.findings.iter().map(Finding::size).sum();
        self.target.len() + self.request.size() + self.response.len() + findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(body: usize) -> JournalEntry {
        JournalEntry {
            id: 0,
            at: Timestamp::UNIX_EPOCH,
            method: "GET".into(),
            target: "/".into(),
            operation: None,
            peer: None,
            request: Packed::new([("accept", b"*/*".as_slice())].into_iter(), &vec![b'x'; body]),
            status: 200,
            response: Bytes::new(),
            duration_us: 1,
            findings: Vec::new(),
            fault: None,
        }
    }

    #[test]
    fn the_ring_is_bounded_in_entries_and_in_bytes() {
        let journal = Journal::new(3);
        for _ in 0..5 {
            journal.write(entry(10));
        }
        assert_eq!(journal.entries().iter().map(|entry| entry.id).collect::<Vec<_>>(), [3, 4, 5]);
        let journal = Journal::new(10_000);
        for _ in 0..500 {
            journal.write(entry(BODY_KEPT * 2));
        }
        let kept = journal.entries();
        assert!(kept.len() < 40, "{} entries of 64 KiB are kept", kept.len());
        assert_eq!(kept.last().map(|entry| entry.request.body_size), Some(BODY_KEPT * 2));
    }

    #[test]
    fn what_was_packed_comes_out() {
        let packed = Packed::new([("accept", b"*/*".as_slice()), ("x-a", b"b: c".as_slice())].into_iter(), b"{}");
        assert_eq!(packed.headers(), [("accept".into(), "*/*".into()), ("x-a".into(), "b: c".into())]);
        assert_eq!(packed.body(), b"{}");
    }
}
