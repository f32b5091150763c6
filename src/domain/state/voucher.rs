//! The vouchers of an account, and how often each is redeemed.

use std::sync::Arc;

use super::State;
use crate::domain::contract::error::Error;
use crate::domain::record::voucher::{Voucher, VoucherView};
use crate::domain::value::stamp::Timestamp;

impl State {
    /// The voucher with this code.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn voucher(&self, code: &str) -> Result<&Arc<Voucher>, Error> {
        self.vouchers.get(code).ok_or_else(|| Error::NotFound { kind: "voucher", id: code.to_owned() })
    }

    /// How often a voucher is redeemed: by the account's bookings that stand, and by earlier ones.
    pub fn redemptions(&self, voucher: &Voucher) -> u32 {
        let here = self.index.redemptions.get(&voucher.voucher_code).copied().unwrap_or(0);
        here.saturating_add(voucher.earlier_redemptions)
    }

    /// A voucher as it is seen at `now`.
    pub fn voucher_view(&self, voucher: &Voucher, now: Timestamp) -> VoucherView {
        voucher.view(self.redemptions(voucher), now)
    }
}
