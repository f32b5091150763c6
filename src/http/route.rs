//! The control face's route table: written once, read twice, by the server and by the generator of the OpenAPI documents.

use super::operation::Signature;

/// A row of a route table.
#[derive(Debug)]
pub struct Row {
    /// The group of operations that the document lists it in.
    pub tag: &'static str,
    /// The method.
    pub method: &'static str,
    /// The whole path.
    pub path: &'static str,
    /// The handler's name, which is the operation's.
    pub name: &'static str,
    /// What the handler's types say.
    pub signature: fn() -> Signature,
}

/// Declares a face's route table: `routes` serves it, `rows` lists it, `Annotated` collects the handlers' annotations,
/// each under its name.
///
/// The server does without the last two: they cost milliseconds and megabytes in every worker.
macro_rules! table {
    ($($scope:tt => {
        $($tag:literal: [$($method:ident $path:literal => $module:ident::$name:ident),+ $(,)?]),+ $(,)?
    }),+ $(,)?) => {
        /// Serves the route table.
        pub fn routes(config: &mut actix_web::web::ServiceConfig) {
            $($crate::http::route::scope!(config, $scope, [$($($method $path => $module::$name),+),+]);)+
        }

        /// Lists the route table.
        pub fn rows() -> Vec<$crate::http::route::Row> {
            vec![$($($($crate::http::route::Row {
                tag: $tag,
                method: stringify!($method),
                path: concat!($scope, $path),
                name: stringify!($name),
                signature: || $crate::http::operation::signature($module::$name),
            }),+),+),+]
        }

        /// The annotations of the handlers, each under its name.
        #[derive(Debug, utoipa::OpenApi)]
        #[openapi(paths($($($($module::$name),+),+),+))]
        pub struct Annotated;
    };
}

/// One scope of a table; `""` stands for the root.
macro_rules! scope {
    ($config:ident, "", [$($method:ident $path:literal => $handler:path),+]) => {
        $($config.service($crate::http::route::resource!($method $path => $handler));)+
    };
    ($config:ident, $scope:literal, [$($method:ident $path:literal => $handler:path),+]) => {
        $config.service(
            actix_web::web::scope($scope)$(.service($crate::http::route::resource!($method $path => $handler)))+
        );
    };
}

/// One row: a path may have other methods in other rows.
macro_rules! resource {
    ($method:ident $path:literal => $handler:path) => {
        actix_web::web::resource($path).guard(actix_web::guard::Method(actix_web::http::Method::$method)).to($handler)
    };
}

pub(crate) use {resource, scope, table};
