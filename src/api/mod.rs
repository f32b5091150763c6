//! The vendor's face: a file per service, which lists its handlers.

/// Lists the handlers of a file: `routes` serves them, `documented` describes them, each under its name.
///
/// The gateway finds the operation of a call (`gateway::route`) and sends it to `/~` and the handler's name; the
/// path a partner calls stands in the operation's row alone.
macro_rules! handlers {
    ($($name:ident),+ $(,)?) => {
        /// Serves the handlers.
        pub fn routes(config: &mut actix_web::web::ServiceConfig) {
            $(config.route(concat!("/~", stringify!($name)), actix_web::web::route().to($name));)+
        }

        /// Describes the handlers: what their annotations say, and what their types do.
        pub fn documented() -> utoipa::openapi::OpenApi {
            #[derive(utoipa::OpenApi)]
            #[openapi(paths($($name),+))]
            struct AnnotatedHandlers;
            let mut document = <AnnotatedHandlers as utoipa::OpenApi>::openapi();
            $($crate::api::signature::complete(&mut document, stringify!($name), $crate::api::signature::of($name));)+
            document
        }
    };
}
use handlers;

pub mod answer;
pub mod assessment_result;
pub mod eligibility;
pub mod getting_started;
pub mod signature;
pub mod token;

use actix_web::web::ServiceConfig;
use utoipa::openapi::OpenApi;

/// Serves the vendor's face.
pub fn routes(config: &mut ServiceConfig) {
    config
        .configure(eligibility::routes)
        .configure(assessment_result::routes)
        .configure(getting_started::routes)
        .configure(token::routes);
}

/// Describes the vendor's face, each operation under its name.
pub fn documented() -> OpenApi {
    let mut document = eligibility::documented();
    document.merge(assessment_result::documented());
    document.merge(getting_started::documented());
    document.merge(token::documented());
    document
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::domain::operations;

    #[test]
    fn every_operation_has_the_handler_of_its_name_and_no_other_has_one() {
        let document = serde_json::to_value(super::documented()).expect("JSON");
        let mut handlers = BTreeSet::new();
        for (name, methods) in document["paths"].as_object().expect("paths") {
            let operation = operations::named(name).unwrap_or_else(|| panic!("no row is called {name}"));
            let described = &methods[operation.method.to_lowercase()];
            assert_eq!(described["operationId"], operation.id, "the handler {name} is called by another operation");
            handlers.insert(operation.id);
        }
        assert_eq!(handlers, operations::all().map(|operation| operation.id).collect());
    }
}
