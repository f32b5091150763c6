//! Follows an account by its change sets alone, written as JSON and read again, and compares with the account's state.

use crate::domain::state::State;
use crate::domain::state::change::{ChangeSet, ChangedRow};
use crate::domain::value::stamp::Timestamp;
use crate::service::Account;
use crate::store::feed::{Happening, Heard, Listener};

/// The instant that sets of this test have which no change made.
const ANY_TIME: Timestamp = Timestamp::UNIX_EPOCH;

/// What one who only reads change sets knows of an account.
pub struct Follower<'a> {
    account: &'a Account,
    listener: Listener<'a>,
    /// All sets so far, as text; the first one has the whole state.
    written: Vec<String>,
    /// The state that they lead to.
    state: State,
}

impl<'a> Follower<'a> {
    /// Begins with the whole state.
    pub fn new(account: &'a Account) -> Self {
        let listener = account.feed.listen();
        let (text, _) = through_json(&account.look(|state| state.whole(ANY_TIME)));
        let mut follower = Self { account, listener, written: vec![text], state: account.look(State::clone) };
        follower.state = follower.restored();
        follower
    }

    /// Takes the change sets that came since the last time; gives them.
    pub fn hear(&mut self) -> Vec<ChangeSet> {
        let mut sets = Vec::new();
        while let Some(heard) = self.listener.next() {
            let Heard::Happening(happening) = heard else { panic!("some are lost: {heard:?}") };
            match &*happening {
                Happening::Change(set) | Happening::Reset(set) => {
                    let (text, set) = through_json(set);
                    self.written.push(text);
                    sets.push(set);
                }
                Happening::Request(_) => {}
            }
        }
        if !sets.is_empty() {
            let all = [self.state.whole(ANY_TIME)].into_iter().chain(sets.iter().cloned());
            self.state = State::restore(all).expect("a state");
        }
        sets
    }

    /// What the state that the sets lead to has otherwise than the account's; none where they are equal.
    pub fn difference(&self) -> Option<String> {
        self.account.look(|live| difference(live, &self.state))
    }

    /// Makes the state of all sets anew, which must be the same.
    pub fn check_all(&self) {
        assert_eq!(difference(&self.state, &self.restored()), None);
    }

    fn restored(&self) -> State {
        let read = |text: &String| serde_json::from_str(text).expect("a change set");
        State::restore(self.written.iter().map(read)).expect("a state")
    }
}

/// Checks an account that nobody listened to: all of its rows lead to its state.
pub fn check_whole(account: &Account) {
    let live = account.look(State::clone);
    let (_, set) = through_json(&live.whole(ANY_TIME));
    let restored = State::restore([set]).expect("a state");
    assert_eq!(difference(&live, &restored), None, "{}", account.code);
}

fn through_json(set: &ChangeSet) -> (String, ChangeSet) {
    let text = serde_json::to_string(set).expect("a text");
    let read = serde_json::from_str(&text).expect("a change set");
    (text, read)
}

/// What is not equal in two states: their first rows, or the indexes and numbers.
pub fn difference(one: &State, other: &State) -> Option<String> {
    if one == other {
        return None;
    }
    let text = |row: &ChangedRow| serde_json::to_string(row).expect("a text");
    let rows = |state: &State| state.whole(ANY_TIME).rows.iter().map(text).collect::<Vec<_>>();
    let (one, other) = ((one.epoch, one.seq(), rows(one)), (other.epoch, other.seq(), rows(other)));
    let only = |own: &Vec<String>, their: &Vec<String>| -> Vec<String> {
        own.iter().filter(|row| !their.contains(row)).take(3).cloned().collect()
    };
    let (left, right) = (only(&one.2, &other.2), only(&other.2, &one.2));
    Some(format!(
        "lives and numbers {:?}, {:?}; rows {left:#?}, {right:#?}; else the indexes differ",
        (one.0, one.1),
        (other.0, other.1)
    ))
}
