//! The vendor's face: a file per service, and the list of its handlers.

pub mod assessment_result;
pub mod eligibility;
pub mod getting_started;

use crate::gateway::token;

/// Declares the handlers: `routes` serves them, [`Documented`] collects their annotations.
///
/// The gateway tells the operation of a call (`gateway::route`) and sends it to `/~` and the handler's name; the
/// path a partner calls stands in `domain::operation` alone.
macro_rules! handlers {
    ($($module:ident::$name:ident),+ $(,)?) => {
        /// Serves the handlers.
        pub fn routes(config: &mut actix_web::web::ServiceConfig) {
            $(config.route(concat!("/~", stringify!($name)), actix_web::web::route().to($module::$name));)+
        }

        /// The annotations of the handlers, each under its name.
        #[derive(Debug, utoipa::OpenApi)]
        #[openapi(paths($($module::$name),+))]
        pub struct Documented;
    };
}

handlers![
    eligibility::list_eligibilities,
    eligibility::create_eligibility,
    eligibility::list_eligibilities_by_test,
    eligibility::list_eligibilities_by_status,
    eligibility::update_eligibility,
    eligibility::cancel_eligibility,
    eligibility::replace_vouchers,
    eligibility::get_test_launch_info,
    assessment_result::put_booking_result,
    assessment_result::get_result,
    getting_started::ping,
    getting_started::whoami,
    token::issue_token,
    token::revoke_token,
];
