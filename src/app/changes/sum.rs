//! What holds of an account whatever happens: money adds up, and no voucher is redeemed more often than it may be.

use crate::domain::record::payment::PaymentStatus;
use crate::domain::state::State;
use crate::domain::value::money::Amount;

/// Checks an account.
pub fn check(state: &State, at: &str) {
    for (code, voucher) in state.vouchers.iter() {
        let redeems = |codes: &[String]| codes.iter().filter(|one| *one == code).count();
        let here: usize = state.bookings().iter().map(|booking| redeems(booking.redeemed())).sum();
        assert_eq!(usize::try_from(state.redemptions(voucher)), Ok(here), "{at}: {code}");
        assert!(voucher.max_redemptions.is_none_or(|most| state.redemptions(voucher) <= most), "{at}: {code}");
    }
    for payment in state.payments().iter() {
        let (due, refunded) = (payment.due(), payment.refunded());
        assert_eq!(due.plus(payment.discount), payment.amount, "{at}: {payment:?}");
        let adds_up = match payment.status {
            PaymentStatus::Refunded => refunded == due,
            PaymentStatus::Captured => refunded == Amount::ZERO || refunded < due,
            _ => refunded == Amount::ZERO,
        };
        assert!(adds_up, "{at}: {payment:?}");
        assert!(state.booking(payment.booking_code).is_ok(), "{at}: {payment:?}");
    }
}
