//! The Voucher service: pre-agreed discounts.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::record::voucher::VoucherView;
use crate::domain::state::State;
use crate::domain::voucher::input::{NewVoucher, VoucherChange};
use crate::domain::voucher::operations::{CreateVouchers, DeleteVoucher, GetVoucher, ListVouchers, UpdateVoucher};
use crate::gateway::caller::Caller;
use crate::http::answer::{Created, Json, NoContent};
use crate::http::body::Body;
use crate::http::error::Refused;
use crate::http::page::{self, Page, Paging};
use crate::http::path::parts;
use crate::http::query::Query;
use crate::service::voucher;

super::handler::handlers![get_voucher, list_vouchers, create_vouchers, update_voucher, delete_voucher];

parts! {
    /// The vouchers of an account.
    Vouchers {
        /// The account; another account's code is refused.
        account_code,
    }
}

parts! {
    /// A voucher of an account.
    OneVoucher {
        /// The account; another account's code is refused.
        account_code,
        /// The code of the voucher.
        voucher_code,
    }
}

/// Why there is nothing to show or change.
const UNKNOWN: &str = "The account has no such voucher.";

/// The voucher that was made, or the vouchers of a batch.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum MadeVouchers {
    /// The voucher.
    One(VoucherView),
    /// Those of a batch.
    Batch(VoucherBatch),
}

/// The vouchers of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct VoucherBatch {
    /// The vouchers, in the order they were made.
    pub items: Vec<VoucherView>,
}

/// Make a voucher, or a batch of vouchers that differ in their codes.
///
/// Codes that are made up have no letter or digit that looks like another: no 0 and O, no 1 and I.
#[utoipa::path(post, path = "create_vouchers", responses(
    (status = 201, description = "The voucher, or with `count` the vouchers of the batch."),
))]
pub async fn create_vouchers(
    caller: Caller<CreateVouchers, Vouchers>,
    body: Body<NewVoucher>,
) -> Result<Created<MadeVouchers>, Refused> {
    let mut items = caller.map_refusal(voucher::create(&caller.sandbox, &caller.account, &body.0).await)?;
    let single = if body.0.value.count.is_none() { items.pop() } else { None };
    Ok(Created(single.map_or_else(|| MadeVouchers::Batch(VoucherBatch { items }), MadeVouchers::One)))
}

/// List the vouchers, by code.
#[utoipa::path(get, path = "list_vouchers", responses((status = 200, description = "One page of them.")))]
pub async fn list_vouchers(
    caller: Caller<ListVouchers, Vouchers>,
    paging: Query<Paging>,
) -> Result<Json<Page<VoucherView>>, Refused> {
    let look = |state: &State, now| page::cut_by_code(&paging, &state.vouchers, |one| state.voucher_view(one, now));
    let page = caller.sandbox.look(&caller.account, look).await;
    Ok(Json(caller.map_refusal(page)?))
}

/// Get a voucher.
#[utoipa::path(get, path = "get_voucher", responses(
    (status = 200, description = "The voucher."),
    (status = 404, description = UNKNOWN),
))]
pub async fn get_voucher(caller: Caller<GetVoucher, OneVoucher>) -> Result<Json<VoucherView>, Refused> {
    let found = voucher::get(&caller.sandbox, &caller.account, &caller.path.voucher_code);
    Ok(Json(caller.map_refusal(found.await)?))
}

/// Extend a voucher, disable it, or enable it again.
///
/// What is absent stays as it is.
#[utoipa::path(patch, path = "update_voucher", responses(
    (status = 204, description = "It is changed."),
    (status = 404, description = UNKNOWN),
))]
pub async fn update_voucher(
    caller: Caller<UpdateVoucher, OneVoucher>,
    body: Body<VoucherChange>,
) -> Result<NoContent, Refused> {
    let updated = voucher::update(&caller.sandbox, &caller.account, &caller.path.voucher_code, &body.0);
    caller.map_refusal(updated.await)?;
    Ok(NoContent)
}

/// Delete a voucher.
///
/// One that is attached to an eligibility, or redeemed by a booking, can only be disabled.
#[utoipa::path(delete, path = "delete_voucher", responses(
    (status = 204, description = "It is deleted."),
    (status = 400, description = "No such account, or an eligibility or a booking names it."),
    (status = 404, description = UNKNOWN),
))]
pub async fn delete_voucher(caller: Caller<DeleteVoucher, OneVoucher>) -> Result<NoContent, Refused> {
    let deleted = voucher::delete(&caller.sandbox, &caller.account, &caller.path.voucher_code);
    caller.map_refusal(deleted.await)?;
    Ok(NoContent)
}
