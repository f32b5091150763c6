//! The Payment service: bookings on hold are paid for, and money is given back.

use crate::domain::booking;
use crate::domain::payment::input::{NewPayment, NewRefund};
use crate::domain::payment::operations::{
    CapturePayment, CreatePayment, CreateRefund, GetPayment, ListBookingPayments,
};
use crate::domain::record::payment::PaymentView;
use crate::domain::state::State;
use crate::gateway::caller::Caller;
use crate::http::answer::{Created, Json, Written};
use crate::http::body::Body;
use crate::http::error::Refused;
use crate::http::idempotency::IdempotencyKey;
use crate::http::page::{self, Page, Paging};
use crate::http::path::parts;
use crate::http::query::Query;
use crate::service::payment;

super::handler::handlers![create_payment, get_payment, capture_payment, create_refund, list_booking_payments];

parts! {
    /// The payments of an account.
    Payments {
        /// The account; another account's code is refused.
        account_code,
    }
}

parts! {
    /// A payment of an account.
    OnePayment {
        /// The account; another account's code is refused.
        account_code,
        /// The identifier of the payment.
        payment_id,
    }
}

parts! {
    /// A booking of an account.
    PaidBooking {
        /// The account; another account's code is refused.
        account_code,
        /// The code of the booking.
        booking_code,
    }
}

/// Why there is nothing to show or change.
const UNKNOWN: &str = "The account has no such payment.";

/// Pay for a booking on hold.
///
/// The payment is captured at once, which confirms the booking; with `capture` as `manual` it stays AUTHORIZED.
/// An amount that ends in `.02` is declined and in `.03` stays pending; one in `.04` expires when the hold ends.
#[utoipa::path(post, path = "create_payment", responses((status = 201, description = "The payment.")))]
pub async fn create_payment(
    caller: Caller<CreatePayment, Payments>,
    key: IdempotencyKey,
    body: Body<NewPayment>,
) -> Result<Written<Created<PaymentView>>, Refused> {
    let made = payment::create(&caller.sandbox, &caller.account, key.0.as_deref(), &body.0);
    Ok(Written::created(caller.map_refusal(made.await)?))
}

/// Get a payment.
#[utoipa::path(get, path = "get_payment", responses(
    (status = 200, description = "The payment."),
    (status = 404, description = UNKNOWN),
))]
pub async fn get_payment(caller: Caller<GetPayment, OnePayment>) -> Result<Json<PaymentView>, Refused> {
    let found = payment::get(&caller.sandbox, &caller.account, &caller.path.payment_id);
    Ok(Json(caller.map_refusal(found.await)?))
}

/// Capture a payment that is authorized: its booking on hold is confirmed.
#[utoipa::path(post, path = "capture_payment", responses(
    (status = 200, description = "The payment."),
    (status = 400, description = "No such account, or the payment or its booking does not allow it."),
    (status = 404, description = UNKNOWN),
))]
pub async fn capture_payment(
    caller: Caller<CapturePayment, OnePayment>,
    key: IdempotencyKey,
) -> Result<Written<Json<PaymentView>>, Refused> {
    let captured = payment::capture(&caller.sandbox, &caller.account, key.0.as_deref(), &caller.path.payment_id);
    Ok(Written::text(caller.map_refusal(captured.await)?))
}

/// Give money of a captured payment back; the booking stands.
///
/// Without an amount, all that is left.
#[utoipa::path(post, path = "create_refund", responses(
    (status = 201, description = "The payment with its refunds."),
    (status = 404, description = UNKNOWN),
))]
pub async fn create_refund(
    caller: Caller<CreateRefund, OnePayment>,
    key: IdempotencyKey,
    body: Body<NewRefund>,
) -> Result<Written<Created<PaymentView>>, Refused> {
    let (sandbox, account, id) = (&caller.sandbox, &caller.account, &caller.path.payment_id);
    let refunded = payment::refund(sandbox, account, key.0.as_deref(), id, &body.0);
    Ok(Written::created(caller.map_refusal(refunded.await)?))
}

/// List the payments of a booking, oldest first.
#[utoipa::path(get, path = "list_booking_payments", responses((status = 200, description = "One page of them.")))]
pub async fn list_booking_payments(
    caller: Caller<ListBookingPayments, PaidBooking>,
    paging: Query<Paging>,
) -> Result<Json<Page<PaymentView>>, Refused> {
    let look = |state: &State, _| {
        let code = booking::code(state, &caller.path.booking_code)?;
        page::cut(&paging, state.payments_of(code), |payment| payment.view())
    };
    let page = caller.sandbox.look(&caller.account, look).await;
    Ok(Json(caller.map_refusal(page)?))
}
