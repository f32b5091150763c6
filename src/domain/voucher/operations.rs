//! The operations of the Voucher service.

use crate::domain::contract::lint::Standing;
use crate::domain::contract::operation::{Alias, Operation, RefusalTexts, operations};
use crate::domain::contract::service::InService;

/// What they have in common.
const ROW: Operation = Operation {
    id: "",
    service: Some(InService::Voucher),
    method: "GET",
    path: "/voucherService/1.0.0/accounts/{account_code}/vouchers/{voucher_code}",
    aliases: &[Alias::Generation2],
    standing: Standing::Assumed,
    source: "",
    words: RefusalTexts::USUAL,
};

/// The path of all vouchers.
const LIST: &str = "/voucherService/1.0.0/accounts/{account_code}/vouchers";

operations! {
    /// Gets a voucher.
    GetVoucher {
        id: "get_voucher",
        ..ROW
    }
    /// Lists the vouchers.
    ListVouchers {
        id: "list_vouchers",
        path: LIST,
        ..ROW
    }
    /// Makes a voucher, or a batch of them.
    CreateVouchers {
        id: "create_vouchers",
        method: "POST",
        path: LIST,
        ..ROW
    }
    /// Extends a voucher, or disables it.
    UpdateVoucher {
        id: "update_voucher",
        method: "PATCH",
        ..ROW
    }
    /// Deletes a voucher that nothing names.
    DeleteVoucher {
        id: "delete_voucher",
        method: "DELETE",
        ..ROW
    }
}
