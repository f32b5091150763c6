//! Users: who may call, with which roles.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::contract::service::Role;
use crate::domain::record::Record;

/// A user of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Unique within the account.
    pub username: String,
    /// Made up where absent.
    #[serde(default)]
    pub password: String,
    /// All where absent.
    #[serde(default = "all_roles")]
    pub roles: Vec<Role>,
}

fn all_roles() -> Vec<Role> {
    Role::ALL.to_vec()
}

impl User {
    /// A user with all roles.
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self { username: username.into(), password: password.into(), roles: all_roles() }
    }
}

impl Record for User {
    type Id = String;

    fn id(&self) -> String {
        self.username.clone()
    }
}
