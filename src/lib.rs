//! atlas-sandbox: a local, offline, stateful emulator of the PSI Atlas API.
//!
//! The program is a pure state machine with an asynchronous edge; ARCHITECTURE.md tells the whole story.
//!
//! | module | what it is responsible for |
//! |---|---|
//! | `domain` | the vendor's rules: no I/O, clock, lock or async |
//! | `signing` | bytes, key and instant become headers, and back |
//! | `store` | where state is kept: accounts, tokens, journals |
//! | `service` | use cases, one file a resource |
//! | `notify` | outgoing calls: dispatcher and attempt |
//! | `http` | what both faces share: error tables, bodies, journal middleware |
//! | `gateway` | what stands in front of Atlas: aliases, bearer check, token endpoint, faults |
//! | `api` | the vendor's face |
//! | `admin` | the control face |
//! | [`partner`] | the other side: the reference receiver, and the probe of receivers |
//! | `scenario` | fixture files |
//! | [`app`] | the composition root |
//! | [`config`] | flag > environment > file > default |
//! | [`cli`] | a file per subcommand |

mod admin;
mod api;
pub mod app;
pub mod cli;
pub mod config;
mod domain;
mod gateway;
mod http;
mod notify;
pub mod partner;
mod scenario;
mod service;
mod signing;
mod store;

/// The seconds since 1970 of the wall clock: what a [`partner::receiver::Receiver`] goes by, unless a test has its own.
pub fn seconds() -> i64 {
    service::clock::wall().timestamp()
}
