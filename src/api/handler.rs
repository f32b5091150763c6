//! What a file of the face says of its handlers, once: their list.

/// Lists the handlers of a file: `routes` serves them, `documented` describes them, each under its name.
///
/// The gateway tells the operation of a call (`gateway::route`) and sends it to `/~` and the handler's name; the
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
            struct Annotated;
            let mut document = <Annotated as utoipa::OpenApi>::openapi();
            $($crate::api::document::complete(
                &mut document,
                stringify!($name),
                $crate::http::operation::signature($name),
            );)+
            document
        }
    };
}
pub(super) use handlers;
