//! The partner's side: the reference receiver of notifications, and the probe that tests receivers.
//!
//! In your own tests, [`receiver::Receiver`] is a partner's endpoint that tells you which notifications came:
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use atlas_sandbox::partner::receiver::{Options, Receiver};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let secret = "whsec_YXRsYXMtc2FuZGJveC1kZW1vLXNlY3JldA==";
//! let script = "500,hang,200".parse()?; // the first call fails, the second is never answered
//! let receiver = Receiver::start_with(Options { script, ..Options::new([secret], atlas_sandbox::seconds) })?;
//! // Tell the sandbox receiver.url() as notification_url, make candidates book, and then:
//! let received = receiver.wait(2, Duration::from_secs(5)).await;
//! assert_eq!(received[0].body["change_reason"], "BOOKING_CREATED");
//! assert_eq!(receiver.state(None).records[0].events, 2);
//! receiver.stop().await;
//! # Ok(())
//! # }
//! ```

pub mod booking;
mod inbox;
pub mod ledger;
pub mod notification;
pub mod probe;
pub mod receiver;
pub mod script;
pub mod store;
pub mod verify;
