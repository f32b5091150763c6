//! What an operation of the vendor's face is: a row, which the router, the document and the error table read.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::percent_decode_str;

use crate::domain::contract::lint::Standing;
use crate::domain::contract::service::InService;

/// One operation of the vendor's face; its room declares it with [`operations!`].
#[derive(Clone, Copy)]
pub struct Operation {
    /// The `operationId`, which is the handler's name.
    pub id: &'static str,
    /// The service it belongs to; `None` for the Token API.
    pub service: Option<InService>,
    /// The method.
    pub method: &'static str,
    /// The canonical path: the one place where a vendor path is written.
    pub path: &'static str,
    /// The other places it answers at.
    pub aliases: &'static [Alias],
    /// How it is known.
    pub standing: Standing,
    /// Where it is known from, beside what its service's other operations are; empty if it is as they are.
    pub source: &'static str,
    /// How it words the refusals that operations word differently.
    pub words: RefusalTexts,
}

/// Another place where an operation answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alias {
    /// At the root: without service and version.
    Root,
    /// Generation 2 of its service: without the account, which is the token's.
    Generation2,
    /// Below `/oauth2`.
    OAuth2,
    /// Below `/atlasApi`, in its service's version.
    AtlasApi,
}

/// The literal texts of refusals that are worded by operation.
#[derive(Debug, Clone, Copy)]
pub struct RefusalTexts {
    /// There is no such account.
    pub account: &'static str,
    /// There is no such candidate.
    pub candidate: &'static str,
    /// There is no such test.
    pub test: &'static str,
}

/// A type that stands for an operation, so that a handler's signature can name it.
pub trait Declared {
    /// The row.
    const OPERATION: &'static Operation;
}

/// Declares a room's operations: the row of each and a type that stands for it, and `ALL`, the rows as routes are
/// tried.
macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident { $($row:tt)* })+) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub struct $name;

            impl $crate::domain::contract::operation::Declared for $name {
                const OPERATION: &'static $crate::domain::contract::operation::Operation = {
                    // Known by its address: a static has one, a constant may have many.
                    static DECLARED: $crate::domain::contract::operation::Operation =
                        $crate::domain::contract::operation::Operation { $($row)* };
                    &DECLARED
                };
            }
        )+

        /// The operations of this room, the most called first: routes are tried in this order.
        pub const ALL: &[&$crate::domain::contract::operation::Operation] =
            &[$(<$name as $crate::domain::contract::operation::Declared>::OPERATION),+];
    };
}
pub(crate) use operations;

impl RefusalTexts {
    /// What most operations say.
    pub const USUAL: Self = Self {
        account: "Unable to get the account details for the given accountCode.",
        candidate: "Candidate details not found for the given candidate id.",
        test: "No mapping found for the given test code.",
    };
}

impl Operation {
    /// The `operationId`.
    pub fn name(&self) -> &'static str {
        self.id
    }

    /// The name of its service in metrics and the journal.
    pub fn service_name(&self) -> &'static str {
        self.service.map_or("token", InService::name)
    }

    /// Whether it is one of the Token API, whose calls and answers hold secrets.
    pub fn is_token(&self) -> bool {
        self.service.is_none()
    }

    /// The value that a call's path has at the place of a parameter, decoded. All the places where an operation answers
    /// end alike.
    pub fn parameter(&self, name: &str, path: &str) -> Option<String> {
        let is_its = |segment: &str| segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) == Some(name);
        let from_end = self.path.rsplit('/').position(is_its)?;
        let segment = path.trim_end_matches('/').rsplit('/').nth(from_end)?;
        percent_decode_str(segment).decode_utf8().ok().map(Cow::into_owned)
    }
}

impl PartialEq for Operation {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Operation {}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

impl Alias {
    /// The version in the path, where it is not the service's own.
    pub fn version(self) -> Option<&'static str> {
        matches!(self, Self::Generation2).then_some("2.0.0")
    }

    /// The segments of an operation's path in this place.
    pub fn segments(self, operation: &Operation) -> Vec<&'static str> {
        let own: Vec<_> = operation.path.split('/').skip(1).collect();
        match self {
            Self::Root => own[2..].to_vec(),
            Self::Generation2 => {
                let rest = own[2..].strip_prefix(&["accounts", "{account_code}"]).unwrap_or(&own[2..]);
                [&[own[0], "2.0.0"], rest].concat()
            }
            Self::AtlasApi => [&["atlasApi"], &own[1..]].concat(),
            Self::OAuth2 => [&["oauth2"], own.as_slice()].concat(),
        }
    }

    /// An operation's path in this place.
    pub fn path(self, operation: &Operation) -> String {
        format!("/{}", self.segments(operation).join("/"))
    }
}
