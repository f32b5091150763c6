//! Who may call: users with roles, applications with keys and subscriptions.

use std::fmt;

use serde::de::{self, IntoDeserializer, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;
use utoipa::ToSchema;

use crate::domain::contract::service::InService;
use crate::domain::record::Record;
use crate::domain::value::misfit::Misfit;

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

/// How an application stands with a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubscriptionState {
    /// It may call.
    #[default]
    Unblocked,
    /// It may not: 900907.
    Blocked,
    /// Its production keys may not: 900907.
    ProdOnlyBlocked,
    /// It waits for approval: 900909.
    OnHold,
    /// Approval was refused: 900909.
    Rejected,
}

/// An application's subscription to a service; in a fixture its name alone, where the rest is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ServiceSubscription {
    /// The service.
    pub service: InService,
    /// Its throttling tier.
    pub tier: Tier,
    /// How it stands.
    pub state: SubscriptionState,
}

impl From<InService> for ServiceSubscription {
    fn from(service: InService) -> Self {
        Self { service, tier: Tier::default(), state: SubscriptionState::default() }
    }
}

impl<'de> Deserialize<'de> for ServiceSubscription {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// The long form.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Long {
            service: InService,
            #[serde(default)]
            tier: Tier,
            #[serde(default)]
            state: SubscriptionState,
        }
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = ServiceSubscription;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a service's name, or {service, tier, state}")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
                InService::deserialize(name.into_deserializer()).map(Into::into)
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let Long { service, tier, state } = Long::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(ServiceSubscription { service, tier, state })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// Another key set of an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeySet {
    /// Production or sandbox.
    #[serde(default)]
    pub key_type: KeyType,
    /// Unique in the server; made up where absent.
    #[serde(default)]
    pub consumer_key: String,
    /// Made up where absent.
    #[serde(default)]
    pub consumer_secret: String,
    /// The life of its access tokens in seconds; 3600 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub validity_period: Option<u32>,
}

/// An application with its key sets.
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
    /// The life of its access tokens in seconds; 3600 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub validity_period: Option<u32>,
    /// Its further key set, of the other type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeySet>,
    /// Its throttling tier.
    #[serde(default)]
    pub tier: Tier,
    /// The services it is subscribed to, each once; all where absent. An entry is a name, or `{service, tier, state}`.
    #[serde(default = "all_services", serialize_with = "short")]
    #[schema(value_type = Vec<serde_json::Value>)]
    pub subscriptions: Vec<ServiceSubscription>,
    /// The user whose roles its own tokens have; the first user where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Where the API Store sends codes to; kept, without effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The grants it may use; all where absent.
    #[serde(default = "all_grants")]
    pub grants: Vec<Grant>,
}

fn all_services() -> Vec<ServiceSubscription> {
    InService::ALL.iter().copied().map(Into::into).collect()
}

/// A subscription without anything special is written as its service's name.
fn short<S: Serializer>(subscriptions: &[ServiceSubscription], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(
        subscriptions.iter().map(|one| if *one == one.service.into() { json!(one.service) } else { json!(one) }),
    )
}

fn all_grants() -> Vec<Grant> {
    vec![Grant::Password, Grant::ClientCredentials, Grant::RefreshToken]
}

impl Application {
    /// An application that is subscribed to every service.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            consumer_key: String::new(),
            consumer_secret: String::new(),
            key_type: KeyType::Sandbox,
            validity_period: None,
            keys: Vec::new(),
            tier: Tier::Unlimited,
            subscriptions: all_services(),
            owner: None,
            callback_url: None,
            description: None,
            grants: all_grants(),
        }
    }

    /// What cannot be: a service twice, two key sets of a type, tokens without a life.
    pub fn misfits(&self) -> Vec<Misfit> {
        let mut misfits = Vec::new();
        let mut wrong = |path: String, expected: &str, sent: String| {
            misfits.push(Misfit { path, expected: expected.to_owned(), sent });
        };
        for (index, one) in self.subscriptions.iter().enumerate() {
            if self.subscriptions[..index].iter().any(|other| other.service == one.service) {
                let sent = format!("{:?} again", one.service.name());
                wrong(format!("subscriptions[{index}].service"), "each service once", sent);
            }
        }
        for (index, set) in self.keys.iter().enumerate() {
            let others = self.keys[..index].iter().map(|other| other.key_type);
            if std::iter::once(self.key_type).chain(others).any(|other| other == set.key_type) {
                let sent = format!("{} again", json!(set.key_type));
                wrong(format!("keys[{index}].key_type"), "one key set of each type", sent);
            }
        }
        let own = std::iter::once(("validity_period".to_owned(), self.validity_period));
        let further = self.keys.iter().enumerate();
        let further = further.map(|(index, set)| (format!("keys[{index}].validity_period"), set.validity_period));
        for (path, _) in own.chain(further).filter(|(_, life)| *life == Some(0)) {
            wrong(path, "1 second or more", "0".to_owned());
        }
        misfits
    }

    /// The type of the key set that this consumer key is of.
    pub fn key_type(&self, consumer_key: &str) -> Option<KeyType> {
        if self.consumer_key == consumer_key {
            return Some(self.key_type);
        }
        self.keys.iter().find(|set| set.consumer_key == consumer_key).map(|set| set.key_type)
    }

    /// The secret and the token life (in seconds) of the key set that this consumer key is of.
    pub fn secret(&self, consumer_key: &str) -> Option<(&str, Option<u32>)> {
        if self.consumer_key == consumer_key {
            return Some((&self.consumer_secret, self.validity_period));
        }
        let set = self.keys.iter().find(|set| set.consumer_key == consumer_key)?;
        Some((&set.consumer_secret, set.validity_period))
    }

    /// Its consumer keys.
    pub fn consumer_keys(&self) -> impl Iterator<Item = &String> {
        let further = self.keys.iter().map(|set| &set.consumer_key);
        std::iter::once(&self.consumer_key).filter(|key| !key.is_empty()).chain(further)
    }

    /// Its keys and secrets, to fill in.
    pub fn credentials_mut(&mut self) -> impl Iterator<Item = (&mut String, &mut String)> {
        let further = self.keys.iter_mut().map(|set| (&mut set.consumer_key, &mut set.consumer_secret));
        std::iter::once((&mut self.consumer_key, &mut self.consumer_secret)).chain(further)
    }

    /// Its subscription to a service.
    pub fn subscription(&self, service: InService) -> Option<&ServiceSubscription> {
        self.subscriptions.iter().find(|subscription| subscription.service == service)
    }
}

impl Record for Application {
    type Id = String;

    fn id(&self) -> String {
        self.name.clone()
    }
}
