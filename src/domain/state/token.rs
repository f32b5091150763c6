//! The tokens of an account, and what is kept of those that work no more.

use std::sync::Arc;

use super::State;
use super::table::Numbered;
use crate::domain::record::token::{EndCause, EndedToken, Holder, Token};
use crate::domain::value::hash::Hash;
use crate::domain::value::stamp::Timestamp;

/// How many ended tokens an account remembers, the newest.
const ENDED_TOKENS_KEPT: usize = 1000;

impl State {
    /// The tokens that work, or whose refresh token does.
    pub fn tokens(&self) -> &Numbered<Token> {
        &self.tables.tokens
    }

    /// A token by its access or refresh token: in the row where the server last saw it, or wherever a reset moved it.
    pub fn find_token(&self, text: &str, row: u64) -> Option<(u64, &Arc<Token>)> {
        let is_it = |token: &Token| token.texts().any(|own| own == text);
        let there = self.tokens().row(row).filter(|token| is_it(token)).map(|token| (row, token));
        there.or_else(|| self.tokens().after(0).find(|(_, token)| is_it(token)))
    }

    /// The tokens that never end, the oldest first.
    pub fn static_tokens(&self) -> impl Iterator<Item = &str> {
        self.tokens().iter().filter(|token| token.is_static()).map(|token| token.access.as_str())
    }

    /// The newest token of a holder.
    pub fn newest_token(&self, holder: &Holder) -> Option<&Arc<Token>> {
        self.index.newest_tokens.get(holder).and_then(|row| self.tables.tokens.row(*row))
    }

    /// Adds a token; an older one of its holder is not the newest any more.
    pub fn add_token(&mut self, token: Token) -> u64 {
        if let Some(older) = token.holder().and_then(|holder| self.index.newest_tokens.get(&holder).copied())
            && let Some(before) = self.tables.tokens.row(older).cloned()
            && let Some(kept) = self.tables.tokens.row_mut(older)
        {
            kept.is_newest = false;
            self.index.token(older, Some(&before), self.tables.tokens.row(older).map(|token| &**token));
        }
        let row = self.tables.tokens.insert(token);
        self.index.token(row, None, self.tables.tokens.row(row).map(|token| &**token));
        row
    }

    /// Ends a token, and its refresh token: of both only the hash and the cause are kept.
    pub fn end_token(&mut self, row: u64, cause: EndCause) -> Option<Arc<Token>> {
        let id = self.tables.tokens.row(row)?.access.clone();
        let token = self.tables.tokens.remove(&id)?;
        self.index.token(row, Some(&token), None);
        for text in token.texts() {
            let hash = Hash::of(text);
            self.tables.ended_tokens.remove(&hash);
            self.tables.ended_tokens.insert(EndedToken { hash, cause });
        }
        while self.tables.ended_tokens.len() > ENDED_TOKENS_KEPT {
            let Some(oldest) = self.tables.ended_tokens.iter().next().map(|ended| ended.hash) else { break };
            self.tables.ended_tokens.remove(&oldest);
        }
        Some(token)
    }

    /// The tokens of which nothing works any more at `now`.
    pub fn expired_tokens(&self, now: Timestamp) -> Vec<u64> {
        self.index.token_ends.iter().take_while(|(end, _)| *end <= now).map(|(_, row)| *row).collect()
    }

    /// Takes over the tokens of an earlier epoch, which stay valid; static ones are the document's.
    pub fn keep_tokens(&mut self, earlier: &Self) {
        for token in earlier.tokens().iter().filter(|token| !token.is_static()) {
            self.add_token((**token).clone());
        }
    }
}
