//! The gateway's table of faults: each code with its words, as either profile writes them.

use super::{OLD_REALM, REALM};

/// What an answer is, in full.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    pub status: u16,
    pub kind: String,
    pub challenge: Option<String>,
    pub origin: Option<String>,
    pub body: String,
}

/// The vocabulary a fault is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Security,
    Throttling,
    Manager,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    pub status: u16,
    pub family: Family,
    pub code: u32,
    pub message: &'a str,
    pub description: &'a str,
    /// In 1.10, where it differs.
    pub old_description: Option<&'a str>,
    pub next_access: Option<&'a str>,
}

pub const OLD: &str = "wso2-1.10";

fn challenge(profile: &str) -> &'static str {
    if profile == OLD { OLD_REALM } else { REALM }
}

pub const fn security<'a>(status: u16, code: u32, message: &'a str, description: &'a str) -> Row<'a> {
    Row { status, family: Family::Security, code, message, description, old_description: None, next_access: None }
}

/// The row of a token that the API does not accept.
pub const fn denied<'a>(status: u16, code: u32, message: &'a str, new: &'a str, old: &'a str) -> Row<'a> {
    Row { old_description: Some(old), ..security(status, code, message, new) }
}

pub const fn manager<'a>(status: u16, code: u32, message: &'a str, description: &'a str) -> Row<'a> {
    Row { family: Family::Manager, ..security(status, code, message, description) }
}

pub const MISSING: Row<'_> = security(
    401,
    900_902,
    "Missing Credentials",
    "Required OAuth credentials not provided. Make sure your API invocation call has a header: \"Authorization: Bearer \
     ACCESS_TOKEN\"",
);
pub const INVALID: Row<'_> = denied(
    401,
    900_901,
    "Invalid Credentials",
    "Access failure for API: /eligibilityService/1.0.0, version: 1.0.0 status: (900901) - Invalid Credentials. Make sure \
     you have given the correct access token",
    "Access failure for API: /eligibilityService/1.0.0, version: 1.0.0. Make sure your have given the correct access \
     token",
);
pub const NOT_SUBSCRIBED: Row<'_> = denied(
    403,
    900_908,
    "Resource forbidden ",
    "Access failure for API: /eligibilityService/1.0.0, version: 1.0.0 status: (900908) - Resource forbidden ",
    "The application is not subscribed to this API",
);
pub const BLOCKED: Row<'_> = denied(
    401,
    900_907,
    "The requested API is temporarily blocked",
    "Access failure for API: /eligibilityService/1.0.0, version: 1.0.0 status: (900907) - The requested API is \
     temporarily blocked",
    "The subscription of the application to this API is blocked",
);
pub const INACTIVE: Row<'_> = denied(
    401,
    900_909,
    "The subscription to the API is inactive",
    "Access failure for API: /eligibilityService/1.0.0, version: 1.0.0 status: (900909) - The subscription to the API is \
     inactive",
    "The subscription of the application to this API is on hold or was rejected",
);
pub const PRODUCTION: Row<'_> = security(
    403,
    900_901,
    "Production key offered to the API with no production endpoint",
    "Production key offered to the API with no production endpoint",
);
pub const SCOPE: Row<'_> = denied(
    403,
    900_910,
    "The access token does not allow you to access the requested resource",
    "Access failure for API: /eligibilityService/1.0.0, version: 1.0.0 status: (900910) - The access token does not allow \
     you to access the requested resource",
    "The token lacks the scope of this API",
);
pub const UNCLASSIFIED: Row<'_> =
    security(500, 900_900, "Unclassified Authentication Failure", "Unclassified Authentication Failure");
pub const INACTIVE_TOKEN: Row<'_> = denied(
    401,
    900_904,
    "Access Token Inactive",
    "Access failure for API: /eligibilityService/1.0.0, version: 1.0.0 status: (900904) - Access Token Inactive",
    "The access token is inactive. Ask for a new one",
);
pub const API_BLOCKED: Row<'_> = manager(
    503,
    700_700,
    "API blocked",
    "This API has been blocked temporarily. Please try again later or contact the system administrators.",
);
pub const UNKNOWN_API: Row<'_> = manager(404, 404, "Not Found", "The requested resource is not available.");
pub const UNKNOWN_PATH: Row<'_> =
    manager(404, 404, "Runtime Error", "No matching resource found for given API Request");
pub const UNKNOWN_METHOD: Row<'_> = manager(405, 405, "Runtime Error", "Method not allowed for given API resource");
pub const UNREACHABLE: Row<'_> = manager(500, 101_503, "Runtime Error", "Error connecting to the back end");
pub const SILENT: Row<'_> = manager(500, 101_504, "Runtime Error", "Send timeout");
pub const NOT_ALLOWED: Row<'_> = Row {
    family: Family::Throttling,
    ..security(403, 900_805, "Message blocked", "You have been blocked from accessing the resource")
};
pub const NO_RESOURCE: Row<'_> = security(
    403,
    900_906,
    "No matching resource found in the API for the given request",
    "Check the API documentation and add a proper REST resource path to the invocation URL",
);

pub const fn throttled(code: u32, next_access: Option<&str>) -> Row<'_> {
    Row {
        status: 429,
        family: Family::Throttling,
        code,
        message: "Message throttled out",
        description: "You have exceeded your quota",
        old_description: None,
        next_access,
    }
}

impl Row<'_> {
    /// As a call without a body gets it: the manager's faults do not follow `Accept`.
    pub fn told(&self, profile: &str, accept: Option<&str>) -> Told {
        let wants_json = accept == Some("application/json");
        let is_json = match self.family {
            Family::Security => wants_json && profile != OLD,
            Family::Throttling => wants_json,
            Family::Manager => false,
        };
        self.written(profile, is_json)
    }

    pub fn written(&self, profile: &str, is_json: bool) -> Told {
        let Self { status, family, code, message, description, old_description, next_access } = *self;
        let description = old_description.filter(|_| profile == OLD).unwrap_or(description);
        let is_report = family == Family::Manager;
        let body = if is_json {
            let next = next_access.map(|at| format!(",\"nextAccessTime\":\"{at}\"")).unwrap_or_default();
            let kind = if is_report { "\"type\":\"Status report\"," } else { "" };
            let description = description.replace('"', "\\\"");
            format!(
                "{{\"fault\":{{\"code\":{code},{kind}\"message\":\"{message}\",\"description\":\"{description}\"{next}}}}}"
            )
        } else {
            let (p, rest) = match family {
                Family::Security => ("ams", "/security"),
                Family::Throttling => ("amt", "/throttling"),
                Family::Manager => ("am", ""),
            };
            let next =
                next_access.map(|at| format!("<{p}:nextAccessTime>{at}</{p}:nextAccessTime>")).unwrap_or_default();
            let kind = if is_report { format!("<{p}:type>Status report</{p}:type>") } else { String::new() };
            format!(
                "<{p}:fault xmlns:{p}=\"http://wso2.org/apimanager{rest}\"><{p}:code>{code}</{p}:code>{kind}\
                 <{p}:message>{message}</{p}:message><{p}:description>{description}</{p}:description>{next}</{p}:fault>"
            )
        };
        let kind = if is_json { "application/json" } else { "application/xml" };
        Told {
            status,
            kind: kind.to_owned(),
            challenge: (status == 401).then(|| challenge(profile).to_owned()),
            origin: Some("*".to_owned()),
            body,
        }
    }
}
