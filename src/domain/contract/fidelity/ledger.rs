//! The rules of the fidelity ledger: what is known of Atlas, and what is assumed.

use super::entry::Entry;
use crate::domain::contract::lint::Standing;

use Standing::{Assumed, Documented, Observed};

/// A line that nothing speaks against.
pub const fn known(service: &'static str, standing: Standing, statement: &'static str) -> Entry {
    Entry { service, statement, standing, decided: false }
}

/// A line that the sandbox decided between sources, or readings.
pub const fn decided(service: &'static str, standing: Standing, statement: &'static str) -> Entry {
    Entry { service, statement, standing, decided: true }
}

/// The rules, by service.
pub const LEDGER: &[Entry] = &[
    known(
        "token",
        Observed,
        "POST /token on the services' host, form in, JSON out with the keys in the order access_token, refresh_token, scope, token_type, expires_in.",
    ),
    known(
        "token",
        Observed,
        "The same (consumer key, user, scope) gets the same token until its last 300 seconds; a new token says its whole life in expires_in, a token handed out again the seconds left minus 300.",
    ),
    known("token", Assumed, "/oauth2/token is an alias of /token."),
    known(
        "token",
        Observed,
        "Order of checks: repeated parameter, grant_type, missing parameters, unknown key, client authentication, grant allowed, grant valid, scope.",
    ),
    known(
        "token",
        Observed,
        "The refusals of the token endpoint and their texts, by profile; in wso2-2 a refresh token is refused as unknown, used or revoked, superseded, or expired.",
    ),
    known(
        "token",
        Assumed,
        "A body that is no form has no grant_type; the product's framework may say 415. /revoke words every failure of the client as a wrong secret. A refresh token whose key or user is gone is unknown.",
    ),
    known(
        "token",
        Assumed,
        "A refresh with a scope narrows the pair to what it asks for; what the old pair did not have is dropped without an error, and without a scope the pair keeps its own.",
    ),
    known(
        "gateway",
        Observed,
        "Faults with codes 900901 and 900902, JSON for Accept: application/json exactly, else XML.",
    ),
    known("gateway", Observed, "The word Bearer in this case exactly; anything else counts as missing."),
    known("gateway", Assumed, "Two Authorization headers count as missing credentials, 900902."),
    known(
        "gateway",
        Observed,
        "A source address outside the allow list gets 403 and 900805; the product looks at it after the token, the sandbox before. allow_list: drop closes the connection instead.",
    ),
    known(
        "gateway",
        Observed,
        "Unknown paths and methods are told before the token is looked at, in XML for GET, DELETE and HEAD, else in the type of the request; an unknown context is Not Found in both profiles.",
    ),
    known(
        "gateway",
        Observed,
        "In wso2-2 the description of 900901 and 900904 to 900910 names context, version, code and message, and every 401 asks for a token with error=\"invalid token\".",
    ),
    known("gateway", Assumed, "What 1.10 says in the description of 900904, 900907, 900908, 900909 and 900910."),
    known(
        "gateway",
        Observed,
        "nextAccessTime is the last member of a throttling fault, like 2021-Mar-30 05:51:00+0000 UTC; there is no Retry-After.",
    ),
    known("gateway", Observed, "A service that is down is a 500 with 101503 or 101504; for fault injection."),
    known(
        "gateway",
        Observed,
        "There is no 408: a request whose body stalls is closed without an answer (--request-timeout); the sandbox answers a head that stalls with an empty 408.",
    ),
    known("gateway", Assumed, "The product's own 413 has an empty body; the sandbox's has the Error Model."),
    known(
        "gateway",
        Assumed,
        "An Error Model 401 is not reachable for token faults behind the product; unauthorized: error_model gives what the pages list.",
    ),
    known("gateway", Assumed, "Roles are checked behind the gateway, by the service: known clients ask for no scope."),
    known(
        "gateway",
        Assumed,
        "An application that is not subscribed to the service gets 900908 before its roles are looked at.",
    ),
    known(
        "gateway",
        Assumed,
        "Order: blocked API, token, subscription, its state, scope, production key, tiers; PROD_ONLY_BLOCKED answers a production key before its missing endpoint does.",
    ),
    known(
        "gateway",
        Assumed,
        "A throttling minute starts with the first call of the token in it; the subscription's tier is looked at before the application's.",
    ),
    known(
        "gateway",
        Assumed,
        "No service needs a scope; the setting scopes makes one do so, and a token without it gets 900910.",
    ),
    known(
        "gateway",
        Assumed,
        "Every answer of a known resource, and of the token endpoint, carries the CORS headers; OPTIONS of an unknown path is a 404.",
    ),
    decided(
        "gateway",
        Assumed,
        "The gateway answers with faults, the services with the Error Model; a missing role is the service's 403.",
    ),
    decided(
        "faults",
        Assumed,
        "A fault that answers for the gateway or a service spares paths that are no operation, which the gateway tells before the token is looked at, unless its match names the path.",
    ),
    known(
        "faults",
        Assumed,
        "What the services say in a 500 or 503 is not known: injected ones have the Error Model (services) or the OAuth error body server_error, temporarily_unavailable (token endpoint) with words of ours.",
    ),
    known(
        "getting_started",
        Assumed,
        "GET ping answers message, server_time and version; GET whoami account_code, user, roles, application, key_type, subscriptions and expires_in (seconds left, null for a static token); both need a valid token and a subscription, no role.",
    ),
    known(
        "eligibility",
        Documented,
        "Eight operations, their success statuses, their models, and the literal error texts by operation.",
    ),
    known("eligibility", Assumed, "create answers 201 with the record."),
    known(
        "eligibility",
        Observed,
        "The refusal of a duplicate: Candidate can not be registered as an open registration record already exists for this candidate.",
    ),
    known(
        "eligibility",
        Assumed,
        "A record is open in REG01, REG02, CSS1 and in CSS2 unless it was closed by cancelling the eligibility.",
    ),
    decided(
        "eligibility",
        Assumed,
        "400 when the account, candidate or test is unknown; 404 when each is known but no eligibility links them.",
    ),
    known("eligibility", Observed, "Lists start with the open record: a client reads element 0 only."),
    known("eligibility", Observed, "Dates alone, null and the empty string are accepted on input."),
    known(
        "eligibility",
        Assumed,
        "Absent members keep their value in an update; the required members of the model must be there in an update as in a create.",
    ),
    decided(
        "eligibility",
        Assumed,
        "An update that changes the test, the accommodations, the candidate id or the client eligibility id is a 400; unchanged values are accepted.",
    ),
    known("eligibility", Assumed, "delivery_mode is a hidden optional member of create and update."),
    known(
        "eligibility",
        Assumed,
        "The members of testLaunchInfo; a launch is possible in CSS1 only, from 30 minutes before the start of the booking to 15 minutes after it (launch_opens, launch_closes); outside of that the page says so, and refuses only with launch_window: enforce. A booking on site has a launch URL as well.",
    ),
    known(
        "eligibility",
        Observed,
        "special_accommodations and additional_attributes are [] when there are none, never null.",
    ),
    known(
        "eligibility",
        Observed,
        "portion_codes is never null: the codes that were sent, else those of the test, else [].",
    ),
    known(
        "eligibility",
        Observed,
        "Answers were seen with empty strings for absent texts and without eligible_to_schedule; the sandbox sends null, and the member always.",
    ),
    known("eligibility", Observed, "Cancelling a scheduled record answers 204: a client relies on it."),
    decided(
        "eligibility",
        Assumed,
        "GET .../eligibilities without status reads as all, with a lint finding; in enforce it is the documented 400.",
    ),
    known("eligibility", Assumed, "A member without a value is null and stays in the answer."),
    known(
        "eligibility",
        Assumed,
        "A null in an update keeps what stands, as an absent member does; a lint finding where a value stands, a 400 in enforce.",
    ),
    known(
        "gateway",
        Assumed,
        "A body is read as JSON whatever its Content-Type says (the product's framework may say 415); another than application/json, and none, is a lint finding, and a 400 in enforce.",
    ),
    known(
        "eligibility",
        Assumed,
        "The texts of eligibility_status_message, and of 400 answers for which no text is published.",
    ),
    known(
        "eligibility",
        Documented,
        "A body of over 1 MiB is refused (the limit itself is assumed) with 413 and the Error Model.",
    ),
    known(
        "voucher",
        Assumed,
        "The Voucher service: its paths, members, statuses and refusals; an unknown voucher is a 404. A batch has at most 1000 vouchers and is answered as items; codes that are made up are 8 letters and digits without 0, O, 1 and I.",
    ),
    known(
        "voucher",
        Assumed,
        "A voucher is redeemed by a booking that is made or confirmed, goes along with one that is moved, and is given back by one that is cancelled. A booking whose eligibility has a voucher attached that cannot be redeemed is refused.",
    ),
    known(
        "voucher",
        Assumed,
        "A voucher that is disabled, expired, exhausted or not for the test cannot be attached to an eligibility; what is attached already stays accepted. A voucher that an eligibility or a booking names cannot be deleted.",
    ),
    known(
        "payment",
        Assumed,
        "The Payment service: its paths, members, statuses and refusals; an unknown payment is a 404. A booking on hold has one open payment at most. What was refused under an Idempotency-Key is tried again; the newest 1000 keys of an account are known.",
    ),
    known(
        "payment",
        Assumed,
        "An amount that ends in .02 is declined, in .03 stays pending until the payment provider decides (the control API plays it), in .04 is pending until it expires with the hold. Amounts are the partner's: no price is compared with them.",
    ),
    known(
        "payment",
        Assumed,
        "A captured payment confirms its booking; a declined one gives the seat back; authorized ones expire when the hold ends. Each voucher takes its discount off the whole price, rounded half up to the smallest unit of the currency. A refund cancels no booking, and a cancelled booking refunds no payment.",
    ),
    known("booking", Observed, "A reschedule issues a new booking code."),
    known("booking", Assumed, "The old code is unknown after a reschedule."),
    known(
        "booking",
        Assumed,
        "Sessions of the candidate simulator start on the hour, 09:00 to 16:00 local time; any other instant is accepted when it is named.",
    ),
    known(
        "booking",
        Assumed,
        "Where no test center is named, the first open one with a free seat is taken: the one of the booking that is moved, then those of the candidate's state, country, and the rest.",
    ),
    known(
        "booking",
        Assumed,
        "A booking on hold keeps its seat for hold_minutes and notifies nobody; the eligibility becomes CSS1 with its confirmation. One that moves a booking leaves it until then. It is no member of a notification.",
    ),
    known("booking", Assumed, "No transition depends on the start of the booking, so a test need not move the clock."),
    known(
        "booking_notification",
        Documented,
        "PUT of the NotificationRequest, its members and reasons; delivered means 200.",
    ),
    decided(
        "booking_notification",
        Assumed,
        "Failed notifications wait in the error queue; retry: automatic sends after 500, a timeout or no connection by itself.",
    ),
    known(
        "booking_notification",
        Assumed,
        "effective_date strictly increases per eligibility at the resolution that is sent.",
    ),
    known(
        "booking_notification",
        Observed,
        "location_address is line 1, line 2 (kept when empty), city, the state's full name and the alpha-3 country, joined by a comma and a blank; a center without a state leaves that part empty (assumed).",
    ),
    known(
        "booking_notification",
        Observed,
        "candidate_mname is sent when there is none, as an empty text; empty_members: omit leaves it out.",
    ),
    known(
        "booking_notification",
        Observed,
        "BOOKING_CANCELLED carries the start and the location of the booking that was cancelled.",
    ),
    known(
        "booking_notification",
        Observed,
        "Members were seen in another order than the documented one (a hash map's), and times in milliseconds (timestamps: millis): nobody may rely on either.",
    ),
    known(
        "booking_notification",
        Assumed,
        "exam_portions lists the eligibility's portions, else all of the test's, and is left out for a test without portions.",
    ),
    known(
        "booking_notification",
        Assumed,
        "Standard Webhooks headers sign every notification; Atlas is not known to sign.",
    ),
    known(
        "booking_notification",
        Assumed,
        "HTTP Message Signatures carry no webhook-timestamp: created is the instant of the attempt, and keyid is atlas-sandbox unless the subscription names one.",
    ),
    known(
        "booking_notification",
        Assumed,
        "retry: automatic also tries a 429 or 503 again that carries Retry-After; that makes a wait of the schedule longer, a day at most, never shorter.",
    ),
    known(
        "test_center_notification",
        Assumed,
        "Its members, as the document's webhooks have them; a center that the control API adds, changes, closes or opens again is told of. on_close: cancel cancels the bookings there, after the center itself is told of.",
    ),
    known(
        "booking",
        Assumed,
        "Sessions start on the hour by the local time of release 2026f of the IANA time zone database, which is compiled in.",
    ),
    known(
        "test_center",
        Assumed,
        "Its three operations and their members (its searches were observed in the Booking service); a radius is 100 miles where none is told, distances are those of the great circle, an unknown center is a 404.",
    ),
    known(
        "test_center",
        Assumed,
        "An exam has its seat for its whole length as it was booked, with the time that the candidate gets more, so that exams that overlap share none. A booking on hold has a seat, beside that of the booking that it moves. An exam that was taken or missed keeps its seat.",
    ),
    known(
        "test_center",
        Assumed,
        "Timeslots begin each hour from the opening, on a multiple of five minutes, and end by the closing; each has as many seats as its center that are free for the whole exam. Days are those there. A center without opening hours is open daily from 09:00 to 17:00. Timeslots are told for about five years ahead.",
    ),
    known(
        "booking_notification",
        Assumed,
        "Toward the partner Atlas may use OAuth2 client credentials and mutual TLS; a token without expires_in lives 300 seconds, and one is renewed 30 seconds (or a tenth of its life) before its end, and once on a 401.",
    ),
    known(
        "booking",
        Observed,
        "The Booking service's twelve operations, their parameters and members, and that 2, 3 and 7 are wrapped in error_code, error_message and data, from a generated client of the vendor's. No path has an account: client_id must be that of the token.",
    ),
    known(
        "booking",
        Assumed,
        "Of the Booking service: every success is a 200; ext_time is minutes, a number or a text; sort is asc or desc; a search answers an object with its list; custom_fields are ignored; an exam at home is in the zone of the location; portions follow each other; timeslots are named by what they are, so that an identifier stands for a center and a start.",
    ),
    known(
        "booking",
        Assumed,
        "An invitation has a center, a start and a number of seats (catalog.invitations); what is not known of a TestingEvent is 0, or a number of ours.",
    ),
    known(
        "every_service",
        Assumed,
        "All fourteen services of the guide's table answer. Where no page describes one, its paths and members are made in the style of those that are described.",
    ),
];
