//! Whatever happens to an account, its change sets lead to its state, and what is refused changes nothing: drawn over
//! everything the product can do. What it has become is exported, and loads again.

mod body;
mod draw;
mod export;
mod follow;
mod images;
mod law;
mod list;
mod path;
mod service;
mod sum;
mod world;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::domain::contract::error::Error;
use crate::domain::record::fault::Faults;
use crate::domain::state::State;
use crate::service::{account, snapshot};
use follow::Follower;
use list::Refusal;
use world::World;

/// How many accounts live at least, and at most until everything was drawn.
const FEWEST: u64 = 4;
const MOST: u64 = 40;
/// How many happenings each of them has.
const HAPPENINGS: usize = 500;
/// After so many happenings the state is made anew of all change sets.
const ALL_AGAIN: usize = 125;
/// After so many the account is exported and loaded again.
const EXPORTED: usize = 10;

/// How something that happened ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Accepted,
    /// Done, but only said what it would do; or there was nothing to do.
    Untouched,
    Refused,
    /// Refused, because it named an account that is not there.
    Astray,
    /// A fault had a say in it: it may have been done or not.
    Faulty,
}

/// What was drawn at least once, by name and how it ended.
#[derive(Debug, Default)]
struct Seen {
    accepted: BTreeSet<String>,
    refused: BTreeSet<String>,
    astray: BTreeSet<String>,
}

impl World {
    /// Lets one thing happen; gives how it ended, and what kind of it was drawn.
    async fn happen(&mut self, name: &'static str) -> (Ended, String) {
        let plain = name.to_owned();
        match name {
            "take" if self.take().await => (Ended::Accepted, plain),
            "take" => (Ended::Untouched, plain),
            "deliver" => (done(self.end(200).await), plain),
            "fail" => (done(self.end(500).await), plain),
            "reject" => (done(self.end(400).await), plain),
            "put_snapshot" => (self.put_snapshot().await, plain),
            "fork_account" => (self.fork().await, plain),
            _ => self.happen_by_call(name).await,
        }
    }

    async fn happen_by_call(&mut self, name: &'static str) -> (Ended, String) {
        let is_vendors = path::is_vendors(name);
        let body = if is_vendors { self.vendor_body(name) } else { self.control_body(name) };
        let before = self.account.look(|state| Faults::clone(&state.faults));
        let drawn = self.request(name, &body);
        let (status, answer) = self.call(name, drawn.request).await;
        let has_met = is_vendors && before != self.account.look(|state| Faults::clone(&state.faults));
        assert!(status < 500 || has_met || status == 503, "{name} {body}: {status} {answer}");
        let ended = match status {
            _ if has_met => Ended::Faulty,
            400.. if drawn.is_astray => Ended::Astray,
            400.. => Ended::Refused,
            _ if body["dry_run"] == true => Ended::Untouched,
            _ => Ended::Accepted,
        };
        if status < 400 {
            self.note(name, &answer);
        }
        (ended, format!("{name}{}", kind(&body)))
    }

    /// Keeps what later happenings may name.
    fn note(&mut self, name: &str, answer: &Value) {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match name {
            "issue_token" => {
                let access = text(&answer["access_token"]).expect("a token");
                self.issued.push((access, text(&answer["refresh_token"])));
            }
            "create_account" => {
                let code = text(&answer["account_code"]).expect("a code");
                follow::check_whole(&self.sandbox.account(&code).expect("an account"));
                self.others.push(code);
            }
            "tell_permutations" => {
                for item in answer["items"].as_array().expect("a list") {
                    self.check_and_delete(item["account_code"].as_str().expect("a code"));
                }
            }
            _ => {}
        }
    }

    /// Checks another account, whose deliveries nobody sends, and deletes it.
    fn check_and_delete(&self, code: &str) {
        follow::check_whole(&self.sandbox.account(code).expect("an account"));
        account::delete(&self.sandbox, code).expect("an account");
    }

    async fn put_snapshot(&mut self) -> Ended {
        let now = snapshot::get(&self.sandbox, &self.account).await;
        self.snapshots.push(serde_json::to_string(&now).expect("a text"));
        let known = self.draw.of_last(&self.snapshots.clone(), 3).expect("a snapshot");
        let mut known: snapshot::Snapshot = serde_json::from_str(&known).expect("a snapshot");
        match self.draw.below(4) {
            0 => known.format += 1,
            1 => known.rows.account = "ANOTHER".parse().expect("a code"),
            _ => {}
        }
        by(&snapshot::put(&self.sandbox, &self.account, known))
    }

    async fn fork(&mut self) -> Ended {
        let code = if self.draw.one_in(2) { self.account.code.clone() } else { "FORK".parse().expect("a code") };
        let wanted = snapshot::ForkInput { account_code: Some(code) };
        let forked = snapshot::fork(&self.sandbox, &self.account, wanted).await;
        if let Ok(fork) = &forked {
            self.check_and_delete(fork.code.as_str());
        }
        by(&forked)
    }
}

/// How a step of the dispatcher ended; an attempt of an earlier life changes nothing but what is taken next.
fn done(is_known: bool) -> Ended {
    if is_known { Ended::Accepted } else { Ended::Faulty }
}

fn by<T>(result: &Result<T, Error>) -> Ended {
    if result.is_ok() { Ended::Accepted } else { Ended::Refused }
}

/// What kind of a happening a body makes it, where there are several.
fn kind(body: &Value) -> String {
    let named = ["action", "on_close", "capture", "decision"].iter().find_map(|member| body[*member].as_str());
    let grant = body.as_str().and_then(|form| form.strip_prefix("grant_type=")?.split('&').next());
    match named.or(grant) {
        Some(kind) => format!(" {kind}"),
        None if body["permanently"] == true => " permanently".to_owned(),
        None if body.get("result").is_some() => " result".to_owned(),
        None => String::new(),
    }
}

impl Seen {
    fn note(&mut self, name: &str, ended: Ended, kind: &str) {
        let seen = match ended {
            Ended::Accepted => &mut self.accepted,
            Ended::Refused => &mut self.refused,
            Ended::Astray => &mut self.astray,
            Ended::Untouched | Ended::Faulty => return,
        };
        seen.insert(name.to_owned());
        seen.insert(kind.to_owned());
    }

    /// What was never drawn accepted, and what was never drawn refused, though it can be.
    fn lacks(&self) -> (Vec<&'static str>, Vec<&'static str>) {
        let names = list::names();
        let accepted = names.iter().chain(list::KINDS).filter(|name| !self.accepted.contains(**name));
        let refused = names.iter().filter(|name| match list::refusal(name) {
            Refusal::Own => !self.refused.contains(**name),
            Refusal::UnknownAccount => !self.astray.contains(**name),
            Refusal::Never => false,
        });
        (accepted.copied().collect(), refused.copied().collect())
    }
}

/// One account from its beginning to its end.
async fn live(world: &mut World, seen: &mut Seen) {
    let account = std::sync::Arc::clone(&world.account);
    let mut follower = Follower::new(&account);
    for step in 1..=HAPPENINGS {
        let name = list::draw(&mut world.draw);
        let before = account.look(State::clone);
        let (ended, kind) = world.happen(name).await;
        seen.note(name, ended, &kind);
        let sets = follower.hear();
        let at = format!("{} after {step}, {kind}: {ended:?}", account.code);
        assert_eq!(follower.difference(), None, "{at}");
        account.look(|after| law::check(name, &before, after, &at));
        if !matches!(ended, Ended::Accepted | Ended::Faulty) {
            // The state is still the one that the earlier sets lead to.
            assert!(sets.is_empty(), "{at}: {}", json!(sets));
        }
        if step % EXPORTED == 0 {
            account.look(|state| sum::check(state, &at));
            export::check(&account, &at);
        }
        if step % ALL_AGAIN == 0 {
            follower.check_all();
        }
    }
    account::delete(&world.sandbox, account.code.as_str()).expect("an account");
    follower.hear();
    assert_eq!(follower.difference(), None, "after its end");
    follower.check_all();
}

#[actix_web::test]
async fn whatever_happens_the_change_sets_lead_to_the_state_and_a_refused_change_leaves_it() {
    let sandbox = world::sandbox();
    let face = world::face(&sandbox).await;
    let mut seen = Seen::default();
    let nothing = (Vec::new(), Vec::new());
    for seed in 0..MOST {
        live(&mut World::new(&sandbox, &face, seed), &mut seen).await;
        if seed + 1 >= FEWEST && seen.lacks() == nothing {
            break;
        }
    }
    assert_eq!(seen.lacks(), nothing, "never accepted, and never refused");
}
