//! The control face: a route table and a file per resource.

pub mod account;
pub mod application;
pub mod booking;
pub mod catalog;
pub mod clock;
pub mod delivery;
pub mod document;
pub mod eligibility;
pub mod event;
pub mod fault;
pub mod find;
pub mod fixture;
pub mod guard;
pub mod inbox;
pub mod invitation;
pub mod launch;
pub mod path;
pub mod payment;
pub mod permutation;
pub mod proctoring;
pub mod publication;
pub mod refusal;
pub mod request;
pub mod server;
pub mod service;
pub mod settings;
pub mod signature;
pub mod snapshot;
pub mod subscription;
pub mod tls;
pub mod user;
pub mod wait;

crate::http::route::table! {
    "/_sandbox" => {
        // First, as what comes most often: the router tries one path after the other.
        "Inbox": [
            PUT "/accounts/{account_code}/inbox/{name}" => inbox::put_message,
            PUT "/accounts/{account_code}/inbox/{name}/statements" => inbox::put_statement,
            POST "/accounts/{account_code}/inbox/{name}" => inbox::post_message,
            GET "/accounts/{account_code}/inbox/{name}" => inbox::list_inbox,
            DELETE "/accounts/{account_code}/inbox/{name}" => inbox::clear_inbox,
            PUT "/accounts/{account_code}/inbox/{name}/behaviour" => inbox::put_behaviour,
        ],
        "Server": [
            GET "/health" => server::get_health,
            POST "/reset" => server::reset_server,
            GET "/fidelity" => server::get_fidelity,
            GET "/tls/ca.pem" => tls::get_authority,
        ],
        "Requests": [
            GET "/requests" => request::list_unassigned_requests,
            DELETE "/requests" => request::clear_unassigned_requests,
        ],
        "Accounts": [
            POST "/accounts" => account::create_account,
            GET "/accounts" => account::list_accounts,
            GET "/accounts/{account_code}" => account::get_account,
            DELETE "/accounts/{account_code}" => account::delete_account,
            POST "/accounts/{account_code}/reset" => account::reset_account,
            GET "/accounts/{account_code}/snapshot" => snapshot::get_snapshot,
            PUT "/accounts/{account_code}/snapshot" => snapshot::put_snapshot,
            POST "/accounts/{account_code}/fork" => snapshot::fork_account,
            POST "/accounts/{account_code}/fixtures" => fixture::load_fixture,
            GET "/accounts/{account_code}/fixture" => fixture::get_fixture,
            GET "/accounts/{account_code}/settings" => settings::get_settings,
            PATCH "/accounts/{account_code}/settings" => settings::patch_settings,
        ],
        "Applications": [
            GET "/accounts/{account_code}/users" => user::list_users,
            POST "/accounts/{account_code}/users" => user::create_user,
            GET "/accounts/{account_code}/users/{username}" => user::get_user,
            PUT "/accounts/{account_code}/users/{username}" => user::put_user,
            DELETE "/accounts/{account_code}/users/{username}" => user::delete_user,
            GET "/accounts/{account_code}/services" => service::list_services,
            GET "/accounts/{account_code}/applications" => application::list_applications,
            POST "/accounts/{account_code}/applications" => application::create_application,
            GET "/accounts/{account_code}/applications/{name}" => application::get_application,
            PUT "/accounts/{account_code}/applications/{name}" => application::put_application,
            DELETE "/accounts/{account_code}/applications/{name}" => application::delete_application,
            GET "/accounts/{account_code}/applications/{name}/keys" => application::list_keys,
            POST "/accounts/{account_code}/applications/{name}/keys" => application::create_keys,
            PUT "/accounts/{account_code}/applications/{name}/keys" => application::put_keys,
            DELETE "/accounts/{account_code}/applications/{name}/keys" => application::delete_keys,
            GET "/accounts/{account_code}/applications/{name}/subscriptions" => application::list_application_subscriptions,
            GET "/accounts/{account_code}/applications/{name}/subscriptions/{service}" => application::get_application_subscription,
            POST "/accounts/{account_code}/applications/{name}/subscriptions/{service}" => application::create_application_subscription,
            PUT "/accounts/{account_code}/applications/{name}/subscriptions/{service}" => application::put_application_subscription,
            DELETE "/accounts/{account_code}/applications/{name}/subscriptions/{service}" => application::delete_application_subscription,
        ],
        "Faults": [
            GET "/accounts/{account_code}/faults" => fault::list_faults,
            PUT "/accounts/{account_code}/faults" => fault::put_faults,
            POST "/accounts/{account_code}/faults" => fault::add_fault,
            DELETE "/accounts/{account_code}/faults" => fault::clear_faults,
            DELETE "/accounts/{account_code}/faults/{id}" => fault::remove_fault,
        ],
        "Catalog": [
            GET "/accounts/{account_code}/tests" => catalog::list_tests,
            GET "/accounts/{account_code}/tests/{test_code}" => catalog::get_test,
            GET "/accounts/{account_code}/publications" => publication::list_publications,
            POST "/accounts/{account_code}/publications/{publication_id}/decide" => publication::decide_publication,
            GET "/accounts/{account_code}/test_centers" => catalog::list_test_centers,
            GET "/accounts/{account_code}/test_centers/{location_code}" => catalog::get_test_center,
            PUT "/accounts/{account_code}/test_centers/{location_code}" => catalog::put_test_center,
            POST "/accounts/{account_code}/test_centers/{location_code}/close" => catalog::close_test_center,
            POST "/accounts/{account_code}/test_centers/{location_code}/reopen" => catalog::reopen_test_center,
            GET "/accounts/{account_code}/vouchers" => catalog::list_account_vouchers,
            GET "/accounts/{account_code}/vouchers/{voucher_code}" => catalog::get_account_voucher,
            GET "/accounts/{account_code}/invitations" => invitation::list_invitations,
            GET "/accounts/{account_code}/invitations/{invitation_code}" => invitation::get_account_invitation,
            PUT "/accounts/{account_code}/invitations/{invitation_code}" => invitation::put_invitation,
            GET "/accounts/{account_code}/places" => invitation::list_places,
            POST "/accounts/{account_code}/places" => invitation::create_place,
            GET "/accounts/{account_code}/candidates" => catalog::list_candidates,
            GET "/accounts/{account_code}/candidates/{candidate_id}" => catalog::get_candidate,
        ],
        "Candidates and staff": [
            GET "/accounts/{account_code}/eligibilities" => eligibility::list_account_eligibilities,
            GET "/accounts/{account_code}/eligibilities/{psi_eligiblity_id}" => eligibility::get_eligibility,
            POST "/accounts/{account_code}/eligibilities/{psi_eligiblity_id}/approve" => eligibility::approve_eligibility,
            POST "/accounts/{account_code}/eligibilities/{psi_eligiblity_id}/block" => eligibility::block_eligibility,
            POST "/accounts/{account_code}/eligibilities/{psi_eligiblity_id}/unblock" => eligibility::unblock_eligibility,
            POST "/accounts/{account_code}/eligibilities/{psi_eligiblity_id}/schedule" => eligibility::schedule_eligibility,
            GET "/accounts/{account_code}/bookings" => booking::list_bookings,
            GET "/accounts/{account_code}/bookings/{booking_code}" => booking::get_booking,
            POST "/accounts/{account_code}/bookings/{booking_code}/reschedule" => booking::reschedule_booking,
            POST "/accounts/{account_code}/bookings/{booking_code}/confirm" => booking::confirm_booking,
            POST "/accounts/{account_code}/bookings/{booking_code}/release" => booking::release_booking,
            POST "/accounts/{account_code}/bookings/{booking_code}/cancel" => booking::cancel_booking,
            POST "/accounts/{account_code}/bookings/{booking_code}/complete" => booking::complete_booking,
            POST "/accounts/{account_code}/bookings/{booking_code}/absent" => booking::mark_absent,
            POST "/accounts/{account_code}/bookings/{booking_code}/excuse" => booking::excuse_absence,
            POST "/accounts/{account_code}/bookings/{booking_code}/check_in" => proctoring::check_in_booking,
            GET "/accounts/{account_code}/proctoring/sessions" => proctoring::list_account_sessions,
            GET "/accounts/{account_code}/proctoring/sessions/{session_id}" => proctoring::get_account_session,
            POST "/accounts/{account_code}/proctoring/sessions/{session_id}/check_in" => proctoring::check_in_session,
            POST "/accounts/{account_code}/proctoring/sessions/{session_id}/begin_review" => proctoring::begin_session_review,
            POST "/accounts/{account_code}/proctoring/sessions/{session_id}/review" => proctoring::review_session,
        ],
        "Payments": [
            GET "/accounts/{account_code}/payments" => payment::list_account_payments,
            GET "/accounts/{account_code}/payments/{payment_id}" => payment::get_account_payment,
            POST "/accounts/{account_code}/payments/{payment_id}/capture" => payment::accept_payment,
            POST "/accounts/{account_code}/payments/{payment_id}/decline" => payment::decline_payment,
            POST "/accounts/{account_code}/payments/{payment_id}/refund" => payment::refund_payment,
        ],
        "Clock": [
            GET "/accounts/{account_code}/clock" => clock::get_clock,
            PUT "/accounts/{account_code}/clock" => clock::put_clock,
            GET "/clock" => clock::get_clocks,
            PUT "/clock" => clock::put_clocks,
        ],
        "Subscriptions": [
            GET "/accounts/{account_code}/subscriptions" => subscription::list_subscriptions,
            GET "/accounts/{account_code}/subscriptions/{service}" => subscription::get_subscription,
            PUT "/accounts/{account_code}/subscriptions/{service}" => subscription::put_subscription,
            DELETE "/accounts/{account_code}/subscriptions/{service}" => subscription::delete_subscription,
            POST "/accounts/{account_code}/subscriptions/{service}/pause" => subscription::pause_subscription,
            POST "/accounts/{account_code}/subscriptions/{service}/resume" => subscription::resume_subscription,
            POST "/accounts/{account_code}/subscriptions/{service}/rotate-secret" => subscription::rotate_secret,
            POST "/accounts/{account_code}/subscriptions/{service}/flush" => subscription::flush_subscription,
        ],
        "Signatures": [
            POST "/signatures/explain" => signature::explain_signature,
        ],
        "Deliveries": [
            POST "/permutations" => permutation::tell_permutations,
            GET "/accounts/{account_code}/deliveries" => delivery::list_deliveries,
            GET "/accounts/{account_code}/deliveries/{id}" => delivery::get_delivery,
            GET "/accounts/{account_code}/deliveries/{id}/attempts" => delivery::list_attempts,
            POST "/accounts/{account_code}/deliveries/{id}/resend" => delivery::resend_delivery,
            GET "/accounts/{account_code}/error-queue" => delivery::list_error_queue,
            POST "/accounts/{account_code}/error-queue/resend" => delivery::resend_error_queue,
            POST "/accounts/{account_code}/deliveries/{id}/discard" => delivery::discard_delivery,
            POST "/accounts/{account_code}/error-queue/discard" => delivery::discard_error_queue,
        ],
        "Requests": [
            GET "/accounts/{account_code}/requests" => request::list_requests,
            GET "/accounts/{account_code}/requests/count" => request::count_requests,
            GET "/accounts/{account_code}/requests/find" => request::find_requests,
            POST "/accounts/{account_code}/requests/find" => find::search_requests,
            GET "/accounts/{account_code}/requests/unmatched" => request::list_unmatched_requests,
            GET "/accounts/{account_code}/requests/{id}" => request::get_request,
            DELETE "/accounts/{account_code}/requests" => request::clear_requests,
            GET "/accounts/{account_code}/wait" => wait::wait_for,
            GET "/accounts/{account_code}/events" => event::follow_events,
        ],
        "Candidates and staff": [
            GET "/launch/{account_code}/{booking_code}" => launch::get_launch_page,
            POST "/launch/{account_code}/{booking_code}" => launch::finish_test,
            GET "/launch/{account_code}/sessions/{session_id}" => proctoring::get_session_page,
            POST "/launch/{account_code}/sessions/{session_id}" => proctoring::enter_session,
        ],
    },
    "" => {
        "Server": [
            GET "/livez" => server::livez,
            GET "/readyz" => server::readyz,
            GET "/metrics" => server::get_metrics,
        ],
    },
}
