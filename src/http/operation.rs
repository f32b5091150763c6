//! What the types of a handler say of its operation: parameters, body, statuses. The documents of both faces are made of
//! it and of the handlers' annotations.

use std::any::type_name;
use std::collections::BTreeMap;

use actix_web::web::{Bytes, Data, Path, Payload};
use actix_web::{Handler, HttpRequest, HttpResponse};
use utoipa::openapi::path::{HttpMethod, Operation as Described, Parameter, ParameterBuilder, PathItem};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder, Schema};
use utoipa::{IntoParams, ToSchema};

use super::body::{Body, Document};
use super::query::Query;
use crate::domain::contract::operation::Operation;
use crate::service::account;

/// Why a call ends with 408.
pub const LATE: &str = "The body did not arrive in time.";

/// What the types of a handler say.
#[derive(Default)]
pub struct Signature {
    /// The vendor's operation, where it is one.
    pub operation: Option<&'static Operation>,
    /// The parameters of path and query.
    pub parameters: Vec<Parameter>,
    /// The body.
    pub request_body: Option<RequestBody>,
    /// The answers by status; a refusal without a body has the one of its face.
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
        let schema = self.schema::<T>();
        self.answers_with(status, description, schema);
    }

    /// Adds an answer in JSON of this schema.
    pub fn answers_with(&mut self, status: u16, description: &str, schema: RefOr<Schema>) {
        self.answers(status, description);
        if let Some(response) = self.responses.get_mut(&status.to_string()) {
            response
                .content
                .insert("application/json".to_owned(), ContentBuilder::new().schema(Some(schema)).build().into());
        }
    }

    /// Says that an answer may come in another content type as well, of which no schema is told.
    pub fn answers_also(&mut self, status: u16, kind: &str) {
        if let Some(response) = self.responses.get_mut(&status.to_string()) {
            response.content.insert(kind.to_owned(), ContentBuilder::new().build().into());
        }
    }

    /// Adds the body, in JSON.
    fn takes_json<T: ToSchema>(&mut self, required: Required) {
        let content = ContentBuilder::new().schema(Some(self.schema::<T>())).build();
        let body = RequestBodyBuilder::new().content("application/json", content).required(Some(required));
        self.request_body = Some(body.build());
    }

    /// Refers to the schema of a type, where that has a name.
    pub fn schema<T: ToSchema>(&mut self) -> RefOr<Schema> {
        collect::<T>(&mut self.schemas).map_or_else(T::schema, |name| Ref::from_schema_name(name).into())
    }

    /// The operation of a handler's annotation, completed. What the annotation says comes first; a refusal without a
    /// body gets the one that the refusals of its face have: a media type and a schema.
    pub fn complete(&mut self, annotated: PathItem, (media, refusal): (&str, &RefOr<Schema>)) -> Described {
        let PathItem { get, put, post, delete, patch, .. } = annotated;
        let mut described = get.or(put).or(post).or(delete).or(patch).unwrap_or_default();
        let parameters: Vec<_> = std::mem::take(&mut self.parameters).into_iter().map(with_example).collect();
        described.parameters = (!parameters.is_empty()).then(|| parameters.into_iter().map(RefOr::T).collect());
        described.request_body = described.request_body.take().or(self.request_body.take().map(RefOr::T));
        let mut responses = std::mem::take(&mut self.responses);
        for (status, answer) in std::mem::take(&mut described.responses.responses) {
            let RefOr::T(mut answer) = answer else { continue };
            if let Some(known) = responses.remove(&status)
                && answer.content.is_empty()
            {
                answer.content = known.content;
            }
            responses.insert(status, answer);
        }
        for (status, answer) in &mut responses {
            if status.starts_with(['4', '5']) && answer.content.is_empty() {
                let content = ContentBuilder::new().schema(Some(refusal.clone())).build();
                answer.content.insert(media.to_owned(), content.into());
            }
        }
        described.responses.responses = responses.into_iter().map(|(status, answer)| (status, answer.into())).collect();
        described
    }
}

/// The account of a path is the one that is there from the start: the page to browse the document fills it in.
fn with_example(parameter: Parameter) -> Parameter {
    if parameter.name == "account_code" {
        ParameterBuilder::from(parameter).example(Some(account::DEMO.into())).build()
    } else {
        parameter
    }
}

/// Adds an operation to a document.
pub fn add(document: &mut OpenApi, method: &str, path: &str, described: Described) {
    let method = match method {
        "PUT" => HttpMethod::Put,
        "POST" => HttpMethod::Post,
        "DELETE" => HttpMethod::Delete,
        "PATCH" => HttpMethod::Patch,
        _ => HttpMethod::Get,
    };
    document.paths.add_path_operation(path, vec![method], described);
}

/// Adds the schemas of a type to others, and gives the type's own name, where it has one.
pub fn collect<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) -> Option<String> {
    T::schemas(schemas);
    let schema = T::schema();
    let names = names(type_name::<T>());
    let is_named = !matches!(names.first(), None | Some(&("Vec" | "BTreeMap" | "Value")));
    // A list of whatever name is written where it stands.
    if !is_named || matches!(schema, RefOr::T(Schema::Array(_))) {
        return None;
    }
    let is_plain = names.len() == 1 && !type_name::<T>().contains("Arc<");
    let name = if is_plain { T::name().into_owned() } else { names.join("_") };
    schemas.push((name.clone(), schema));
    Some(name)
}

/// Views in other types that the documents call as their record: `#[schema(as = ...)]`, which a type's name does not show.
const SHOWN_AS: [(&str, &str); 3] =
    [("DeliveryView", "Delivery"), ("PaymentView", "Payment"), ("VoucherView", "Voucher")];

/// The names in a type: `Page` and `Booking` for a page of shared bookings.
fn names(path: &str) -> Vec<&str> {
    path.split(['<', '>', ',', ' '])
        .filter_map(|word| word.rsplit("::").next())
        .filter(|word| !(word.is_empty() || word.starts_with('\'') || *word == "Arc"))
        .map(|word| SHOWN_AS.iter().find(|(view, _)| *view == word).map_or(word, |(_, shown)| shown))
        .collect()
}

impl<T: IntoParams> Takes for Path<T> {
    fn say(signature: &mut Signature) {
        signature.takes::<T>();
    }
}

impl<T: IntoParams> Takes for Query<T> {
    fn say(signature: &mut Signature) {
        signature.takes::<T>();
        signature.answers(400, "A parameter does not fit.");
    }
}

impl<T: ToSchema, const LIMIT: usize> Takes for Document<T, LIMIT> {
    fn say(signature: &mut Signature) {
        // An empty body reads as `{}`, which fits where no member must be there.
        let written = serde_json::to_value(T::schema()).unwrap_or_default();
        let has_to_be = written["required"].is_array() || written["allOf"].is_array();
        signature.takes_json::<T>(if has_to_be { Required::True } else { Required::False });
        signature.answers(400, "A member does not fit; nothing changed.");
        signature.answers(408, LATE);
        let limit = match LIMIT / 1024 {
            kib if kib < 1024 => format!("{kib} KiB"),
            kib => format!("{} MiB", kib / 1024),
        };
        signature.answers(413, &format!("The body is over {limit}."));
        signature.answers(415, "The body is neither JSON nor YAML, as its `Content-Type` says.");
    }
}

impl<T: ToSchema> Takes for Body<T> {
    fn say(signature: &mut Signature) {
        signature.takes_json::<T>(Required::True);
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

    use super::*;

    #[test]
    fn a_schema_has_the_names_of_its_type_and_of_what_is_in_it() {
        for (path, expected) in [
            ("atlas_sandbox::admin::clock::ClockMoved", vec!["ClockMoved"]),
            ("a::page::Page<alloc::sync::Arc<b::Booking>>", vec!["Page", "Booking"]),
            ("a::EligibilityView<'_>", vec!["EligibilityView"]),
            ("a::page::Page<b::DeliveryView>", vec!["Page", "Delivery"]),
        ] {
            assert_eq!(names(path), expected, "{path}");
        }
        assert_eq!(collect::<Vec<String>>(&mut Vec::new()), None);
        assert_eq!(collect::<Arc<Vec<String>>>(&mut Vec::new()), None);
    }
}
