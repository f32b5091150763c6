//! Query parameters: what does not fit is told with its name, and what was expected of it.

use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{Error, FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use super::error::wrong_parameter;
use crate::domain::value::document::misfit;

/// The parameters of a call's query.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T> Deref for Query<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request.query_string()).map(Self).map_err(|wrong| wrong_parameter(request, wrong)))
    }
}

/// # Errors
/// The parameter that does not fit, and why.
fn read<T: DeserializeOwned>(query: &str) -> Result<T, String> {
    let fields = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(fields).map_err(|wrong| {
        let (name, said) = (wrong.path().to_string(), wrong.inner().to_string());
        if name == "." {
            return format!("query: {}", misfit(&said));
        }
        let sent = form_urlencoded::parse(query.as_bytes()).find(|(known, _)| *known == name);
        let sent = sent.map_or_else(String::new, |(_, value)| value.into_owned());
        match said.as_str() {
            _ if said.starts_with("invalid digit") || said.starts_with("cannot parse integer") => {
                format!("{name}: expected a whole number, got {sent:?}")
            }
            _ if said.starts_with("number too") => format!("{name}: expected a smaller number, got {sent:?}"),
            "provided string was not `true` or `false`" => format!("{name}: expected true or false, got {sent:?}"),
            _ => format!("{name}: {}", misfit(&said)),
        }
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only whether it is read matters")]
    struct Parameters {
        limit: Option<u16>,
        of: String,
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize)]
    enum Kind {
        One,
        Two,
    }

    #[test]
    fn a_misfit_names_its_parameter() {
        for (query, told) in [
            ("of=a&limit=many", "limit: expected a whole number, got \"many\""),
            ("of=a&limit=70000", "limit: expected a smaller number, got \"70000\""),
            ("of=a&limit=-1", "limit: expected a whole number, got \"-1\""),
            ("limit=1", "query: expected the key \"of\", which is missing"),
            ("of=a&of=b", "query: the key \"of\" stands twice"),
            ("of=a&kind=Three", "kind: expected One or Two, got \"Three\""),
        ] {
            assert_eq!(read::<Parameters>(query).expect_err(query), told);
        }
        assert!(read::<Parameters>("of=a&limit=1&kind=Two&more=x").is_ok());
    }
}
