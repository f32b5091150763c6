//! Where a value stands in a body.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde_json::value::RawValue;

/// Where a value stands; written out only when something is wrong there.
#[derive(Debug, Clone, Copy)]
pub enum Path<'p> {
    /// The body itself.
    Body,
    /// A member, by its name.
    Member(&'p Path<'p>, &'p str),
    /// An item of a list, from 0.
    Item(&'p Path<'p>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body => Ok(()),
            Self::Member(Self::Body, name) => f.write_str(name),
            Self::Member(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

impl Path<'_> {
    /// The same as a JSON pointer (RFC 6901).
    pub fn pointer(&self) -> String {
        match self {
            Self::Body => String::new(),
            Self::Member(parent, name) => {
                format!("{}/{}", parent.pointer(), name.replace('~', "~0").replace('/', "~1"))
            }
            Self::Item(parent, index) => format!("{}/{index}", parent.pointer()),
        }
    }

    /// The text of the value that stands there.
    pub fn find<'a>(&self, body: &'a [u8]) -> Option<&'a RawValue> {
        match self {
            Self::Body => serde_json::from_slice(body).ok(),
            Self::Member(parent, name) => {
                let text = parent.find(body)?.get();
                let members: HashMap<Cow<'_, str>, &'a RawValue> = serde_json::from_str(text).ok()?;
                members.get(*name).copied()
            }
            Self::Item(parent, index) => {
                let items: Vec<&'a RawValue> = serde_json::from_str(parent.find(body)?.get()).ok()?;
                items.get(*index).copied()
            }
        }
    }
}
