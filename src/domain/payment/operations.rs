//! The operations of the Payment service.

use crate::domain::contract::lint::Standing;
use crate::domain::contract::operation::{Alias, Operation, RefusalTexts, operations};
use crate::domain::contract::service::InService;

/// What they have in common.
const ROW: Operation = Operation {
    id: "",
    service: Some(InService::Payment),
    method: "POST",
    path: "",
    aliases: &[Alias::Generation2],
    standing: Standing::Assumed,
    source: "",
    words: RefusalTexts::USUAL,
};

operations! {
    /// Pays for a booking on hold.
    CreatePayment {
        id: "create_payment",
        path: "/paymentService/1.0.0/accounts/{account_code}/payments",
        ..ROW
    }
    /// Gets a payment.
    GetPayment {
        id: "get_payment",
        method: "GET",
        path: "/paymentService/1.0.0/accounts/{account_code}/payments/{payment_id}",
        ..ROW
    }
    /// Captures a payment that is authorized.
    CapturePayment {
        id: "capture_payment",
        path: "/paymentService/1.0.0/accounts/{account_code}/payments/{payment_id}/capture",
        ..ROW
    }
    /// Gives money back.
    CreateRefund {
        id: "create_refund",
        path: "/paymentService/1.0.0/accounts/{account_code}/payments/{payment_id}/refunds",
        ..ROW
    }
    /// Lists the payments of a booking.
    ListBookingPayments {
        id: "list_booking_payments",
        method: "GET",
        path: "/paymentService/1.0.0/accounts/{account_code}/bookings/{booking_code}/payments",
        ..ROW
    }
}
