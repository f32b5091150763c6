//! Who may call: users with roles, applications with keys and subscriptions.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::operation::{InService, Role};

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

/// Which of an application's two key sets a key belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum KeyType {
    /// For the production endpoint, which a sandbox does not have.
    Production,
    /// For the sandbox endpoint.
    #[default]
    Sandbox,
}

/// The throttling tier of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub enum Tier {
    /// No limit.
    #[default]
    Unlimited,
    /// 5000 requests a minute.
    Gold,
    /// 2000 requests a minute.
    Silver,
    /// 1000 requests a minute.
    Bronze,
}

/// How a token may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// User name and password.
    Password,
    /// The application's own.
    ClientCredentials,
    /// A refresh token.
    RefreshToken,
}

/// An application with one key set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Its name in the API Store.
    pub name: String,
    /// Unique in the server; made up where absent.
    #[serde(default)]
    pub consumer_key: String,
    /// Made up where absent.
    #[serde(default)]
    pub consumer_secret: String,
    /// Which key set the key is of.
    #[serde(default)]
    pub key_type: KeyType,
    /// Its throttling tier.
    #[serde(default)]
    pub tier: Tier,
    /// The services it is subscribed to; all where absent.
    #[serde(default = "all_services")]
    pub subscriptions: Vec<InService>,
    /// The user whose roles its own tokens have; the first user where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The grants it may use; all where absent.
    #[serde(default = "all_grants")]
    pub grants: Vec<Grant>,
}

fn all_roles() -> Vec<Role> {
    Role::ALL.to_vec()
}

fn all_services() -> Vec<InService> {
    InService::ALL.to_vec()
}

fn all_grants() -> Vec<Grant> {
    vec![Grant::Password, Grant::ClientCredentials, Grant::RefreshToken]
}

impl User {
    /// A user with all roles.
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self { username: username.into(), password: password.into(), roles: all_roles() }
    }
}

impl Application {
    /// An application that is subscribed to every service.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            consumer_key: String::new(),
            consumer_secret: String::new(),
            key_type: KeyType::Sandbox,
            tier: Tier::Unlimited,
            subscriptions: all_services(),
            owner: None,
            grants: all_grants(),
        }
    }
}
