//! The driver of the soak: makes accounts and changes over the control API, and notes every change that was answered.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::soak::plan::Member;
use crate::wire::{RawConnection, request};

/// Accounts that are driven side by side.
pub const SIDE_BY_SIDE: usize = 16;

/// A change that the sandbox has acknowledged.
#[derive(Debug, PartialEq, Eq)]
pub struct AcknowledgedChange {
    /// The reason that its notification must name.
    pub reason: &'static str,
    /// The booking that its notification must name.
    pub booking_code: String,
}

/// A delivery as the sandbox lists it.
#[derive(Debug, Deserialize)]
pub struct DeliveryRow {
    /// The `webhook-id`.
    pub id: String,
    /// Its status.
    pub status: String,
    /// What happened.
    pub change_reason: String,
    /// The booking.
    pub booking_code: String,
    /// The eligibility.
    pub psi_eligiblity_id: String,
    /// How often it was sent.
    pub attempts: usize,
}

/// An account, what was done to it, and what the sandbox says of it.
pub struct SoakAccount {
    /// Its place and code.
    pub member: Member,
    /// The port of its receiver.
    pub port: u16,
    /// Its eligibilities.
    pub ids: Vec<String>,
    /// The changes of each eligibility, in order.
    pub changes: Vec<Vec<AcknowledgedChange>>,
    /// Its deliveries, oldest first, as they were read last.
    pub rows: Vec<DeliveryRow>,
}

/// Does the same for every account, [`SIDE_BY_SIDE`] at a time.
pub async fn each(
    port: u16,
    shares: &mut [Vec<SoakAccount>],
    work: impl AsyncFn(&mut RawConnection, &mut SoakAccount) -> Result<()>,
) -> Result<()> {
    let work = &work;
    try_join_all(shares.iter_mut().map(|share| async move {
        let mut connection = RawConnection::open(port).await?;
        for account in share {
            work(&mut connection, account).await.with_context(|| account.member.code.clone())?;
        }
        anyhow::Ok(())
    }))
    .await?;
    Ok(())
}

impl SoakAccount {
    /// Makes the account, or brings it back to where it began.
    pub async fn make(&mut self, connection: &mut RawConnection, again: bool) -> Result<()> {
        if again {
            self.call(connection, "POST", "/reset", None).await?;
        } else {
            let given = self.member.given(self.port);
            send(connection, "POST", "/_sandbox/accounts", Some(&given)).await?;
        }
        let found = self.call(connection, "GET", "/eligibilities?limit=500", None).await?;
        let items = found["items"].as_array().context("no items")?;
        let id = |item: &Value| item["psi_eligiblity_id"].as_str().map(str::to_owned).context("no psi_eligiblity_id");
        self.ids = items.iter().map(id).collect::<Result<_>>()?;
        self.changes = self.ids.iter().map(|_| Vec::new()).collect();
        self.rows.clear();
        Ok(())
    }

    /// Deletes the account.
    pub async fn delete(&mut self, connection: &mut RawConnection) -> Result<()> {
        self.call(connection, "DELETE", "", None).await.map(drop)
    }

    /// One change of every eligibility: booked, moved, cancelled, and from the start again.
    pub async fn change(&mut self, connection: &mut RawConnection) -> Result<()> {
        for at in 0..self.ids.len() {
            let last = self.changes[at].last();
            let booking = last.map(|change| change.booking_code.clone()).unwrap_or_default();
            let (reason, path, body) = match last.map(|change| change.reason) {
                None | Some("BOOKING_CANCELLED") => (
                    "BOOKING_CREATED",
                    format!("/eligibilities/{}/schedule", self.ids[at]),
                    json!({ "delivery_mode": "ATLAS_REMOTE_PROCTORED" }),
                ),
                Some("BOOKING_CREATED") => {
                    ("BOOKING_RESCHEDULED", format!("/bookings/{booking}/reschedule"), json!({}))
                }
                Some(_) => ("BOOKING_CANCELLED", format!("/bookings/{booking}/cancel"), Value::Null),
            };
            let body = Some(&body).filter(|body| !body.is_null());
            let answer = self.call(connection, "POST", &path, body).await?;
            let booking_code = answer["booking_code"].as_str().context("no booking_code")?.to_owned();
            self.changes[at].push(AcknowledgedChange { reason, booking_code });
        }
        Ok(())
    }

    /// Switches the subscription on or off.
    pub async fn enable(&self, connection: &mut RawConnection, enabled: bool) -> Result<()> {
        let subscription = self.member.subscription(self.port, enabled);
        self.call(connection, "PUT", "/subscriptions/booking_notification", Some(&subscription)).await.map(drop)
    }

    /// Discards some of the rows that wait, and lets the others go.
    pub async fn release(&self, connection: &mut RawConnection) -> Result<()> {
        let waiting = self.call(connection, "GET", "/deliveries?status=paused&limit=3", None).await?;
        for item in waiting["items"].as_array().context("no items")? {
            let id = item["id"].as_str().context("no id")?;
            self.call(connection, "POST", &format!("/deliveries/{id}/discard"), None).await?;
        }
        self.call(connection, "POST", "/subscriptions/booking_notification/resume", None).await.map(drop)
    }

    /// Waits until nothing is due or under way, or the time is over.
    pub async fn settle(&self, connection: &mut RawConnection, until: Instant) -> Result<()> {
        for status in ["pending", "sending", "pending"] {
            let path = format!("/deliveries?limit=1&status={status}");
            while self.call(connection, "GET", &path, None).await?["items"] != json!([]) && Instant::now() < until {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Ok(())
    }

    /// Reads all deliveries; again, as long as one of them is open and the time is not over.
    pub async fn read(&mut self, connection: &mut RawConnection, until: Instant) -> Result<()> {
        #[derive(Deserialize)]
        struct DeliveryPage {
            items: Vec<DeliveryRow>,
            next_cursor: Option<String>,
        }
        loop {
            self.settle(connection, until).await?;
            self.rows.clear();
            let mut cursor = Some("0".to_owned());
            while let Some(after) = cursor {
                let path = format!("{}/deliveries?service=booking_notification&limit=500&cursor={after}", self.path());
                let answer = connection.exchange(&request("GET", &path, &[], b"")).await?;
                let page: DeliveryPage = serde_json::from_slice(answer.body).context("deliveries")?;
                self.rows.extend(page.items);
                cursor = page.next_cursor;
            }
            let is_open = |row: &DeliveryRow| matches!(row.status.as_str(), "pending" | "sending");
            if !self.rows.iter().any(is_open) || Instant::now() >= until {
                return Ok(());
            }
        }
    }

    /// Sends a part of the error queue again.
    pub async fn resend(&self, connection: &mut RawConnection) -> Result<()> {
        let part = json!({ "change_reason": "BOOKING_CREATED" });
        self.call(connection, "POST", "/error-queue/resend", Some(&part)).await.map(drop)
    }

    /// Discards what is left of the error queue, which is empty then.
    pub async fn clear(&self, connection: &mut RawConnection) -> Result<()> {
        self.call(connection, "POST", "/error-queue/discard", Some(&json!({}))).await?;
        let left = self.call(connection, "GET", "/error-queue?limit=1", None).await?;
        if left["items"] == json!([]) { Ok(()) } else { bail!("the error queue is not empty: {left}") }
    }

    /// The attempts of a delivery.
    pub async fn attempts(&self, connection: &mut RawConnection, id: &str) -> Result<Vec<Value>> {
        let found = self.call(connection, "GET", &format!("/deliveries/{id}/attempts"), None).await?;
        found["items"].as_array().or_else(|| found.as_array()).cloned().context("no attempts")
    }

    fn path(&self) -> String {
        format!("/_sandbox/accounts/{}", self.member.code)
    }

    async fn call(
        &self,
        connection: &mut RawConnection,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value> {
        send(connection, method, &(self.path() + path), body).await
    }
}

/// One call; an answer that is not 2xx is an error.
async fn send(connection: &mut RawConnection, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
    let bytes = body.map(Value::to_string).unwrap_or_default();
    let headers = [("Content-Type", "application/json")];
    let answer = connection.exchange(&request(method, path, &headers, bytes.as_bytes())).await?;
    if !(200..300).contains(&answer.status) {
        bail!("{method} {path} answered {}:\n{}", answer.status, String::from_utf8_lossy(answer.body));
    }
    if answer.body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(answer.body).with_context(|| format!("{method} {path}"))
}
