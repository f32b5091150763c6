//! What the types of a handler say of its operation: parameters, body, statuses. The documents are made of it.

use std::any::type_name;
use std::collections::BTreeMap;

use actix_web::web::{Bytes, Data, Path, Payload, Query};
use actix_web::{Handler, HttpRequest, HttpResponse};
use utoipa::openapi::path::Parameter;
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, Response, ResponseBuilder, Schema};
use utoipa::{IntoParams, ToSchema};

use super::body::Document;
use super::error::Problem;

/// Why a call ends with 408.
pub const LATE: &str = "The body did not arrive in time.";

/// What the types of a handler say.
#[derive(Default)]
pub struct Signature {
    /// The parameters of path and query.
    pub parameters: Vec<Parameter>,
    /// The body.
    pub request_body: Option<RequestBody>,
    /// The answers by status.
    pub responses: BTreeMap<String, Response>,
    /// The schemas that the rest refers to.
    pub schemas: Vec<(String, RefOr<Schema>)>,
}

/// What a handler takes from a call.
pub trait Takes {
    /// Adds what it reads, and what it may refuse the call with.
    fn say(signature: &mut Signature);
}

/// What a handler answers.
pub trait Answers {
    /// Adds its statuses and bodies.
    fn say(signature: &mut Signature);
}

/// What the types of this handler say.
pub fn signature<H, A>(_handler: H) -> Signature
where
    H: Handler<A>,
    H::Output: Answers,
    A: Takes,
{
    let mut signature = Signature::default();
    A::say(&mut signature);
    <H::Output as Answers>::say(&mut signature);
    signature
}

impl Signature {
    /// Adds the parameters of a struct, which says itself whether they are of the path or the query.
    pub fn takes<P: IntoParams>(&mut self) {
        self.parameters.extend(P::into_params(|| None));
    }

    /// Adds an answer without a body.
    pub fn answers(&mut self, status: u16, description: &str) {
        let response = ResponseBuilder::new().description(description).build();
        self.responses.insert(status.to_string(), response);
    }

    /// Adds an answer in JSON; its description is that of the type.
    pub fn answers_json<T: ToSchema>(&mut self, status: u16) {
        let written = serde_json::to_value(T::schema()).unwrap_or_default();
        let description = written["description"].as_str().and_then(|text| text.lines().next()).unwrap_or("As asked.");
        let content = ContentBuilder::new().schema(Some(self.schema::<T>())).build();
        let response = ResponseBuilder::new().description(description).content("application/json", content).build();
        self.responses.insert(status.to_string(), response);
    }

    /// Adds a refusal in the words of the control face.
    pub fn refuses(&mut self, status: u16, description: &str) {
        self.answers(status, description);
        let schema = self.schema::<Problem>();
        if let Some(response) = self.responses.get_mut(&status.to_string()) {
            let content = ContentBuilder::new().schema(Some(schema)).build();
            response.content.insert("application/json".to_owned(), content.into());
        }
    }

    /// Refers to the schema of a type, where that has a name.
    fn schema<T: ToSchema>(&mut self) -> RefOr<Schema> {
        collect::<T>(&mut self.schemas).map_or_else(T::schema, |name| Ref::from_schema_name(name).into())
    }
}

/// Adds the schemas of a type to others, and gives the type's own name, where it has one.
pub fn collect<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) -> Option<String> {
    T::schemas(schemas);
    let name = schema_name(type_name::<T>())?;
    schemas.push((name.clone(), T::schema()));
    Some(name)
}

/// Views that the documents call as their record: `#[schema(as = ...)]`, which the name of a type does not show.
const SHOWN_AS: [(&str, &str); 2] = [("DeliveryView", "Delivery"), ("FaultView", "Fault")];

/// The name of a type's schema: `Page_Booking` for a page of shared bookings; `None` for a list, a map, any JSON.
fn schema_name(path: &str) -> Option<String> {
    let words = path.split(['<', '>', ',', ' ']).filter_map(|word| word.rsplit("::").next());
    let names: Vec<&str> = words
        .filter(|word| !(word.is_empty() || word.starts_with('\'') || *word == "Arc"))
        .map(|word| SHOWN_AS.iter().find(|(view, _)| *view == word).map_or(word, |(_, shown)| shown))
        .collect();
    let is_named = !matches!(names.first(), None | Some(&("Vec" | "BTreeMap" | "Value")));
    is_named.then(|| names.join("_"))
}

impl<T: IntoParams> Takes for Path<T> {
    fn say(signature: &mut Signature) {
        signature.takes::<T>();
    }
}

impl<T: IntoParams> Takes for Query<T> {
    fn say(signature: &mut Signature) {
        signature.takes::<T>();
        signature.refuses(400, "A parameter does not fit.");
    }
}

impl<T: ToSchema> Takes for Document<T> {
    fn say(signature: &mut Signature) {
        let content = ContentBuilder::new().schema(Some(signature.schema::<T>())).build();
        let body = RequestBodyBuilder::new().content("application/json", content).required(Some(Required::True));
        signature.request_body = Some(body.build());
        signature.refuses(400, "A member does not fit; nothing changed.");
        signature.refuses(408, LATE);
    }
}

impl<T: Answers, E> Answers for Result<T, E> {
    fn say(signature: &mut Signature) {
        T::say(signature);
    }
}

/// Types that say nothing: what their handlers take or answer is in the annotation.
macro_rules! silent {
    ($subject:ident: $($type:ty),+) => {
        $(impl $subject for $type { fn say(_: &mut Signature) {} })+
    };
}

silent!(Takes: HttpRequest, Payload, Bytes);
silent!(Answers: HttpResponse);

impl<T> Takes for Data<T> {
    fn say(_: &mut Signature) {}
}

/// A handler takes as many things as it has arguments.
macro_rules! arguments {
    ($($($type:ident)*;)+) => {
        $(impl<$($type: Takes),*> Takes for ($($type,)*) {
            fn say(_signature: &mut Signature) {
                $($type::say(_signature);)*
            }
        })+
    };
}

arguments! {
    ;
    A;
    A B;
    A B C;
    A B C D;
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use super::*;

    #[test]
    fn a_schema_has_the_name_of_its_type_and_of_what_is_in_it() {
        for (path, name) in [
            ("atlas_sandbox::admin::clock::ClockMoved", Some("ClockMoved")),
            ("a::page::Page<alloc::sync::Arc<b::Booking>>", Some("Page_Booking")),
            ("a::EligibilityView<'_>", Some("EligibilityView")),
            ("alloc::vec::Vec<a::ClockMoved>", None),
            ("alloc::collections::btree::map::BTreeMap<alloc::string::String, a::Subscription>", None),
            ("serde_json::value::Value", None),
        ] {
            assert_eq!(schema_name(path).as_deref(), name, "{path}");
        }
        assert_eq!(schema_name(type_name::<Arc<Value>>()), None);
    }
}
