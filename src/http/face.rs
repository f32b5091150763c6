//! Which paths are the sandbox's own; all others are the vendor's.

use actix_web::http::header::{ACCEPT, HeaderMap};

/// The control face, probes and documents: these paths, and what is below them.
const OWN: [&str; 7] = ["/_sandbox", "/livez", "/readyz", "/metrics", "/openapi", "/openapi.json", "/favicon.ico"];

/// Whether a path is the sandbox's own.
pub fn is_own(path: &str) -> bool {
    OWN.iter().any(|own| is_below(path, own))
}

/// Whether a path is the control face's.
pub fn is_control(path: &str) -> bool {
    is_below(path, OWN[0])
}

/// Whether an answer is for a person at a browser.
pub fn is_for_a_person(headers: &HeaderMap) -> bool {
    let kinds = headers.get_all(ACCEPT).filter_map(|accept| accept.to_str().ok()).flat_map(|accept| accept.split(','));
    kinds.map(|kind| kind.split(';').next().unwrap_or_default()).any(|kind| kind.trim() == "text/html")
}

fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_whose_it_is_called_after() {
        for (path, expected) in [
            ("/livez", true),
            ("/livez/", true),
            ("/openapi.json", true),
            ("/openapi/atlas.json", true),
            ("/_sandbox", true),
            ("/_sandbox/accounts", true),
            ("/", false),
            ("/livezzz", false),
            ("/_sandboxes", false),
            ("/openapi.yaml", false),
            ("/accounts/_sandbox", false),
        ] {
            assert_eq!(is_own(path), expected, "{path}");
        }
    }
}
