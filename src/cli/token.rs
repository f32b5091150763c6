//! `token`: prints a token for scripts.

use clap::ValueEnum;
use serde_json::Value;

use super::failure::Failure;
use super::healthcheck;
use super::output::Output;
use crate::config::flags::Flags;
use crate::notify::{client, failure};

/// The arguments of `token`.
#[derive(Debug, clap::Args)]
pub struct TokenArguments {
    #[command(flatten)]
    flags: Flags,
    /// The sandbox to ask; the one that the same settings describe where absent
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The account to get a token for
    #[arg(long, default_value = "DEMO0001", value_name = "CODE")]
    account: String,
    /// How to ask
    #[arg(long, value_enum, default_value = "password")]
    grant: GrantType,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum GrantType {
    Password,
    ClientCredentials,
}

/// Reads the account's keys from the control API, asks `/token` with them, and prints only the access token.
pub async fn run(arguments: TokenArguments) -> Result<(), Failure> {
    let config = arguments.flags.resolve().map_err(Failure::Usage)?;
    let url = match arguments.url {
        Some(url) => url,
        None => format!("http://{}", healthcheck::target(&config)?),
    };
    let url = url.trim_end_matches('/');
    let client = client::build().map_err(Failure::Environment)?.fresh;
    let unreachable = |error: reqwest::Error| {
        Failure::Environment(format!("{url} does not answer: {}", failure::describe("server", &error).0))
    };
    let mut request = client.get(format!("{url}/_sandbox/accounts/{}?secrets=true", arguments.account));
    if let Some(token) = &config.admin_token {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await.map_err(unreachable)?;
    let is_ok = answer.status().is_success();
    let account: Value = answer.json().await.map_err(unreachable)?;
    if !is_ok {
        return Err(Failure::Usage(account["detail"].as_str().unwrap_or("the control API refused").to_owned()));
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (application, user) = (&account["applications"][0], &account["users"][0]);
    let form = match arguments.grant {
        GrantType::Password => vec![
            ("grant_type", "password".to_owned()),
            ("username", text(&user["username"])),
            ("password", text(&user["password"])),
        ],
        GrantType::ClientCredentials => vec![("grant_type", "client_credentials".to_owned())],
    };
    let answer = client
        .post(format!("{url}/token"))
        .basic_auth(text(&application["consumer_key"]), Some(text(&application["consumer_secret"])))
        .form(&form)
        .send()
        .await
        .map_err(unreachable)?;
    let issued: Value = answer.json().await.map_err(unreachable)?;
    match issued["access_token"].as_str() {
        Some(token) => {
            Output::stdout().line(token);
            Ok(())
        }
        None => Err(Failure::Checks(format!("no token: {}", text(&issued["error_description"])))),
    }
}
