//! The soak: many accounts, receivers that fail, hang, break off and die, and a ledger in which every change must end
//! exactly once.

mod driver;
mod ledger;
mod plan;
mod receiver;

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::options;
use crate::process::Scratch;
use crate::report::{mebibytes, say};
use crate::row::memory::rss;
use crate::server::{Bench, ServerProcess};
use driver::{SIDE_BY_SIDE, SoakAccount, each};
use ledger::{Balance, audit};
use plan::{AccountGroup, ELIGIBILITIES, KILLED, Member, RECEIVERS, WAVES};
use receiver::{SeenCalls, SoakReceiver};

/// How much more the second wave may hold than the first, which is the same work: a tenth, and this, in KiB.
const MOST_GROWTH: f64 = 16.0 * 1024.0;

/// How long all accounts may take to settle; what is open then is told as not ended.
const PATIENCE: Duration = Duration::from_mins(1);

/// What one run needs.
struct Soak {
    sandbox: ServerProcess,
    seen: Arc<SeenCalls>,
    receivers: Vec<SoakReceiver>,
    shares: Vec<Vec<SoakAccount>>,
    /// Changes of each eligibility in a wave.
    steps: usize,
    files: usize,
}

/// Runs it; false where something does not balance. Ends by itself within the limit.
pub async fn run(options: &options::SoakOptions) -> Result<bool> {
    let limit = options.limit;
    tokio::time::timeout(limit, within_the_limit(options))
        .await
        .unwrap_or_else(|_| bail!("the soak has not ended after {limit:?}"))
}

async fn within_the_limit(options: &options::SoakOptions) -> Result<bool> {
    let steps = options.deliveries / (options.accounts * WAVES * ELIGIBILITIES).max(1);
    if steps < 4 {
        let least = options.accounts * WAVES * ELIGIBILITIES * 4;
        bail!("{} accounts: expected {least} deliveries or more, got {}", options.accounts, options.deliveries);
    }
    let scratch = Scratch::new()?;
    let sandbox = ServerProcess::sandbox(&Bench { sandbox: &options.sandbox, scratch: &scratch }).await?;
    // Every call under way is a descriptor here as well. After the sandbox was started: it has to see to its own limit.
    let files = rlimit::increase_nofile_limit(u64::MAX).context("the limit of open files")?;
    let seen = SeenCalls::new(options.seed);
    let receivers = (0..RECEIVERS).map(|_| SoakReceiver::start(&seen)).collect::<Result<Vec<_>>>()?;
    let mut shares: Vec<Vec<SoakAccount>> = (0..SIDE_BY_SIDE).map(|_| Vec::new()).collect();
    for index in 0..options.accounts {
        let member = Member::new(index);
        let port = receivers[member.receiver(options.accounts)].port;
        let account = SoakAccount { member, port, ids: Vec::new(), changes: Vec::new(), rows: Vec::new() };
        shares[index % SIDE_BY_SIDE].push(account);
    }
    let mut soak = Soak { sandbox, seen, receivers, shares, steps, files: 0 };
    println(&format!(
        "soak: {} accounts, {} changes in {WAVES} waves, {RECEIVERS} receivers, seed {}, at most {files} open files",
        options.accounts,
        options.accounts * WAVES * ELIGIBILITIES * steps,
        options.seed,
    ));
    let mut held = Vec::new();
    for wave in 1..=WAVES {
        say(&format!("wave {wave} ..."));
        let (is_even, rss) = soak.wave(wave).await?;
        held.push(rss);
        if !is_even {
            println("WRONG: see above");
            return Ok(false);
        }
    }
    let (first, last) = (held[0], held[WAVES - 1]);
    let flat = last <= first * 1.1 + MOST_GROWTH;
    println(&format!(
        "memory: {} after the first wave, {} after the last{}; at most {} open files",
        mebibytes(first),
        mebibytes(last),
        if flat { "" } else { ": WRONG, the same work holds more" },
        soak.files,
    ));
    println(if flat { "balance: 0" } else { "WRONG: see above" });
    Ok(flat)
}

impl Soak {
    /// All accounts from nothing to empty error queues; whether it balances, and what the sandbox holds then.
    async fn wave(&mut self, wave: usize) -> Result<(bool, f64)> {
        let port = self.sandbox.port;
        self.seen.calls().by_id.clear();
        each(port, &mut self.shares, async |connection, account| {
            // The second wave finds half of the accounts reset, and half of them new.
            let again = wave > 1 && account.member.index % 2 == 0;
            if wave > 1 && !again {
                account.delete(connection).await?;
            }
            account.make(connection, again).await
        })
        .await?;
        let began = Instant::now();
        self.changes().await?;
        let driven = began.elapsed();
        let first = self.balance(u64::MAX).await?;
        println(&format!("wave {wave}: changed in {driven:.1?}, settled in {:.1?}", began.elapsed()));
        println(&first.text());
        if !first.is_even() {
            return Ok((false, rss(&self.sandbox)?));
        }
        let mark = self.seen.calls().count;
        each(port, &mut self.shares, async |connection, account| account.resend(connection).await).await?;
        let until = Instant::now() + PATIENCE;
        each(port, &mut self.shares, async |connection, account| {
            account.settle(connection, until).await?;
            account.clear(connection).await
        })
        .await?;
        let last = self.balance(mark).await?;
        println(&format!("wave {wave}, a part of the error queues sent again and the rest discarded:"));
        println(&last.text());
        let held = rss(&self.sandbox)?;
        println(&format!("  the sandbox holds {}\n", mebibytes(held)));
        Ok((first.is_even() && last.is_even() && last.count("failed") == 0, held))
    }

    /// Every step changes every eligibility of every account; in between, something happens.
    async fn changes(&mut self) -> Result<()> {
        let port = self.sandbox.port;
        for step in 0..self.steps {
            if step == self.steps / 4 {
                self.enable_group(AccountGroup::Off, false).await?;
            }
            if step == self.steps / 2 {
                each(port, &mut self.shares, async |connection, account| match account.member.group() {
                    AccountGroup::Held => account.release(connection).await,
                    AccountGroup::Steady | AccountGroup::Off => Ok(()),
                })
                .await?;
                self.enable_group(AccountGroup::Off, true).await?;
            }
            if step == self.steps * 3 / 4 {
                self.receivers[..KILLED].iter_mut().try_for_each(SoakReceiver::revive)?;
            }
            let work = each(port, &mut self.shares, async |connection, account| account.change(connection).await);
            let (done, ()) = tokio::join!(work, async {
                if step == self.steps / 4 {
                    // In mid-flight: while changes are made and calls are under way.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    self.receivers[..KILLED].iter_mut().for_each(SoakReceiver::kill);
                }
            });
            done?;
            self.files = self.files.max(self.sandbox.process.open_files()?);
        }
        Ok(())
    }

    async fn enable_group(&mut self, group: AccountGroup, enabled: bool) -> Result<()> {
        each(self.sandbox.port, &mut self.shares, async |connection, account| {
            if account.member.group() == group { account.enable(connection, enabled).await } else { Ok(()) }
        })
        .await
    }

    /// Waits until all has settled, and draws the balance.
    async fn balance(&mut self, mark: u64) -> Result<Balance> {
        let port = self.sandbox.port;
        let until = Instant::now() + PATIENCE;
        each(port, &mut self.shares, async |connection, account| account.read(connection, until).await).await?;
        let balance = RefCell::default();
        let seen = Arc::clone(&self.seen);
        each(port, &mut self.shares, async |connection, account| {
            audit(connection, account, &seen, mark, &balance).await
        })
        .await?;
        Ok(balance.into_inner())
    }
}

fn println(text: &str) {
    use std::io::Write as _;
    // A closed pipe is no reason to stop.
    let _ = writeln!(std::io::stdout(), "{}", text.trim_end_matches('\n'));
}
