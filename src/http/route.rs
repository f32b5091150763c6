//! The control face's route table: written once, read twice, by the server and by the generator of the OpenAPI documents.

/// Declares a face's route table: `routes` serves it, `documented` collects its operations.
///
/// The server does without the collection: it costs milliseconds and megabytes in every worker.
macro_rules! table {
    ($($scope:tt => [$($handler:path),+ $(,)?]),+ $(,)?) => {
        /// Serves the route table.
        pub fn routes(config: &mut actix_web::web::ServiceConfig) {
            $($crate::http::route::scope!(config, actix_web::web::scope, $scope, [$($handler),+]);)+
        }

        /// Collects the operations of the route table.
        pub fn documented(config: &mut utoipa_actix_web::service_config::ServiceConfig) {
            $($crate::http::route::scope!(config, utoipa_actix_web::scope, $scope, [$($handler),+]);)+
        }
    };
}

/// One scope of a table; `""` stands for the root.
macro_rules! scope {
    ($config:ident, $make:path, "", [$($handler:path),+]) => {
        $($config.service($handler);)+
    };
    ($config:ident, $make:path, $scope:literal, [$($handler:path),+]) => {
        $config.service($make($scope)$(.service($handler))+);
    };
}

pub(crate) use {scope, table};
