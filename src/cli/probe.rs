//! `probe`: sends a receiver the cases it must handle correctly, and prints how it did.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap};
use reqwest::{Method, Url};
use serde::Deserialize;
use tokio::time::Instant as Deadline;

use super::failure::Failure;
use super::output::Output;
use super::receive::is_json;
use super::score;
use crate::config::layer::{self, layered};
use crate::config::value;
use crate::domain::record::subscription::Subscription;
use crate::domain::value::span::Span;
use crate::notify::authorization;
use crate::notify::failure;
use crate::notify::token_cache::{TokenCache, TokenRequest};
use crate::partner::probe::case::Case;
use crate::partner::probe::run::Probe;
use crate::partner::probe::sign::Signer;
use crate::service::{account, clock, secret};
use crate::signing::scheme::Scheme;

/// The arguments of `probe`; all but the target may be absent.
#[derive(Debug, Default, clap::Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ProbeArguments {
    /// The receiver to probe
    #[arg(long, env = "ATLAS_SANDBOX_TARGET", value_name = "URL")]
    target: Option<String>,
    /// The secret it verifies with: whsec_; whsk_, the private key, for ed25519 [default: the demo account's]
    #[arg(long, env = "ATLAS_SANDBOX_SECRET", value_name = "SECRET", hide_env_values = true)]
    secret: Option<String>,
    /// A file with the value of --secret
    #[arg(long, env = "ATLAS_SANDBOX_SECRET_FILE", value_name = "FILE", conflicts_with = "secret")]
    secret_file: Option<PathBuf>,
    /// A secret from before a rotation that it must still take
    #[arg(long, env = "ATLAS_SANDBOX_OLD_SECRET", value_name = "SECRET", hide_env_values = true)]
    old_secret: Option<String>,
    /// A file with the value of --old-secret
    #[arg(long, env = "ATLAS_SANDBOX_OLD_SECRET_FILE", value_name = "FILE", conflicts_with = "old_secret")]
    old_secret_file: Option<PathBuf>,
    /// standard-webhooks, ed25519 or http-message-signatures [default: standard-webhooks]
    #[arg(long, env = "ATLAS_SANDBOX_SIGNING", value_name = "SCHEME")]
    signing: Option<String>,
    /// How to authenticate: none, basic:USER:PASSWORD, bearer:TOKEN, header:NAME:VALUE,
    /// oauth2:CLIENT:SECRET@URL
    #[arg(long, env = "ATLAS_SANDBOX_AUTH", value_name = "AUTH", hide_env_values = true)]
    auth: Option<String>,
    /// A file with the value of --auth
    #[arg(long, env = "ATLAS_SANDBOX_AUTH_FILE", value_name = "FILE", conflicts_with = "auth")]
    auth_file: Option<PathBuf>,
    /// PUT or POST [default: PUT]
    #[arg(long, env = "ATLAS_SANDBOX_METHOD", value_name = "METHOD")]
    method: Option<String>,
    /// How long an answer may take [default: 5s]
    #[arg(long, env = "ATLAS_SANDBOX_TIMEOUT", value_name = "DURATION")]
    timeout: Option<Span>,
    /// Where the receiver shows its state, so that effects are checked and not statuses alone
    #[arg(long, env = "ATLAS_SANDBOX_STATE_URL", value_name = "URL")]
    state_url: Option<String>,
    /// Play this case alone; may be repeated
    #[arg(long, env = "ATLAS_SANDBOX_CASE", value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    case: Option<Vec<String>>,
    /// What is printed: text or json [default: text]
    #[arg(long, env = "ATLAS_SANDBOX_FORMAT", value_name = "FORMAT")]
    format: Option<String>,
    /// Write the score card as JUnit XML to this file as well
    #[arg(long, env = "ATLAS_SANDBOX_JUNIT", value_name = "FILE")]
    junit: Option<PathBuf>,
    /// A YAML file with these settings, keys as the flags are called
    #[arg(long, env = "ATLAS_SANDBOX_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,
}

/// Plays the cases and prints the score card.
pub async fn run(arguments: ProbeArguments) -> Result<(), Failure> {
    let given = arguments.layered().map_err(Failure::Usage)?;
    let file = given.config.clone();
    let usage = |wrong: String| Failure::Usage(layer::with_origin(&wrong, file.as_deref()));
    let is_json = is_json(given.format.as_deref()).map_err(usage)?;
    let cases = given.cases().map_err(usage)?;
    let junit = given.junit.clone();
    let clients = crate::notify::client::build().map_err(Failure::Environment)?;
    // A receiver that ends idle connections is no unsound one.
    let (mut probe, subscription) = given.probe(clients.fresh.clone()).map_err(usage)?;
    // As the sandbox's own notifications authenticate.
    authorization::add(&subscription.auth, &mut probe.auth).map_err(|wrong| usage(format!("auth: {wrong}")))?;
    let deadline = Deadline::now() + probe.timeout;
    let token_request = TokenRequest { clients: &clients, subscription: &subscription, deadline, now: None };
    let token = TokenCache::default().bearer(token_request, None).await;
    if let Some(token) = token.map_err(|(wrong, _)| Failure::Environment(wrong))? {
        probe.auth.insert(AUTHORIZATION, token.header.clone());
    }
    let verdicts = probe.play(&cases).await.map_err(Failure::Environment)?;
    let card = score::ScoreCard { target: probe.target.as_str(), verdicts: &verdicts };
    let out = Output::stdout();
    if is_json {
        out.line(&serde_json::to_string_pretty(&card.json()).unwrap_or_default());
    } else {
        card.print(&out);
    }
    if let Some(path) = junit {
        std::fs::write(&path, card.junit())
            .map_err(|error| format!("{}: cannot write {}: {error}", layer::origin("junit"), path.display()))
            .map_err(Failure::Environment)?;
    }
    match (verdicts.len(), card.failed()) {
        (0, _) => Err(Failure::Checks("nothing was checked".to_owned())),
        (_, 0) => Ok(()),
        (all, failed) => Err(Failure::Checks(format!("{failed} of {all} cases failed"))),
    }
}

impl ProbeArguments {
    fn layered(self) -> Result<Self, String> {
        layer::refuse_unknown_environment::<Self>()?;
        let file: Self = layer::file(self.config.as_deref())?;
        Ok(layered!(
            Self,
            self,
            file,
            target,
            secret,
            secret_file,
            old_secret,
            old_secret_file,
            signing,
            auth,
            auth_file,
            method,
            timeout,
            state_url,
            case,
            format,
            junit,
            config,
        ))
    }

    fn cases(&self) -> Result<Vec<Case>, String> {
        let Some(names) = &self.case else { return Ok(Case::ALL.to_vec()) };
        let named: Vec<Case> = names
            .iter()
            .map(|name| name.parse().map_err(|wrong| format!("case: {wrong}")))
            .collect::<Result<_, _>>()?;
        Ok(Case::ALL.into_iter().filter(|case| named.contains(case)).collect())
    }

    fn probe(self, client: reqwest::Client) -> Result<(Probe, Subscription), String> {
        let target = self.target.ok_or("target is missing: give the receiver's URL as --target")?;
        let auth = value::secret("auth", self.auth, self.auth_file)?;
        // The same rules as for serve's notifications, with this command's names.
        let subscription = value::subscription(Some(target.clone()), auth)
            .map_err(|wrong| wrong.replace("notification-url", "target").replace("notification-", ""))?
            .ok_or("target is missing")?;
        let url = |name: &str, text: &str| Url::parse(text).map_err(|error| format!("{name}: {text:?}: {error}"));
        let method = match self.method.as_deref() {
            None | Some("PUT") => Method::PUT,
            Some("POST") => Method::POST,
            Some(other) => return Err(format!("method: expected PUT or POST, got {other:?}")),
        };
        let scheme = self.signing.as_deref().map_or(Ok(Scheme::default()), |text| {
            text.parse::<Scheme>().map_err(|wrong| format!("signing: {wrong}"))
        })?;
        let timeout = self.timeout.unwrap_or(Span::seconds(5)).0;
        if timeout.is_zero() {
            return Err("timeout: expected a duration above 0s, got 0s".to_owned());
        }
        let run = secret::uuid().simple().to_string()[..8].to_owned();
        let key = value::secret("secret", self.secret, self.secret_file)?
            .or_else(|| account::demo().account.signing_secret)
            .unwrap_or_default();
        let old = value::secret("old-secret", self.old_secret, self.old_secret_file)?;
        let probe = Probe {
            client,
            target: url("target", &target)?,
            method,
            auth: HeaderMap::new(),
            timeout: timeout.min(Duration::from_hours(1)),
            signer: Signer::new(scheme, key, old, &run)?,
            run,
            state: self.state_url.as_deref().map(|text| url("state-url", text)).transpose()?,
            now: clock::wall,
            describe: |error| failure::describe("receiver", error).0,
        };
        Ok((probe, subscription))
    }
}
