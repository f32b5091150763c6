//! The groups of operations in the documents, and what each is about.

/// Name and meaning, of both documents.
const TAGS: &[(&str, &str)] = &[
    ("Accounts", "Accounts of the sandbox: each has its own users, catalog, clock, records and queues."),
    ("Applications", "Users and applications, their keys, and the services that these are subscribed to."),
    ("Assessment Result", "Results as test drivers send them and partners fetch them."),
    ("Booking", "Registrations and bookings in one call, locations and timeslots to choose from, invitations."),
    ("Candidates and staff", "What candidates, test centers and coordinators do; on the vendor's side people do it."),
    ("Catalog", "Tests, test centers, vouchers and candidates of an account."),
    ("Clock", "The clock of an account: frozen, set, advanced, or faster."),
    ("Deliveries", "Notifications on their way: the queue, its attempts, the error queue, sending again."),
    ("Eligibility", "Who may take which test, and when."),
    ("Faults", "Calls and notifications that go wrong on request."),
    ("Getting Started", "Whether the connection and the token are good."),
    ("Inbox", "Receivers inside the sandbox, which keep what they get and answer as they are told."),
    ("Payment", "Bookings on hold are paid for, payments captured and refunded."),
    ("Payments", "Payments of an account, and what the payment provider decides."),
    ("Proctoring", "Exams that are watched: sessions, what happens in them, and their reviews."),
    ("Requests", "The journal of the calls that came, with what the lint found in them."),
    ("Server", "The server itself: health, figures, the fidelity ledger, its reset."),
    ("Signatures", "Why a signature is right or wrong."),
    ("Subscriptions", "Where notifications go, and how they are sent and signed."),
    ("Test Center", "Where exams can be taken, and when."),
    ("Test Publication", "Tests as partners write and publish them, until they are retired."),
    ("Token API", "OAuth2 tokens: issued, refreshed, revoked."),
    ("Voucher", "Pre-agreed discounts: made singly or in batches, extended, disabled."),
];

/// What a group of operations is about.
pub fn meaning(name: &str) -> &'static str {
    TAGS.iter().find(|(tag, _)| *tag == name).map_or("", |(_, meaning)| meaning)
}
