//! The built-in receivers of accounts: what is sent to them is kept within the account's and the server's bounds.

use std::sync::Arc;

use super::Sandbox;
use crate::domain::contract::error::Error;
use crate::domain::outbox::Job;
use crate::domain::state::State;
use crate::domain::value::id::AccountCode;
use crate::domain::value::url::INBOX;
use crate::store::account::Account;
pub use crate::store::inbox::{BYTES, Behaviour, Message, Script};

/// How many bytes the messages of all inboxes of a server may hold: anyone may send to them.
const SERVER_BYTES: usize = 256 * 1024 * 1024;

/// Keeps a message, and gives the answer.
///
/// # Errors
/// There are too many inboxes.
pub async fn receive(
    sandbox: &Sandbox,
    account: &Arc<Account>,
    name: &str,
    message: Message,
) -> Result<Behaviour, Error> {
    let needed = needed(sandbox, account).await;
    let answer = account.inboxes.receive(name, message, |name| needed.iter().any(|needed| needed == name))?;
    // While no account has more than its share, all of them together are within the bound.
    if account.inboxes.bytes() > SERVER_BYTES / sandbox.store.len().max(1) {
        make_room(sandbox, SERVER_BYTES);
    }
    Ok(answer)
}

/// Sets the script of an inbox.
///
/// # Errors
/// There are too many inboxes.
pub async fn set_script(sandbox: &Sandbox, account: &Arc<Account>, name: &str, script: Script) -> Result<(), Error> {
    let needed = needed(sandbox, account).await;
    account.inboxes.set_script(name, script, |name| needed.iter().any(|needed| needed == name))
}

/// Drops the oldest messages of the account that has most, until all together are within a bound.
fn make_room(sandbox: &Sandbox, bound: usize) {
    let accounts = sandbox.store.accounts();
    let total = || accounts.iter().map(|account| account.inboxes.bytes()).sum::<usize>();
    let fullest = || accounts.iter().max_by_key(|account| account.inboxes.bytes());
    while total() > bound && fullest().is_some_and(|account| account.inboxes.drop_oldest()) {}
}

/// The inboxes that the account itself sends to.
async fn needed(sandbox: &Sandbox, account: &Account) -> Vec<String> {
    let names = |state: &State, _| {
        let urls = state.subscriptions.iter().map(|(_, found)| found.url.as_str());
        urls.filter_map(|url| url.strip_prefix(INBOX)).map(str::to_owned).collect()
    };
    sandbox.look(account, names).await
}

/// Has a delivery to an inbox of its account go to the inbox's URL.
pub(super) fn resolve(sandbox: &Sandbox, account: &AccountCode, job: &mut Job) {
    if let Some(rest) = job.url().strip_prefix(INBOX) {
        job.url = Some(format!("{}/_sandbox/accounts/{account}/inbox/{rest}", sandbox.base_url()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture::given::Given;
    use crate::service::{SandboxOptions, account, clock};

    #[actix_web::test]
    async fn the_server_has_a_bound_of_its_own_and_the_fullest_account_pays() {
        let (sandbox, _woken) = Sandbox::new(SandboxOptions::for_a_check());
        let [small, large] = [(); 2].map(|()| account::create(&sandbox, Given::default()).expect("an account"));
        for (account, size) in [(&small, 100), (&large, 1000), (&large, 1000), (&small, 100)] {
            let message = Message {
                id: 0,
                received: clock::wall(),
                method: String::new(),
                target: String::new(),
                headers: std::collections::BTreeMap::new(),
                body: "x".repeat(size),
                json: None,
                answered: 0,
            };
            receive(&sandbox, account, "any", message).await.expect("taken");
        }
        make_room(&sandbox, 1300);
        assert_eq!([&small, &large].map(|account| account.inboxes.bytes()), [200, 1000]);
        make_room(&sandbox, 0);
        assert_eq!([&small, &large].map(|account| account.inboxes.bytes()), [0, 0]);
    }
}
