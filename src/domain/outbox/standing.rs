//! What a subscription has its waiting deliveries do.

use crate::domain::contract::service::OutService;
use crate::domain::record::delivery::DeliveryStatus;
use crate::domain::state::State;

/// Why a delivery of a paused subscription waits.
pub const PAUSED: &str = "the subscription is paused";

/// Whether the subscription to a service is paused.
pub fn is_paused(state: &State, service: OutService) -> bool {
    state.subscriptions.get(&service).is_some_and(|subscription| subscription.paused)
}

/// The status that a waiting delivery has by its subscription; else why it is not sent.
pub fn standing(state: &State, service: OutService) -> Result<DeliveryStatus, String> {
    match state.subscriptions.get(&service) {
        Some(subscription) if !subscription.enabled => {
            Err(format!("not sent: the {service} subscription was disabled"))
        }
        None => Err(format!("not sent: the {service} subscription was deleted")),
        Some(subscription) => Ok(if subscription.paused { DeliveryStatus::Paused } else { DeliveryStatus::Pending }),
    }
}
