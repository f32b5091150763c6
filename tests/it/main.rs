//! The one test binary. A test is a sentence; the harness is a small language.
//!
//! - [`server::Server::shared`] is the real binary on a free port, which most tests share: accounts are tenants.
//!   [`server::Server::start`] runs one of the test's own, for what is seen of a server as a whole.
//! - [`server::Server::account`] makes an account of the test's own, with a fixture.
//! - [`server::Account`] speaks for the partner (`get`, `post`, ... with its token) and for the control API (`control`).
//! - [`action`] adds the words of the control API: what candidates, staff and operators do.
//! - [`receiver::Receiver`] is the partner's endpoint: it answers as it is told, and fails the test when calls were
//!   left unread.
//! - [`socket::raw`] sends bytes that need not be HTTP.
//! - [`authority::Authority`] signs certificates for receivers and clients.
//!
//! No test sleeps: it moves the account's clock, or waits for a count.

mod action;
mod authority;
mod process;
mod receiver;
mod server;
mod socket;

mod abuse;
mod account;
mod architecture;
mod booking;
mod booking_service;
mod cli;
mod clock;
mod delivery;
mod edge;
mod eligibility;
mod fault;
mod fixture;
mod gateway;
mod getting_started;
mod inbox;
mod java;
mod journal;
mod lint;
mod notification;
mod oauth_client;
mod openapi;
mod partner;
mod payment;
mod platform;
mod proctoring;
mod promise;
mod publication;
mod readme;
mod result;
mod smoke;
mod test_center;
mod token;
mod voucher;
