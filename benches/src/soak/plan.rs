//! The plan of the soak: how each account is set up, and how its receiver treats each call.

use std::time::Duration;

use serde_json::{Value, json};

/// Receivers; the accounts are dealt out to them in blocks.
pub const RECEIVERS: usize = 20;

/// The receivers that go down in mid-run with their calls under way, and come back later.
pub const KILLED: usize = 2;

/// Times that all accounts start from nothing: the memory after each must be the same.
pub const WAVES: usize = 2;

/// Eligibilities of an account; each has its own order.
pub const ELIGIBILITIES: usize = 10;

/// How long the sandbox waits for an answer.
pub const TIMEOUT: Duration = Duration::from_secs(1);

/// One account of the soak.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its place among all.
    pub index: usize,
    /// Its code.
    pub code: String,
}

/// What happens to an account beside its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountGroup {
    /// Nothing.
    Steady,
    /// Its subscription is paused until the middle of the run; then some rows are discarded, and it is resumed.
    Held,
    /// Its subscription is disabled for a quarter of the run: what waits and what comes is discarded.
    Off,
}

impl Member {
    /// The account at this place.
    pub fn new(index: usize) -> Self {
        Self { index, code: format!("SOAK-{index:05}") }
    }

    /// What happens to it.
    pub fn group(&self) -> AccountGroup {
        match self.index % 8 {
            3 => AccountGroup::Held,
            6 => AccountGroup::Off,
            _ => AccountGroup::Steady,
        }
    }

    /// The index of the receiver that it notifies, if there are this many accounts.
    pub fn receiver(&self, accounts: usize) -> usize {
        self.index * RECEIVERS / accounts
    }

    /// Its subscription.
    pub fn subscription(&self, port: u16, enabled: bool) -> Value {
        let (retry, concurrency) = (["manual", "automatic"][self.index % 2], [1, 2, 4, 8, 16][self.index / 2 % 5]);
        json!({
            "url": format!("http://127.0.0.1:{port}/{}", self.code),
            "enabled": enabled,
            "paused": self.group() == AccountGroup::Held,
            "timeout": format!("{}ms", TIMEOUT.as_millis()),
            "retry": retry,
            "retry_schedule": ["50ms", "200ms"],
            "concurrency": concurrency,
        })
    }

    /// The document it is made from.
    pub fn given(&self, port: u16) -> Value {
        let eligibilities: Vec<Value> = (0..ELIGIBILITIES)
            .map(|number| json!({ "test_code": "EXAM1", "client_eligibility_id": format!("{}-{number}", self.code) }))
            .collect();
        json!({
            "account": { "account_code": self.code },
            "eligibilities": eligibilities,
            "subscriptions": { "booking_notification": self.subscription(port, true) },
        })
    }
}

/// How a receiver treats a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallBehaviour {
    /// 200 at once.
    Take,
    /// 200 within the time there is.
    Slow,
    /// 200 after the time is over.
    Late,
    /// 500.
    Refuse,
    /// No answer.
    Hang,
    /// A reset of the connection.
    Reset,
}

impl CallBehaviour {
    /// All of them, as the ledger shows them.
    pub const ALL: [(Self, &str); 6] = [
        (Self::Take, "200 at once"),
        (Self::Slow, "200, slow"),
        (Self::Late, "200 past the timeout"),
        (Self::Refuse, "500"),
        (Self::Hang, "no answer"),
        (Self::Reset, "connection reset"),
    ];

    /// One call in five goes wrong in one of five ways; the seed, the delivery and the number of its calls decide.
    pub fn of(seed: u64, id: &str, number: usize) -> Self {
        let mut hash = seed ^ 0xcbf2_9ce4_8422_2325;
        for byte in id.bytes().chain(number.to_le_bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        // The low bits of this hash are the last byte's: mix them.
        hash ^= hash >> 32;
        hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        match (hash >> 40) % 25 {
            0 => Self::Slow,
            1 => Self::Late,
            2 => Self::Refuse,
            3 => Self::Hang,
            4 => Self::Reset,
            _ => Self::Take,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CallBehaviour;

    #[test]
    fn a_fifth_of_the_calls_goes_wrong_and_the_seed_says_which() {
        let of = |seed| (0..10_000).map(move |number| CallBehaviour::of(seed, &format!("msg_{number:024x}"), 0));
        let wrong = of(1).filter(|behaviour| *behaviour != CallBehaviour::Take).count();
        assert!((1_850..=2_150).contains(&wrong), "{wrong}");
        for (one, name) in &CallBehaviour::ALL[1..] {
            let count = of(1).filter(|behaviour| behaviour == one).count();
            assert!((320..=480).contains(&count), "{name}: {count}");
        }
        assert!(of(1).eq(of(1)));
        assert!(of(1).ne(of(2)));
    }
}
