//! The vendor's face: a file per service, which lists its handlers.

pub mod answer;
pub mod assessment_result;
pub mod booking;
pub mod document;
pub mod eligibility;
pub mod getting_started;
pub mod handler;
pub mod location;
pub mod payment;
pub mod proctoring;
pub mod test_center;
pub mod test_publication;
pub mod token;
pub mod voucher;

use actix_web::web::ServiceConfig;
use utoipa::openapi::OpenApi;

/// Lists the services' files: `routes` serves them, `documented` describes them.
macro_rules! services {
    ($($service:ident),+ $(,)?) => {
        /// Serves the vendor's face.
        pub fn routes(config: &mut ServiceConfig) {
            config$(.configure($service::routes))+;
        }

        /// Describes the vendor's face, each operation under its name.
        pub fn documented() -> OpenApi {
            let mut document = OpenApi::default();
            $(document.merge($service::documented());)+
            document
        }
    };
}

services![
    eligibility,
    booking,
    location,
    assessment_result,
    payment,
    voucher,
    test_publication,
    proctoring,
    getting_started,
    test_center,
    token
];

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
