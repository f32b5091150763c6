//! Settings and their defaults are told as the program has them, and none is told that it does not have.

use atlas_sandbox::config::flags::Flags;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Page, section, shown, spans};
use crate::server::{Server, folder};

const PAGE: &str = "docs/settings.md";

/// What the program itself says of a setting: its flag, its variable, its default.
fn row(argument: &clap::Arg) -> [String; 3] {
    let flag = argument.get_long().expect("a flag");
    let variable = argument.get_env().expect("a variable").to_string_lossy();
    let help = argument.get_help().expect("help").to_string();
    let is_switch = argument.get_value_names().is_some_and(|names| names[0] == "BOOL");
    let default = match help.rsplit_once("[default: ").map(|(_, rest)| rest.trim_end_matches(']')) {
        Some(prose) if prose.contains(' ') => prose.to_owned(),
        Some(value) => format!("`{value}`"),
        None if is_switch => "`false`".to_owned(),
        None => String::new(),
    };
    [format!("`--{flag}`"), format!("`{variable}`"), default]
}

#[test]
fn the_page_has_each_setting_of_the_server_and_its_default() {
    let program = atlas_sandbox::cli::command();
    let serve = program.find_subcommand("serve").expect("the command");
    let mut known: Vec<_> = serve.get_arguments().map(row).collect();
    let flags = Page::read(PAGE).rows().into_iter().filter(|row| row[0].starts_with("`--"));
    let mut told: Vec<[String; 3]> = flags
        .map(|row| {
            assert!(row.len() == 4 && !row[3].is_empty(), "no word of meaning: {row:?}");
            [row[0].clone(), row[1].clone(), row[2].clone()]
        })
        .collect();
    known.sort();
    told.sort();
    assert!(known.len() > 35, "{known:?}");
    assert_eq!(told, known);
}

#[test]
fn the_defaults_that_are_told_are_those_that_hold() {
    let https = Flags { tls_self_signed: Some(true), ..Flags::default() };
    let config = https.resolve().expect("the defaults fit");
    let seconds = |span: std::time::Duration| format!("{}s", span.as_secs());
    let edge = &config.edge;
    let tls = edge.tls.as_ref().expect("HTTPS");
    let told = Page::read(PAGE).rows();
    for (flag, holds) in [
        ("listen", config.listen.to_string()),
        ("seed", config.seed.to_string()),
        ("lint", shown(&json!(config.lint))),
        ("profile", shown(&json!(config.profile))),
        ("journal-entries", config.journal_entries.to_string()),
        ("grace", seconds(config.grace)),
        ("max-connections", edge.max_connections.to_string()),
        ("request-timeout", seconds(edge.request_timeout)),
        ("tls-listen", tls.listen.to_string()),
        ("log-format", if config.log_json { "json" } else { "text" }.to_owned()),
        ("log-level", config.log_level.clone()),
        ("no-demo", config.no_demo.to_string()),
        ("open-catalog", config.open_catalog.to_string()),
        ("debug-headers", config.debug_headers.to_string()),
        ("admin-open", config.admin_open.to_string()),
    ] {
        let row = told.iter().find(|row| row[0] == format!("`--{flag}`")).expect(flag);
        assert_eq!(spans(&row[2]), [holds], "--{flag}");
    }
}

#[test]
fn the_configuration_file_of_the_page_is_taken() {
    let file = folder("config").join("config.yaml");
    std::fs::write(&file, Page::read(PAGE).blocks("yaml").concat()).expect("a file");
    let config = Flags { config: Some(file), ..Flags::default() }.resolve().expect("it fits");
    assert!(config.no_demo && config.listen.port() == 8080);
}

#[actix_web::test]
async fn the_defaults_of_accounts_and_subscriptions_are_told() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let settings = account.control(Method::GET, "/settings", None).await.expect(200);
    let told = section(PAGE, "account.settings").defaults();
    let holds = settings.as_object().expect("settings").iter().map(|(name, value)| (name.clone(), shown(value)));
    assert_eq!(told, holds.collect());

    let put = account.control(Method::PUT, "/subscriptions/assessment_results", Some(json!({ "url": "inbox:x" })));
    let subscription = put.await.expect(200);
    let told = section("docs/notifications.md", "subscriptions.{service}").defaults();
    // Members of their own kind are told by their `type`; what is not shown is at its default.
    let holds = |value: &Value| value.get("type").map_or_else(|| shown(value), shown);
    let members = subscription.as_object().expect("a subscription").iter().filter(|(name, _)| *name != "url");
    let mut compared = 0;
    for (name, value) in members {
        assert_eq!(told.get(name), Some(&holds(value)), "{name}");
        compared += 1;
    }
    assert!(compared > 12, "{subscription}");
}
