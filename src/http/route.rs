//! The control face's route table: written once, read twice, by the server and by the generator of the OpenAPI documents.

use actix_web::guard::{Guard, fn_guard};
use actix_web::http::Method;

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

        /// The methods that a path of the table offers, as `Allow` lists them; `None` for a path that it does not have.
        pub fn methods(path: &str) -> Option<String> {
            const OFFERED: &[(&str, &str)] =
                &[$($($((concat!($scope, $path), stringify!($method))),+),+),+];
            let mut methods: Vec<_> = OFFERED.iter().filter(|(offered, _)| *offered == path).map(|(_, one)| *one).collect();
            if methods.contains(&"GET") {
                methods.push("HEAD");
            }
            (!methods.is_empty()).then(|| methods.join(", "))
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
        actix_web::web::resource($path)
            .guard($crate::http::route::offered(actix_web::http::Method::$method))
            .to($handler)
    };
}

/// Takes calls with this method; what answers GET answers HEAD as well.
pub fn offered(method: Method) -> impl Guard {
    fn_guard(move |call| {
        let asked = &call.head().method;
        *asked == method || (method == Method::GET && *asked == Method::HEAD)
    })
}

pub(crate) use {resource, scope, table};
