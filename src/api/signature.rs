//! What the document learns from the types of a handler: parameters, body, answers, and what every operation answers.

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use utoipa::openapi::path::{Operation as Described, Parameter, ParameterIn, PathItem};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ArrayBuilder, Schema};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Required};
use utoipa::{IntoParams, ToSchema};

use super::answer::{List, Taken};
use crate::domain::contract::operation::{Declared, Operation};
use crate::gateway::caller::Caller;
use crate::gateway::fault::FaultBody;
use crate::http::answer::{Created, Json, NoContent, Written};
use crate::http::body::Body;
use crate::http::error::{ErrorModel, Refused};
use crate::http::path::FromParts;

/// What the document learns from the types of a handler.
#[derive(Default)]
pub struct HandlerSignature {
    operation: Option<&'static Operation>,
    parameters: Vec<Parameter>,
    request: Option<RequestBody>,
    answers: Vec<Promise>,
    schemas: Vec<(String, RefOr<Schema>)>,
}

/// An answer that may come.
struct Promise {
    status: &'static str,
    about: &'static str,
    schema: Option<RefOr<Schema>>,
}

impl HandlerSignature {
    fn answer(&mut self, status: &'static str, about: &'static str, schema: Option<RefOr<Schema>>) {
        self.answers.push(Promise { status, about, schema });
    }

    /// A reference to a schema; a list stands where it is used.
    fn schema<T: ToSchema>(&mut self) -> RefOr<Schema> {
        T::schemas(&mut self.schemas);
        let schema = T::schema();
        if matches!(schema, RefOr::T(Schema::Array(_))) {
            return schema;
        }
        self.schemas.push((T::name().into_owned(), schema));
        Ref::from_schema_name(T::name()).into()
    }

    /// What every operation with a token may answer.
    fn refuse(&mut self) {
        let Some(operation) = self.operation else { return };
        let model = self.schema::<ErrorModel>();
        let fault = self.schema::<FaultBody>();
        self.answer("401", "No valid token.", Some(fault.clone()));
        let is_role_needed = operation.service.is_some_and(|service| service.role().is_some());
        match (is_role_needed, operation.path.contains("{account_code}")) {
            (false, _) => self.answer("403", "The application is not subscribed.", Some(fault)),
            (true, false) => self.answer("403", "The role is missing.", Some(model.clone())),
            (true, true) => {
                self.answer("403", "The role is missing, or the account is another one.", Some(model.clone()));
            }
        }
        if self.request.is_some() {
            self.answer("400", "What is named is unknown, or the body does not fit.", Some(model));
        } else if !self.parameters.is_empty() {
            self.answer("400", "What is named is unknown, or a parameter does not fit.", Some(model));
        }
    }
}

/// An argument of a handler.
pub trait Argument {
    /// Adds what the document says of it.
    fn describe(to: &mut HandlerSignature);
}

impl<O: Declared, P: FromParts> Argument for Caller<O, P> {
    fn describe(to: &mut HandlerSignature) {
        to.operation = Some(O::OPERATION);
        to.parameters.extend(P::parameters());
    }
}

impl<T: ToSchema> Argument for Body<T> {
    fn describe(to: &mut HandlerSignature) {
        let content = ContentBuilder::new().schema(Some(to.schema::<T>())).build();
        let body = RequestBodyBuilder::new().content("application/json", content).required(Some(Required::True));
        to.request = Some(body.build());
    }
}

impl<T: IntoParams> Argument for Query<T> {
    fn describe(to: &mut HandlerSignature) {
        to.parameters.extend(T::into_params(|| Some(ParameterIn::Query)));
    }
}

impl Argument for HttpRequest {
    fn describe(_: &mut HandlerSignature) {}
}

impl<T> Argument for Data<T> {
    fn describe(_: &mut HandlerSignature) {}
}

/// The answer of a handler.
pub trait HandlerAnswer {
    /// Adds what the document says of it.
    fn describe(to: &mut HandlerSignature);
}

impl<T: ToSchema> HandlerAnswer for Json<T> {
    fn describe(to: &mut HandlerSignature) {
        let schema = to.schema::<T>();
        to.answer("200", "Done.", Some(schema));
    }
}

impl<T: ToSchema> HandlerAnswer for Written<Json<T>> {
    fn describe(to: &mut HandlerSignature) {
        Json::<T>::describe(to);
    }
}

impl<T: ToSchema> HandlerAnswer for List<T> {
    fn describe(to: &mut HandlerSignature) {
        let row = to.schema::<T>();
        to.answer("200", "Done.", Some(RefOr::T(ArrayBuilder::new().items(row).into())));
    }
}

impl<T: ToSchema> HandlerAnswer for Created<T> {
    fn describe(to: &mut HandlerSignature) {
        let schema = to.schema::<T>();
        to.answer("201", "Made.", Some(schema));
    }
}

impl HandlerAnswer for NoContent {
    fn describe(to: &mut HandlerSignature) {
        to.answer("204", "Done.", None);
    }
}

impl HandlerAnswer for Taken {
    fn describe(to: &mut HandlerSignature) {
        to.answer("200", "Done.", None);
    }
}

impl<T: HandlerAnswer> HandlerAnswer for Result<T, Refused> {
    fn describe(to: &mut HandlerSignature) {
        T::describe(to);
    }
}

/// Its handler's annotation says all of it.
impl HandlerAnswer for HttpResponse {
    fn describe(_: &mut HandlerSignature) {}
}

/// A function that handles an operation.
pub trait Handler<Arguments> {
    /// What the document learns from its types.
    fn signature() -> HandlerSignature;
}

impl<F, R, A> Handler<(A,)> for F
where
    F: Fn(A) -> R,
    R: Future<Output: HandlerAnswer>,
    A: Argument,
{
    fn signature() -> HandlerSignature {
        let mut signature = HandlerSignature::default();
        A::describe(&mut signature);
        R::Output::describe(&mut signature);
        signature.refuse();
        signature
    }
}

impl<F, R, A, B> Handler<(A, B)> for F
where
    F: Fn(A, B) -> R,
    R: Future<Output: HandlerAnswer>,
    A: Argument,
    B: Argument,
{
    fn signature() -> HandlerSignature {
        let mut signature = HandlerSignature::default();
        A::describe(&mut signature);
        B::describe(&mut signature);
        R::Output::describe(&mut signature);
        signature.refuse();
        signature
    }
}

/// The signature of a handler.
pub fn of<Arguments, H: Handler<Arguments>>(_: H) -> HandlerSignature {
    H::signature()
}

/// Adds to a handler's annotation what its types say; what the annotation says itself is kept.
pub fn complete(document: &mut OpenApi, handler: &str, mut signature: HandlerSignature) {
    let too_large = signature.schema::<ErrorModel>();
    let model = too_large.clone();
    let Some(described) = document.paths.paths.get_mut(handler).and_then(operation) else { return };
    if let Some(operation) = signature.operation {
        described.operation_id = Some(operation.id.to_owned());
        described.security = Some(vec![SecurityRequirement::new("bearer", Vec::<String>::new())]);
    }
    if !signature.parameters.is_empty() {
        described.parameters = Some(signature.parameters.drain(..).map(RefOr::T).collect());
    }
    if let Some(request) = signature.request.take() {
        described.request_body = Some(RefOr::T(request));
    }
    if described.request_body.is_some() {
        signature.answer("413", "The body is over 1 MiB.", Some(too_large));
    }
    for Promise { status, about, schema } in signature.answers.drain(..) {
        promise(described, status, about, schema);
    }
    // A refusal that the annotation adds has the Error Model, where it names no other.
    let own: Vec<_> = described.responses.responses.keys().filter(|status| status.starts_with('4')).cloned().collect();
    for status in own {
        promise(described, &status, "", Some(model.clone()));
    }
    let components = document.components.get_or_insert_default();
    components.schemas.extend(signature.schemas);
}

/// Promises an answer; one that the annotation describes keeps its description, and its body if it has one.
fn promise(described: &mut Described, status: &str, about: &str, schema: Option<RefOr<Schema>>) {
    let known = described.responses.responses.entry(status.to_owned());
    let known = known.or_insert_with(|| RefOr::T(ResponseBuilder::new().description(about).build()));
    if let (RefOr::T(response), Some(schema)) = (known, schema)
        && response.content.is_empty()
    {
        let content = ContentBuilder::new().schema(Some(schema)).build();
        response.content.insert("application/json".to_owned(), RefOr::T(content));
    }
}

/// The operation of a path that has one.
fn operation(item: &mut PathItem) -> Option<&mut Described> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete].into_iter().find_map(Option::as_mut)
}
