//! Payments of bookings: what is to be paid, what was, and what was given back.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};
use utoipa::ToSchema;

use crate::domain::record::Record;
use crate::domain::value::id::{BookingCode, PaymentId};
use crate::domain::value::money::{Amount, Currency};
use crate::domain::value::stamp::{self, Stamp, Timestamp};

/// Where a payment stands.
///
/// Assumed: the names (services §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Display, EnumString)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum PaymentStatus {
    /// Its outcome is not known yet.
    Pending,
    /// It can be captured.
    Authorized,
    /// The money was taken.
    Captured,
    /// It was refused.
    Declined,
    /// All of the money was given back.
    Refunded,
    /// It was not captured while the booking was on hold.
    Expired,
}

impl PaymentStatus {
    /// Whether it can still become captured.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Authorized)
    }

    /// Whether the money was taken.
    pub fn is_paid(self) -> bool {
        matches!(self, Self::Captured | Self::Refunded)
    }
}

/// What the last digits of an amount make of its payment, as payment sandboxes have it.
///
/// Assumed: which digits (services §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MagicAmount {
    /// `.02`: it is declined.
    Declined,
    /// `.03`: it stays pending.
    Pending,
    /// `.04`: it is pending, and expires with the hold.
    Expiring,
}

impl MagicAmount {
    /// That of an amount; `None` of most.
    pub fn of(amount: Amount) -> Option<Self> {
        match amount.hundredths() {
            Some(2) => Some(Self::Declined),
            Some(3) => Some(Self::Pending),
            Some(4) => Some(Self::Expiring),
            _ => None,
        }
    }
}

/// A payment of a booking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    /// Its identifier.
    pub payment_id: PaymentId,
    /// The booking; the newer one once the booking is moved.
    pub booking_code: BookingCode,
    /// Where it stands.
    pub status: PaymentStatus,
    /// The price.
    pub amount: Amount,
    /// Its currency.
    pub currency: Currency,
    /// How it is paid, as the partner calls it.
    pub method: Option<String>,
    /// The vouchers that give a discount, and are redeemed with the booking.
    pub voucher_codes: Vec<String>,
    /// What they take off the price.
    pub discount: Amount,
    /// What was given back.
    pub refunds: Vec<Refund>,
    /// When it was made.
    pub created: Timestamp,
}

/// Money that was given back, as the account keeps it and as documents give it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = GivenRefund)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    /// How much.
    pub amount: Amount,
    /// When; of a document the clock's instant where absent.
    #[serde(default, with = "stamp::optional", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub refunded: Option<Timestamp>,
}

impl Record for Payment {
    type Id = PaymentId;

    fn id(&self) -> PaymentId {
        self.payment_id
    }
}

/// A payment.
///
/// Assumed: the members (services §8).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Payment)]
pub struct PaymentView {
    /// Its identifier.
    #[schema(value_type = String, pattern = "^[A-Z0-9]{8}$")]
    pub payment_id: PaymentId,
    /// The booking; the newer one once the booking is moved.
    #[schema(value_type = String, pattern = "^[A-Z0-9]{8}$")]
    pub booking_code: BookingCode,
    /// Where it stands.
    pub status: PaymentStatus,
    /// The price.
    pub amount: Amount,
    /// Its currency.
    pub currency: Currency,
    /// What the vouchers take off.
    pub discount: Amount,
    /// What is to be paid: the price without the discount.
    pub amount_due: Amount,
    /// What was paid.
    pub amount_paid: Amount,
    /// What of it was given back.
    pub amount_refunded: Amount,
    /// How it is paid; null if that was not told.
    #[schema(required = true)]
    pub method: Option<String>,
    /// The vouchers that give the discount.
    pub voucher_codes: Vec<String>,
    /// What was given back, the oldest first.
    pub refunds: Vec<RefundView>,
    /// When it was made, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub created_datetime: Stamp,
}

/// Money that was given back.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Refund)]
pub struct RefundView {
    /// How much.
    pub amount: Amount,
    /// When, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub refunded_datetime: Stamp,
}

impl Payment {
    /// What is to be paid.
    pub fn due(&self) -> Amount {
        self.amount.minus(self.discount)
    }

    /// What was given back.
    pub fn refunded(&self) -> Amount {
        self.refunds.iter().fold(Amount::ZERO, |sum, refund| sum.plus(refund.amount))
    }

    /// Whether it is over once its booking is on hold no more; one that stays pending is not.
    pub fn ends_with_the_hold(&self) -> bool {
        let stays = self.status == PaymentStatus::Pending && MagicAmount::of(self.amount) == Some(MagicAmount::Pending);
        self.status.is_open() && !stays
    }

    /// The payment as it is seen.
    pub fn view(&self) -> PaymentView {
        let money = |amount: Amount| amount.of_currency(self.currency);
        let refund = |one: &Refund| RefundView {
            amount: money(one.amount),
            refunded_datetime: Stamp::seconds(one.refunded.unwrap_or(self.created)),
        };
        PaymentView {
            payment_id: self.payment_id,
            booking_code: self.booking_code,
            status: self.status,
            amount: money(self.amount),
            currency: self.currency,
            discount: money(self.discount),
            amount_due: money(self.due()),
            amount_paid: money(if self.status.is_paid() { self.due() } else { Amount::ZERO }),
            amount_refunded: money(self.refunded()),
            method: self.method.clone(),
            voucher_codes: self.voucher_codes.clone(),
            refunds: self.refunds.iter().map(refund).collect(),
            created_datetime: Stamp::seconds(self.created),
        }
    }
}
