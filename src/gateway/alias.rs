//! Aliases: the other paths a service answers at, rewritten to the canonical form before routing.
//!
//! The canonical form is `/{serviceName}/1.0.0/accounts/{account_code}/...`. Root paths lack the service, generation 2
//! lacks the account code.

/// The version of the paths that lack the account code.
pub const GENERATION_2: &str = "2.0.0";

/// The canonical path of an alias; none where the path is canonical, or no path of ours.
pub fn canonical(path: &str, account: Option<&str>) -> Option<String> {
    let mut segments = path.strip_prefix('/')?.split('/');
    let first = segments.next()?;
    match first {
        "accounts" => {
            let third = segments.nth(1);
            (third == Some("candidates")).then(|| format!("/eligibilityService/1.0.0{path}"))
        }
        "eligibilities" => Some(format!("/eligibilityService/1.0.0{path}")),
        "ping" | "whoami" => segments.next().is_none().then(|| format!("/gettingStartedService/1.0.0{path}")),
        "bookings" => path.ends_with("/results").then(|| format!("/assessmentResultService/1.0.0{path}")),
        "oauth2" => {
            path.strip_prefix("/oauth2").filter(|rest| matches!(*rest, "/token" | "/revoke")).map(str::to_owned)
        }
        service if service.ends_with("Service") => {
            let rest = path.strip_prefix('/')?.strip_prefix(service)?.strip_prefix("/2.0.0")?;
            if !rest.starts_with('/') {
                return None;
            }
            // Without a token there is no account, and the call is refused before the account is looked at.
            let account = account.unwrap_or("-");
            let names_no_account = service == "gettingStartedService"
                || rest.starts_with("/eligibilities/")
                || rest.starts_with("/bookings/");
            let middle = if names_no_account { String::new() } else { format!("/accounts/{account}") };
            Some(format!("/{service}/1.0.0{middle}{rest}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn every_alias_leads_to_its_canonical_path() {
        for (path, expected) in [
            ("/accounts/A1/candidates", Some("/eligibilityService/1.0.0/accounts/A1/candidates")),
            ("/accounts/A1/candidates/7/tests/T", Some("/eligibilityService/1.0.0/accounts/A1/candidates/7/tests/T")),
            (
                "/eligibilities/AB12CD34/testLaunchInfo",
                Some("/eligibilityService/1.0.0/eligibilities/AB12CD34/testLaunchInfo"),
            ),
            ("/bookings/AB12CD34/results", Some("/assessmentResultService/1.0.0/bookings/AB12CD34/results")),
            ("/eligibilityService/2.0.0/candidates", Some("/eligibilityService/1.0.0/accounts/ME/candidates")),
            (
                "/eligibilityService/2.0.0/eligibilities/X/testLaunchInfo",
                Some("/eligibilityService/1.0.0/eligibilities/X/testLaunchInfo"),
            ),
            (
                "/assessmentResultService/2.0.0/bookings/X/results",
                Some("/assessmentResultService/1.0.0/bookings/X/results"),
            ),
            ("/ping", Some("/gettingStartedService/1.0.0/ping")),
            ("/gettingStartedService/2.0.0/whoami", Some("/gettingStartedService/1.0.0/whoami")),
            ("/ping/x", None),
            ("/eligibilityService/2.0.0", None),
            ("/eligibilityService/2.0.0x/candidates", None),
            ("/oauth2/token", Some("/token")),
            ("/oauth2/revoke", Some("/revoke")),
            ("/oauth2/authorize", None),
            ("/eligibilityService/1.0.0/accounts/A1/candidates", None),
            ("/token", None),
            ("/accounts/A1", None),
            ("/bookings/AB12CD34", None),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(canonical(path, Some("ME")).as_deref(), expected, "{path}");
        }
    }
}
