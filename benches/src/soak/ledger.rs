//! The ledger of the soak: compares, row by row, what the driver did, what the sandbox says and what the receivers saw.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::soak::driver::{DeliveryRow, SoakAccount};
use crate::soak::plan::{CallBehaviour, TIMEOUT};
use crate::soak::receiver::{SeenCall, SeenCalls};
use crate::wire::RawConnection;

/// The answers, of a thousand, that a busy machine may have the sandbox read after the timeout, though they were written
/// before it.
const MOST_MISSED: usize = 1;

/// Complaints that are shown.
const SHOWN: usize = 20;

/// What was counted, and what does not fit.
#[derive(Default)]
pub struct Balance {
    changes: usize,
    by_status: BTreeMap<String, usize>,
    ids: HashSet<String>,
    calls: BTreeMap<CallBehaviour, usize>,
    /// Answers of 200, written in full.
    taken: usize,
    /// Of these, the ones that came after the sandbox had given up.
    late: usize,
    /// The ones that were written before that, and read after it, if at all.
    missed: usize,
    /// Attempts that no receiver saw in full: no connection, or one that was cut off.
    unseen: usize,
    lanes: usize,
    /// Calls that a receiver read after the sandbox had given them up and sent the next.
    stragglers: usize,
    complaints: Vec<String>,
}

/// A call that is right only if its attempt timed out.
struct Suspect<'a> {
    row: &'a DeliveryRow,
    call: &'a SeenCall,
    /// The instant that must be past the timeout.
    at: i64,
    claim: Claim,
}

/// What is wrong with a call, unless its attempt had timed out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Claim {
    /// It was answered 200 in full, and the row went on all the same.
    Taken,
    /// It came after a later notification of its eligibility.
    Overtaken,
}

/// Compares one account's rows with its changes and with the calls that its receiver saw.
///
/// `mark` is the number of calls before the error queue was sent again: order is kept before it and after it.
pub async fn audit(
    connection: &mut RawConnection,
    account: &SoakAccount,
    seen: &SeenCalls,
    mark: u64,
    balance: &RefCell<Balance>,
) -> Result<()> {
    let calls: HashMap<&str, Vec<SeenCall>> = {
        let calls = seen.calls();
        account.rows.iter().filter_map(|row| Some((row.id.as_str(), calls.by_id.get(&row.id)?.clone()))).collect()
    };
    let mut suspects = Vec::new();
    {
        let mut balance = balance.borrow_mut();
        balance.changes(account);
        for row in &account.rows {
            balance.row(account, row, calls.get(row.id.as_str()).map_or(&[], Vec::as_slice), &mut suspects);
        }
        balance.order(account, &calls, mark, &mut suspects);
    }
    let mut used: HashSet<(String, u64)> = HashSet::new();
    for suspect in suspects {
        let attempts = account.attempts(connection, &suspect.row.id).await?;
        let mut balance = balance.borrow_mut();
        let mut excuses = timed_out(&attempts, &suspect)?;
        match suspect.claim {
            Claim::Overtaken if excuses.iter().any(|excuse| excuse.is_over) => balance.stragglers += 1,
            Claim::Overtaken => balance.complain(account, suspect.row, &complaint(&suspect, &attempts)),
            Claim::Taken => {
                // An attempt excuses one answer.
                excuses.retain(|excuse| used.insert((suspect.row.id.clone(), excuse.number)));
                match excuses.first() {
                    Some(excuse) if excuse.is_over => balance.late += 1,
                    Some(_) => balance.missed += 1,
                    None => balance.complain(account, suspect.row, &complaint(&suspect, &attempts)),
                }
            }
        }
    }
    Ok(())
}

/// An attempt that timed out.
struct Excuse {
    number: u64,
    /// Whether it had by the instant.
    is_over: bool,
}

/// The newest attempt that timed out, among those that began before the call came.
fn timed_out(attempts: &[Value], suspect: &Suspect<'_>) -> Result<Vec<Excuse>> {
    let mut found = Vec::new();
    for attempt in attempts {
        let began = attempt["at"].as_str().context("no at")?;
        let began = chrono::DateTime::parse_from_rfc3339(began)?.timestamp_millis();
        let is_timeout = attempt["reason"].as_str().is_some_and(|reason| reason.contains("(timeout)"));
        let is_over = began + i64::try_from(TIMEOUT.as_millis())? <= suspect.at;
        if is_timeout && began <= suspect.call.came {
            found.push(Excuse { number: attempt["number"].as_u64().context("no number")?, is_over });
        }
    }
    // Attempts come oldest first.
    found.reverse();
    found.truncate(1);
    Ok(found)
}

/// What is wrong, in words.
fn complaint(suspect: &Suspect<'_>, attempts: &[Value]) -> String {
    let what = match suspect.claim {
        Claim::Taken => "taken",
        Claim::Overtaken => "came after a later one of its eligibility",
    };
    let attempts: Vec<_> = attempts.iter().map(|one| format!("at {} {}", one["at"], one["reason"])).collect();
    format!("{what}: {:?}; attempts: {}", suspect.call, attempts.join(", "))
}

impl Balance {
    /// Changes that are in none of the three columns; negative if there are more rows than changes.
    fn rest(&self) -> i64 {
        let ended: usize = ["delivered", "failed", "discarded"].iter().map(|status| self.count(status)).sum();
        i64::try_from(self.changes).unwrap_or(i64::MAX) - i64::try_from(ended).unwrap_or(i64::MAX)
    }

    /// The number of rows with a status.
    pub fn count(&self, status: &str) -> usize {
        self.by_status.get(status).copied().unwrap_or(0)
    }

    /// Whether all is accounted for.
    pub fn is_even(&self) -> bool {
        self.rest() == 0 && self.complaints.is_empty() && !self.is_busy()
    }

    fn is_busy(&self) -> bool {
        self.missed * 1_000 > self.taken * MOST_MISSED
    }

    fn complain(&mut self, account: &SoakAccount, row: &DeliveryRow, what: &str) {
        let (code, DeliveryRow { id, status, attempts, .. }) = (&account.member.code, row);
        self.complaints.push(format!("{code} {id} ({status}, {attempts} attempts): {what}"));
    }

    /// Every change has one row, and every row a change, in the same order for each eligibility.
    fn changes(&mut self, account: &SoakAccount) {
        for (eligibility, changes) in account.ids.iter().zip(&account.changes) {
            self.changes += changes.len();
            let mut rows = account.rows.iter().filter(|row| row.psi_eligiblity_id == *eligibility);
            for change in changes {
                match rows.next() {
                    Some(row) if row.change_reason == change.reason && row.booking_code == change.booking_code => {}
                    Some(row) => self.complain(account, row, &format!("expected the row of {change:?}")),
                    None => {
                        self.complaints.push(format!("{} {eligibility}: no row of {change:?}", account.member.code));
                    }
                }
            }
            for row in rows {
                self.complain(account, row, "no change made this row");
            }
        }
    }

    /// A row that was delivered was taken by its last call, and every other 200 came too late.
    fn row<'a>(
        &mut self,
        account: &SoakAccount,
        row: &'a DeliveryRow,
        calls: &'a [SeenCall],
        suspects: &mut Vec<Suspect<'a>>,
    ) {
        *self.by_status.entry(row.status.clone()).or_default() += 1;
        if !self.ids.insert(row.id.clone()) {
            self.complain(account, row, "another row has its identifier");
        }
        if !matches!(row.status.as_str(), "delivered" | "failed" | "discarded") {
            self.complain(account, row, "has not ended");
        }
        for call in calls {
            *self.calls.entry(call.behaviour).or_default() += 1;
        }
        // A call that got no answer may have been made again in its attempt: on a fresh connection, as the kept one ended.
        let broken =
            calls.iter().filter(|call| call.taken.is_none() && call.behaviour != CallBehaviour::Refuse).count();
        if calls.len() > row.attempts + broken {
            self.complain(account, row, &format!("its receiver saw {} calls", calls.len()));
        }
        self.unseen += row.attempts.saturating_sub(calls.len());
        let taken: Vec<&SeenCall> = calls.iter().filter(|call| call.taken.is_some()).collect();
        self.taken += taken.len();
        let mut others = taken.as_slice();
        if row.status == "delivered" {
            match (calls.last(), taken.split_last()) {
                (Some(last), Some((_, before))) if last.taken.is_some() => others = before,
                (last, _) => self.complain(account, row, &format!("no receiver took its last call: {last:?}")),
            }
        }
        let suspect = |call| Suspect { row, call, at: call.taken.unwrap_or(0), claim: Claim::Taken };
        suspects.extend(others.iter().map(|call| suspect(call)));
    }

    /// The calls of an eligibility come in the order of its changes.
    fn order<'a>(
        &mut self,
        account: &'a SoakAccount,
        calls: &'a HashMap<&str, Vec<SeenCall>>,
        mark: u64,
        suspects: &mut Vec<Suspect<'a>>,
    ) {
        let mut lanes: HashMap<&str, Vec<(&'a SeenCall, usize, &'a DeliveryRow)>> = HashMap::new();
        for (number, row) in account.rows.iter().enumerate() {
            let lane = lanes.entry(row.psi_eligiblity_id.as_str()).or_default();
            lane.extend(calls.get(row.id.as_str()).into_iter().flatten().map(|call| (call, number, row)));
        }
        self.lanes += lanes.len();
        for mut lane in lanes.into_values() {
            lane.sort_by_key(|(call, ..)| call.order);
            let (before, after) = lane.split_at(lane.partition_point(|(call, ..)| call.order <= mark));
            for part in [before, after] {
                let mut newest = 0;
                for (call, number, row) in part {
                    if *number < newest {
                        suspects.push(Suspect { row, call, at: call.came, claim: Claim::Overtaken });
                    }
                    newest = newest.max(*number);
                }
            }
        }
    }

    /// The ledger, to read.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, count: usize| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {name:<34}{count:>9}");
        };
        line("changes", self.changes);
        for (status, count) in &self.by_status {
            line(&format!("  rows {status}"), *count);
        }
        line("calls that receivers saw", self.calls.values().sum());
        for (behaviour, name) in CallBehaviour::ALL {
            line(&format!("  {name}"), self.calls.get(&behaviour).copied().unwrap_or(0));
        }
        line("attempts that none saw in full", self.unseen);
        line("200 answered in full", self.taken);
        line("  to a row delivered", self.taken - self.late - self.missed);
        line("  after the sandbox had given up", self.late);
        line("  read after the timeout", self.missed);
        line("eligibilities whose order was kept", self.lanes);
        line("  calls read when given up", self.stragglers);
        let _ = writeln!(text, "  balance: {}", self.rest());
        if self.is_busy() {
            let _ = writeln!(text, "  WRONG too many answers were written in time and read too late: a busy machine?");
        }
        for complaint in self.complaints.iter().take(SHOWN) {
            let _ = writeln!(text, "  WRONG {complaint}");
        }
        if self.complaints.len() > SHOWN {
            let _ = writeln!(text, "  and {} more", self.complaints.len() - SHOWN);
        }
        text
    }
}
