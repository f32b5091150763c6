//! Reading what a call sends: how much of it, how long it may take, and how it breaks off.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap};
use actix_web::web::Bytes;
use futures_util::StreamExt as _;

use crate::domain::contract::error::Error;

/// The most a vendor service reads, in bytes.
///
/// Assumed: 1 MiB (contract §1).
pub const LIMIT: usize = 1024 * 1024;

/// The most that a control call may send, in bytes.
pub const CONTROL_LIMIT: usize = 16 * 1024 * 1024;

/// The most that a YAML document of a whole account may have, in bytes; a JSON one is read as it arrives, of any size.
pub const ACCOUNT_LIMIT: usize = 64 * 1024 * 1024;

/// How much of a body that is too large is read and thrown away, so that its sender gets to see the answer.
pub const DRAINED: usize = 16 * 1024 * 1024;

/// Reads a body that may have this many bytes, within the server's patience. Of a larger one, some more is read and
/// thrown away, so that its sender gets to see the answer; of one that announces more than that, nothing is.
///
/// # Errors
/// [`Error::TooLarge`], [`Error::Late`], and [`Error::Invalid`] of a body that breaks off.
pub async fn read(
    headers: &HeaderMap,
    payload: &mut Payload,
    limit: usize,
    patience: Duration,
) -> Result<Bytes, Error> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > limit + DRAINED)) {
        return Err(Error::TooLarge { limit });
    }
    tokio::time::timeout(patience, read_whole(payload, limit)).await.map_err(|_late| Error::Late)?
}

async fn read_whole(payload: &mut Payload, limit: usize) -> Result<Bytes, Error> {
    let mut first: Option<Bytes> = None;
    let mut rest = Vec::new();
    let mut size = 0;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| broken(&error))?;
        size += chunk.len();
        if size > limit + DRAINED {
            break;
        }
        if size > limit {
            rest = Vec::new();
            continue;
        }
        match &first {
            None => first = Some(chunk),
            Some(start) => {
                if rest.is_empty() {
                    rest.extend_from_slice(start);
                }
                rest.extend_from_slice(&chunk);
            }
        }
    }
    if size > limit {
        return Err(Error::TooLarge { limit });
    }
    Ok(if rest.is_empty() { first.unwrap_or_default() } else { Bytes::from(rest) })
}

/// How a body broke off.
pub fn broken(error: &PayloadError) -> Error {
    let how = match error {
        PayloadError::EncodingCorrupted => "the body broke off: a chunk is not framed as HTTP/1.1 asks",
        _ => "the body broke off: the connection ended before the announced end of the body",
    };
    Error::Invalid(how.to_owned())
}
