//! Documents of whole accounts, read while they arrive: of a JSON one of any size only what was read stands in memory.

use std::io;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::join;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::timeout;

use super::heavy;
use super::payload::{CONTROL_LIMIT, DRAINED, broken};
use crate::domain::contract::error::Error;
use crate::domain::value::document;

/// How many are read at a time; more wait for their turn, and their senders with them.
static TURNS: Semaphore = Semaphore::const_new(4);

/// How many chunks may have arrived that are not read yet.
const CHUNKS_AHEAD: usize = 16;

/// The whole body, or the start of one that is longer than what other control calls may send; tells which.
///
/// # Errors
/// [`Error::Late`], and [`Error::Invalid`] of a body that breaks off.
pub async fn start(payload: &mut Payload, patience: Duration) -> Result<(Vec<u8>, bool), Error> {
    let mut start = Vec::new();
    let arrive = async {
        while let Some(chunk) = payload.next().await {
            start.extend_from_slice(&chunk.map_err(|error| broken(&error))?);
            if start.len() > CONTROL_LIMIT {
                return Ok(false);
            }
        }
        Ok(true)
    };
    let is_whole = timeout(patience, arrive).await.map_err(|_late| Error::Late)??;
    Ok((start, is_whole))
}

/// Reads a JSON document of which this much has arrived already. Each further chunk may take as long as a whole body of
/// another call.
///
/// # Errors
/// [`Error::Late`], and [`Error::Invalid`] of a body that breaks off, or is not the document; only its first mistake is
/// told.
pub async fn read<T: DeserializeOwned + Send + 'static>(
    start: Vec<u8>,
    payload: &mut Payload,
    patience: Duration,
) -> Result<T, Error> {
    // Never closed.
    let _turn = TURNS.acquire().await;
    let (sender, chunks) = channel(CHUNKS_AHEAD);
    let mut chunk = Bytes::from(start);
    if chunk.starts_with(document::MARK.as_bytes()) {
        chunk = chunk.slice(document::MARK.len()..);
    }
    let text = Arriving { chunk, chunks };
    let reading = heavy::elsewhere(move || document::read_arriving(text));
    let sending = async move {
        let mut unread = 0;
        while let Some(chunk) = timeout(patience, payload.next()).await.map_err(|_late| Error::Late)? {
            let chunk = chunk.map_err(|error| broken(&error))?;
            let size = chunk.len();
            // A reader that has found a mistake takes no more; what follows is thrown away, for its sender to see that.
            if sender.send(chunk).await.is_err() {
                unread += size;
            }
            if unread > DRAINED {
                break;
            }
        }
        Ok(())
    };
    let (read, sent) = join(reading, sending).await;
    sent?;
    read.map_err(|wrong| {
        let (line, column, limit) = (wrong.line, wrong.column, CONTROL_LIMIT / 1024 / 1024);
        Error::Invalid(format!(
            "{wrong} (line {line}, column {column}); a document of over {limit} MiB is read as it arrives: up to its \
             first mistake, and without count, {{n}}, {{account}}, $schema and x- keys"
        ))
    })
}

/// The chunks of a body as a reader, which waits for the next one.
struct Arriving {
    chunk: Bytes,
    chunks: Receiver<Bytes>,
}

impl io::Read for Arriving {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            match self.chunks.blocking_recv() {
                Some(next) => self.chunk = next,
                None => return Ok(0),
            }
        }
        let taken = self.chunk.split_to(into.len().min(self.chunk.len()));
        into[..taken.len()].copy_from_slice(&taken);
        Ok(taken.len())
    }
}
