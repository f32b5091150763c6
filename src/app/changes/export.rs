//! An account that is exported loads again, whatever has happened to it, and is then exported as the same document.

use crate::domain::fixture;
use crate::domain::fixture::export::export;
use crate::domain::fixture::given::Given;
use crate::domain::record::clock::Clock;
use crate::domain::state::{Act, State};
use crate::domain::value::document::{self, DocumentFormat};
use crate::domain::value::hidden::MASK;
use crate::domain::value::stamp::whole_millis;
use crate::service::{Account, clock};

/// Exports an account with and without secrets, and loads each into a new one.
pub fn check(account: &Account, at: &str) {
    let wall = whole_millis(clock::wall());
    let live = account.look(State::clone);
    for with_secrets in [true, false] {
        let act = Act::new(whole_millis(live.clock.now(wall)), wall);
        let text = |state: &State| {
            let given = export(state, &act, with_secrets).expect("an export");
            serde_json::to_string_pretty(&given).expect("a text")
        };
        let exported = text(&live);
        let filled = exported.replace(MASK, "filled-in");
        let given: Given = document::read(&filled, DocumentFormat::Json).expect("a document");
        let mut fresh =
            State::new(live.code.clone(), live.account.seed, Clock::wall(wall), &live.account.signing_secret);
        if let Err(wrong) = fixture::load(&mut fresh, &given, &act) {
            panic!("{at}: its export does not load: {wrong}");
        }
        let again = text(&fresh);
        assert!(
            again == exported,
            "{at}: loaded again, it is exported otherwise: {}",
            first_difference(&exported, &again)
        );
    }
}

/// Where two texts differ first, with some lines around.
fn first_difference(one: &str, other: &str) -> String {
    let at = one.lines().zip(other.lines()).take_while(|(one, other)| one == other).count();
    let part = |text: &str| text.lines().skip(at.saturating_sub(15)).take(30).collect::<Vec<_>>().join("\n");
    format!("line {}\n{}\n--- is now\n{}", at + 1, part(one), part(other))
}
