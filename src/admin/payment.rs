//! Payments: looked at, and what the payment provider decides.

use super::booking::RefusedBooking;
use super::path::{InAccount, PaymentPath};
use crate::domain::deed::PaymentDeed;
use crate::domain::payment::input::NewRefund;
use crate::domain::query::PaymentQuery;
use crate::domain::record::payment::{PaymentStatus, PaymentView};
use crate::domain::state::State;
use crate::http::answer::{Answer, Json};
use crate::http::body::Document;
use crate::http::page::{self, Page};
use crate::http::query::Query;
use crate::service::payment;

page::filter! {
    /// Which payments are listed.
    pub struct PaymentFilter {
        /// By booking.
        pub booking_code: Option<String>,
        /// By status.
        pub status: Option<PaymentStatus>,
    }
}

async fn done(at: &InAccount<PaymentPath>, deed: PaymentDeed) -> Answer<Json<PaymentView>> {
    let account = at.account()?;
    Ok(Json(payment::act(&at.sandbox, &account, &at.path.payment_id, &deed).await?))
}

/// List payments, oldest first.
#[utoipa::path(get, path = "list_account_payments")]
pub async fn list_account_payments(at: InAccount, query: Query<PaymentFilter>) -> Answer<Json<Page<PaymentView>>> {
    let paging = query.paging();
    let after = paging.after()?;
    let wanted = PaymentQuery { booking_code: query.booking_code.clone(), status: query.status, since: None };
    let rows = |state: &State, _| {
        let rows = state.payments().after(after).filter(|(_, payment)| wanted.takes(payment));
        page::cut(&paging, rows, |payment| payment.view())
    };
    Ok(Json(at.look(rows).await??))
}

/// Get a payment.
#[utoipa::path(get, path = "get_account_payment")]
pub async fn get_account_payment(at: InAccount<PaymentPath>) -> Answer<Json<PaymentView>> {
    Ok(Json(payment::get(&at.sandbox, &*at.account()?, &at.path.payment_id).await?))
}

/// Decide that a payment that is pending or authorized is captured: its booking on hold is confirmed.
#[utoipa::path(post, path = "accept_payment", responses(RefusedBooking))]
pub async fn accept_payment(at: InAccount<PaymentPath>) -> Answer<Json<PaymentView>> {
    done(&at, PaymentDeed::Capture).await
}

/// Decide that a payment that is pending or authorized is declined: its booking on hold gives the seat back.
#[utoipa::path(post, path = "decline_payment", responses((status = 409, description = "It is not open.")))]
pub async fn decline_payment(at: InAccount<PaymentPath>) -> Answer<Json<PaymentView>> {
    done(&at, PaymentDeed::Decline).await
}

/// Give money of a captured payment back, all that is left where no amount is named.
#[utoipa::path(post, path = "refund_payment", responses((status = 409, description = "It is not captured.")))]
pub async fn refund_payment(at: InAccount<PaymentPath>, input: Document<NewRefund>) -> Answer<Json<PaymentView>> {
    done(&at, PaymentDeed::Refund(input.0.amount)).await
}
