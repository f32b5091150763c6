//! The header `Idempotency-Key`.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::error::Refused;
use super::operation::{Signature, Takes};

/// The key under which a call may come again without being carried out twice; `None` if it has none.
#[derive(Debug)]
pub struct IdempotencyKey(pub Option<String>);

impl FromRequest for IdempotencyKey {
    type Error = Refused;
    type Future = Ready<Result<Self, Refused>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let key = request.headers().get("idempotency-key");
        ready(Ok(Self(key.map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned()))))
    }
}

impl Takes for IdempotencyKey {
    fn say(signature: &mut Signature) {
        let schema = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255));
        let parameter = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .description(Some("The same key and body get the same answer, and nothing is done twice."))
            .schema(Some(schema));
        signature.parameters.push(parameter.build());
    }
}
