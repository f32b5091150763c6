//! The OpenAPI documents: one for the vendor's face, one for the control face. They are generated, committed and
//! compiled in as text, so that the program does not carry what makes them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use actix_web::http::Method;
use actix_web::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, VARY};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, ResponseError as _};
use flate2::read::GzDecoder;
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa_swagger_ui::{Config, Url};

use super::{link, plain, tag, webhook};
use crate::domain::contract::error::Error;
use crate::domain::contract::fidelity;
use crate::domain::contract::lint::Standing;
use crate::domain::contract::service::InService;
use crate::domain::fixture::given::Given;
use crate::domain::operations;
use crate::http::error::ControlError;
use crate::http::route;
pub use crate::service::fidelity::ATLAS;
use crate::service::fidelity::page;
use crate::{admin, api};

/// The control document as it is committed; a test compares it with [`control`].
pub const CONTROL: &str = include_str!("../../openapi/control.json");
/// The JSON Schema of a fixture as it is committed; a test compares it with [`given_schema`].
pub const GIVEN: &str = include_str!("../../openapi/given.schema.json");

/// How a gzip file starts; most pages are kept packed.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Serves the documents, and a page to browse them.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(at("/openapi.json").to(|| async { document(ATLAS) }))
        .service(at("/_sandbox/openapi.json").to(|| async { document(CONTROL) }))
        .service(at("/openapi/atlas.json").to(|| async { document(ATLAS) }))
        .service(at("/openapi/control.json").to(|| async { document(CONTROL) }))
        .service(at("/openapi").to(to_page))
        .service(at("/_sandbox").to(to_page))
        .service(at("/_sandbox/").to(to_page))
        .service(at("/openapi/{_:.*}").to(browse));
}

fn at(path: &str) -> Resource {
    web::resource(path).guard(route::offered(Method::GET))
}

fn document(text: &'static str) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(text)
}

async fn to_page() -> HttpResponse {
    HttpResponse::Found().insert_header(("Location", "/openapi/")).finish()
}

/// The pages of Swagger UI, which ship inside the binary.
async fn browse(request: HttpRequest) -> HttpResponse {
    let file = request.match_info().query("_");
    let config =
        Config::new([Url::with_primary("Atlas", "/openapi.json", true), Url::new("Control", "/_sandbox/openapi.json")]);
    let Ok(Some(file)) = utoipa_swagger_ui::serve(file, config.into()) else {
        return ControlError(Error::NoSuchPath(request.path().to_owned())).error_response();
    };
    let (bytes, is_packed) = match file.bytes {
        packed if packed.starts_with(GZIP) && accepts_gzip(request.headers()) => (packed, true),
        packed if packed.starts_with(GZIP) => match unpack(&packed) {
            Ok(bytes) => (bytes.into(), false),
            Err(error) => return ControlError(Error::Internal(error.to_string())).error_response(),
        },
        bytes => (bytes, false),
    };
    let mut page = HttpResponse::Ok();
    if is_packed {
        page.insert_header((CONTENT_ENCODING, "gzip"));
    }
    page.content_type(file.content_type)
        .insert_header((VARY, "Accept-Encoding"))
        .insert_header((
            "Content-Security-Policy",
            "default-src 'self'; script-src 'self' 'unsafe-inline'; \
                style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'",
        ))
        .body(bytes.into_owned())
}

/// Whether a client takes gzip: it says so, and not that it weighs nothing.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(ACCEPT_ENCODING).filter_map(|value| value.to_str().ok());
    let weight = |coding: &str| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix("q=").map_or(Some(1.0), |weight| weight.trim().parse::<f32>().ok());
        (name.trim().to_ascii_lowercase(), weight.unwrap_or(0.0))
    };
    let weights: BTreeMap<_, _> = codings.flat_map(|codings| codings.split(',')).map(weight).collect();
    weights.get("gzip").or(weights.get("*")).is_some_and(|weight| *weight > 0.0)
}

fn unpack(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[derive(OpenApi)]
#[openapi(info(
    title = "Atlas",
    description = "The services of the PSI Atlas API, as atlas-sandbox emulates them. `x-fidelity` says how each \
            operation and each member is known: documented, observed or assumed. `x-aliases` lists the other paths it answers at.",
))]
struct AtlasDocument;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "atlas-sandbox control API",
        description = "What the sandbox adds: accounts, candidates and staff, deliveries, clocks, the request journal.",
    ),
    components(schemas(admin::wait::Thing))
)]
struct ControlDocument;

/// Generates the vendor's document.
pub fn atlas() -> Value {
    let mut document = serde_json::to_value(AtlasDocument::openapi()).unwrap_or_default();
    let mut annotations = serde_json::to_value(api::documented()).unwrap_or_default();
    let mut paths = Map::new();
    for operation in operations::all() {
        let method = operation.method.to_lowercase();
        let mut described = annotations["paths"][operation.id][&method].take();
        described["tags"] = json!([operation.service.map_or("Token API", InService::title)]);
        described["x-fidelity"] = json!(operation.standing);
        tell_parameters(&mut described, operation.standing);
        described["x-aliases"] = operation.aliases.iter().map(|alias| alias.path(operation)).collect();
        let methods = paths.entry(operation.path).or_insert_with(|| json!({}));
        methods[method] = described;
    }
    document["paths"] = Value::Object(paths);
    merge_schemas(&mut document, &mut annotations);
    let mut webhooks = webhook::documented();
    document["webhooks"] = webhooks["paths"].take();
    // How the partner's receiver knows the sandbox is up to the subscription.
    for operation in document["webhooks"].as_object_mut().into_iter().flat_map(Map::values_mut) {
        operation["put"]["security"] = json!([]);
        // How Atlas signs is not known.
        tell_parameters(&mut operation["put"], Standing::Assumed);
    }
    merge_schemas(&mut document, &mut webhooks);
    document["components"]["securitySchemes"] = json!({
        "bearer": { "type": "http", "scheme": "bearer", "description": "A token of `/token`, or a static one." },
        "consumer_key": { "type": "http", "scheme": "basic", "description": "Consumer key and secret." },
        "oauth2": { "type": "oauth2", "flows": {
            "password": { "tokenUrl": "/token", "scopes": { "default": "All that the user's roles allow." } },
            "clientCredentials": { "tokenUrl": "/token", "scopes": { "default": "All that the owner's roles allow." } }
        } }
    });
    let mut document = finish(document);
    link::add(&mut document, link::VENDOR);
    for (model, schema) in document["components"]["schemas"].as_object_mut().into_iter().flatten() {
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        for (name, member) in properties.into_iter().flatten() {
            member["x-fidelity"] = json!(fidelity::member(model, name));
        }
    }
    document
}

/// Says how the parameters of an operation are known.
fn tell_parameters(operation: &mut Value, standing: Standing) {
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        parameter["x-fidelity"] = json!(standing);
    }
}

/// Writes the page of the fidelity ledger.
pub fn ledger_page() -> String {
    page(&atlas())
}

/// Generates the control document.
pub fn control() -> Value {
    let mut described = ControlDocument::openapi();
    admin::document::describe(&mut described);
    let mut document = serde_json::to_value(described).unwrap_or_default();
    document["components"]["securitySchemes"] = json!({
        "admin": { "type": "http", "scheme": "bearer", "description": "The admin token; none is needed from the same machine when the server has none." }
    });
    document["security"] = json!([{}, { "admin": [] }]);
    let mut document = finish(document);
    link::add(&mut document, link::CONTROL);
    admit_anchors(&mut document["components"]["schemas"]);
    document
}

/// The JSON Schema of the `given` document: an OpenAPI 3.1 schema is one already, but for its references.
pub fn given_schema() -> Value {
    let mut schemas = Vec::new();
    <Given as utoipa::ToSchema>::schemas(&mut schemas);
    let root = serde_json::to_value(<Given as utoipa::PartialSchema>::schema()).unwrap_or_default();
    let mut definitions = Map::new();
    for (name, schema) in schemas {
        definitions.insert(name, serde_json::to_value(schema).unwrap_or_default());
    }
    let mut document =
        json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "atlas-sandbox given" });
    // A file holds one account, or a list of them.
    document["oneOf"] = json!([{ "$ref": "#/$defs/Given" }, { "type": "array", "items": { "$ref": "#/$defs/Given" } }]);
    definitions.insert("Given".to_owned(), root);
    document["$defs"] = Value::Object(definitions);
    rewrite_references(&mut document);
    plain::flatten(&mut document, "/$defs");
    admit_anchors(&mut document["$defs"]);
    admit_counts(&mut document);
    document["$defs"]["Given"]["properties"]["$schema"] = json!({ "type": "string" });
    document
}

/// Objects of ours ignore keys that begin with `x-`: they are there for anchors.
fn admit_anchors(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if members.get("additionalProperties") == Some(&json!(false)) {
                members.insert("patternProperties".to_owned(), json!({ "^x-": {} }));
            }
            members.values_mut().for_each(admit_anchors);
        }
        Value::Array(items) => items.iter_mut().for_each(admit_anchors),
        _ => {}
    }
}

/// Items of lists stand for many with `count`.
fn admit_counts(document: &mut Value) {
    let mut items = BTreeSet::new();
    gather_items(document, &mut items);
    let count = json!({ "type": ["integer", "null"], "minimum": 1, "maximum": 1_000_000,
        "description": "Makes so many, `{n}` in its texts numbering them from 1, `{n:04}` with zeros before." });
    for name in items {
        let schema = &mut document["$defs"][name];
        if schema["additionalProperties"] == false && schema["properties"].get("count").is_none() {
            schema["properties"]["count"] = count.clone();
        }
    }
}

/// The names of the definitions that items of lists have.
fn gather_items(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let item = members.get("items").and_then(|items| items["$ref"].as_str());
            names.extend(item.and_then(|item| item.strip_prefix("#/$defs/")).map(str::to_owned));
            members.values().for_each(|member| gather_items(member, names));
        }
        Value::Array(items) => items.iter().for_each(|item| gather_items(item, names)),
        _ => {}
    }
}

fn rewrite_references(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get_mut("$ref") {
                *reference = reference.replace("#/components/schemas/", "#/$defs/");
            }
            members.values_mut().for_each(rewrite_references);
        }
        Value::Array(items) => items.iter_mut().for_each(rewrite_references),
        _ => {}
    }
}

fn merge_schemas(document: &mut Value, from: &mut Value) {
    let Value::Object(more) = from["components"]["schemas"].take() else { return };
    let schemas = &mut document["components"]["schemas"];
    for (name, schema) in more {
        if schemas.get(&name).is_none() {
            schemas[name] = schema;
        }
    }
}

/// What both documents get: the licence, tags in order of appearance, real answers as examples.
fn finish(mut document: Value) -> Value {
    document["info"]["license"] = json!({ "name": "Apache-2.0", "identifier": "Apache-2.0" });
    document["info"]["version"] = json!(env!("CARGO_PKG_VERSION"));
    document["info"].as_object_mut().map(|info| info.remove("contact"));
    document["servers"] = json!([{ "url": "/", "description": "The sandbox that served this document." }]);
    plain::make_plain(&mut document);
    let examples: Value = serde_json::from_str(include_str!("../../openapi/examples.json")).unwrap_or_default();
    let mut tags = BTreeSet::new();
    for group in ["paths", "webhooks"] {
        let Some(paths) = document.get_mut(group).and_then(Value::as_object_mut) else { continue };
        for operations in paths.values_mut().filter_map(Value::as_object_mut) {
            for operation in operations.values_mut().filter(|operation| operation.is_object()) {
                // A group that is declared has a section of its own, and webhooks stand elsewhere.
                if let Some(tag) = operation["tags"][0].as_str().filter(|_| group == "paths") {
                    tags.insert(tag.to_owned());
                }
                add_examples(operation, &examples);
            }
        }
    }
    document["tags"] =
        tags.into_iter().map(|name| json!({ "name": name, "description": tag::meaning(&name) })).collect();
    document
}

/// Examples are answers of a seeded server with a frozen clock, which a test records and compares.
fn add_examples(operation: &mut Value, examples: &Value) {
    let Some(name) = operation["operationId"].as_str().map(str::to_owned) else { return };
    let known = &examples[&name];
    if let Some(request) = known.get("request") {
        for content in contents(&mut operation["requestBody"]) {
            content["example"] = request.clone();
        }
    }
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    for (status, response) in responses {
        if let Some(example) = known.get(status) {
            for content in contents(response) {
                content["example"] = example.clone();
            }
        }
    }
}

fn contents(holder: &mut Value) -> impl Iterator<Item = &mut Value> {
    holder.get_mut("content").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn gzip_is_for_those_who_accept_it() {
        for (accepted, expected) in [
            (None, false),
            (Some(""), false),
            (Some("identity"), false),
            (Some("br, deflate"), false),
            (Some("gzip;q=0"), false),
            (Some("gzip;q=0, *"), false),
            (Some("*;q=0.5, identity"), true),
            (Some("deflate, gzip;q=0.8"), true),
            (Some("GZIP"), true),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accepted) = accepted {
                headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            }
            assert_eq!(accepts_gzip(&headers), expected, "{accepted:?}");
        }
    }
}
