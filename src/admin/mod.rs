//! The control face: a route table and a file per resource.

pub mod account;
pub mod application;
pub mod booking;
pub mod catalog;
pub mod clock;
pub mod delivery;
pub mod eligibility;
pub mod fault;
pub mod fixture;
pub mod guard;
pub mod inbox;
pub mod launch;
pub mod page;
pub mod permutation;
pub mod request;
pub mod server;
pub mod settings;
pub mod signature;
pub mod subscription;
pub mod tls;
pub mod user;
pub mod wait;

crate::http::route::table! {
    "/_sandbox" => [
        server::get_health,
        server::reset_server,
        server::get_fidelity,
        tls::get_authority,
        request::list_unassigned_requests,
        request::clear_unassigned_requests,
        account::create_account,
        account::list_accounts,
        account::get_account,
        account::delete_account,
        account::reset_account,
        fixture::load_fixture,
        settings::get_settings,
        settings::patch_settings,
        user::list_users,
        user::create_user,
        user::get_user,
        user::put_user,
        user::delete_user,
        application::list_applications,
        application::create_application,
        application::get_application,
        application::put_application,
        application::delete_application,
        application::list_keys,
        application::create_keys,
        application::put_keys,
        application::delete_keys,
        application::list_application_subscriptions,
        application::get_application_subscription,
        application::create_application_subscription,
        application::put_application_subscription,
        application::delete_application_subscription,
        fault::list_faults,
        fault::put_faults,
        fault::add_fault,
        fault::clear_faults,
        fault::remove_fault,
        catalog::list_tests,
        catalog::get_test,
        catalog::list_test_centers,
        catalog::get_test_center,
        catalog::close_test_center,
        catalog::reopen_test_center,
        catalog::list_vouchers,
        catalog::get_voucher,
        catalog::list_candidates,
        catalog::get_candidate,
        eligibility::list_account_eligibilities,
        eligibility::get_eligibility,
        eligibility::approve_eligibility,
        eligibility::block_eligibility,
        eligibility::unblock_eligibility,
        eligibility::schedule_eligibility,
        booking::list_bookings,
        booking::get_booking,
        booking::reschedule_booking,
        booking::cancel_booking,
        booking::complete_booking,
        booking::mark_absent,
        booking::excuse_absence,
        clock::get_clock,
        clock::put_clock,
        clock::get_clocks,
        clock::put_clocks,
        subscription::list_subscriptions,
        subscription::get_subscription,
        subscription::put_subscription,
        subscription::delete_subscription,
        subscription::pause_subscription,
        subscription::resume_subscription,
        subscription::rotate_secret,
        subscription::flush_subscription,
        signature::explain_signature,
        permutation::tell_permutations,
        delivery::list_deliveries,
        delivery::get_delivery,
        delivery::list_attempts,
        delivery::resend_delivery,
        delivery::list_error_queue,
        delivery::resend_error_queue,
        delivery::discard_delivery,
        delivery::discard_error_queue,
        request::list_requests,
        request::count_requests,
        request::find_requests,
        request::list_unmatched_requests,
        request::get_request,
        request::clear_requests,
        wait::wait_for,
        inbox::put_behaviour,
        inbox::list_inbox,
        inbox::clear_inbox,
        inbox::put_message,
        inbox::put_statement,
        inbox::post_message,
        launch::get_launch_page,
        launch::finish_test,
    ],
    "" => [
        server::livez,
        server::readyz,
        server::get_metrics,
    ],
}
