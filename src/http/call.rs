//! What is known of a call while it is answered.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use actix_web::web::Bytes;
use actix_web::{HttpMessage, HttpRequest};

use crate::domain::contract::lint::Finding;
use crate::domain::contract::operation::Operation;
use crate::service::Account;

/// A named part of a path, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// As the canonical path calls it.
    pub name: &'static str,
    /// As the caller wrote it.
    pub text: String,
}

/// What a call missed of an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    /// The path is an operation's, the method is not.
    Method,
    /// The path is below the API's context, and none of its operations is there.
    Resource,
}

/// A call to the vendor's face, shared by the middleware, the extractors and the handler.
#[derive(Debug, Default)]
pub struct Call {
    /// The account it is for: by its token, else its consumer key, else its path.
    pub account: RefCell<Option<Arc<Account>>>,
    /// The operation that was reached.
    pub operation: Cell<Option<&'static Operation>>,
    /// The parts of its path.
    pub parts: RefCell<Vec<Part>>,
    /// What of a known API the call missed; none where it reached an operation, or no API is served at its path.
    pub miss: Cell<Option<Miss>>,
    /// The part of its path that is no UTF-8, and so names nobody.
    pub misspelt: RefCell<Option<(&'static str, String)>>,
    /// The version in the path that was called, where it is not the service's own.
    pub version: Cell<Option<&'static str>>,
    /// What the lint found.
    pub findings: RefCell<Vec<Finding>>,
    /// The body, read before the call was routed.
    pub body: RefCell<Bytes>,
    /// The caller passed all checks: its body is worth reading.
    pub has_passed: Cell<bool>,
    /// The body was read, and holds only members that the contract names: nothing is to be hidden.
    pub is_open: Cell<bool>,
    /// The body is larger than the services read.
    pub too_large: Cell<bool>,
    /// The life of the token that is issued, in seconds, where a fault says so.
    pub token_life: Cell<Option<u32>>,
}

impl Call {
    /// The call that a request belongs to.
    pub fn of(request: &HttpRequest) -> Rc<Self> {
        request.extensions().get::<Rc<Self>>().cloned().unwrap_or_default()
    }

    /// Adds findings.
    pub fn found(&self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.borrow_mut().extend(findings);
    }
}
