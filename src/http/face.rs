//! Which paths are the sandbox's own; all others are the vendor's.

use actix_web::http::header::{ACCEPT, HeaderMap};

/// The control face, probes and documents: the paths that begin with one of these segments.
const OWN: [&str; 7] = ["_sandbox", "livez", "readyz", "metrics", "openapi", "openapi.json", "favicon.ico"];

/// Whether a path is the sandbox's own.
pub fn is_own(path: &str) -> bool {
    first_segment(path).is_some_and(|first| OWN.iter().any(|own| own.as_bytes() == first))
}

/// Whether a path is the control face's.
pub fn is_control(path: &str) -> bool {
    first_segment(path) == Some(OWN[0].as_bytes())
}

/// Whether an answer is for a person at a browser.
pub fn is_for_a_person(headers: &HeaderMap) -> bool {
    let kinds = headers.get_all(ACCEPT).filter_map(|accept| accept.to_str().ok()).flat_map(|accept| accept.split(','));
    kinds.map(|kind| kind.split(';').next().unwrap_or_default()).any(|kind| kind.trim() == "text/html")
}

fn first_segment(path: &str) -> Option<&[u8]> {
    path.strip_prefix('/')?.as_bytes().split(|byte| *byte == b'/').next()
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
