//! Reads a tree into a type, again without each member that does not fit, so that all mistakes are told.

use serde::de::DeserializeOwned;

use super::marks::{COUNT, MOST_ALIKE, Marks};
use super::member::Member;
use super::misread::{Misread, Spot};
use super::mistake::{Mistake, position};
use super::tree::{Key, Kind, Node, Tree};
use crate::domain::value::hidden::{MASK, is_secret};

/// The most mistakes that are told of one document.
const MOST: usize = 50;

/// How many members are read again to find further mistakes: a large document with many is told of in part.
const MOST_READ: usize = 5_000_000;

/// What was read of a document.
#[derive(Debug)]
pub struct Reading<T> {
    /// The value, without what did not fit; `None` where nothing of it does, or too much does not.
    pub value: Option<T>,
    /// Every mistake, in the order of the document.
    pub mistakes: Vec<Mistake>,
    /// How it was read.
    pub marks: Marks,
}

/// Reads a tree.
pub fn read<T: DeserializeOwned>(tree: &Tree, text: &str) -> Reading<T> {
    let mut found = Vec::new();
    let mut marks = Marks::default();
    for (id, first) in &tree.twice {
        marks.left_out.insert(*id);
        let (path, _, key) = tree.locate(*id);
        let (line, column) = position(text, key.map_or(0, |key| key.at));
        let (first, _) = position(text, *first);
        let message = format!("the key stands twice, first in line {first}");
        found.push((*id, Mistake { line, column, path, message, expected: None }));
    }
    let most = (MOST_READ / tree.size.max(1)).clamp(1, MOST);
    let value = loop {
        marks.room.set(MOST_ALIKE);
        match T::deserialize(Member::top(tree, &marks)) {
            Ok(value) if marks.supplied.is_empty() => break Some(value),
            // All that they lack is told: they are not read.
            Ok(_) => marks.left_out.extend(std::mem::take(&mut marks.supplied).into_keys()),
            Err(wrong) => {
                let (id, is_key) = match wrong.at {
                    Some(Spot::Value(id)) => (id, false),
                    Some(Spot::Key(id)) => (id, true),
                    None => (0, false),
                };
                // A template may fit once its places are filled.
                if let Some(item) = marks.to_spread(tree, id) {
                    marks.spread.insert(item);
                    continue;
                }
                found.extend(told(tree, text, &marks, &wrong, (id, is_key)).map(|mistake| (id, mistake)));
                if marks.room.get() == 0 || !is_marked(&mut marks, &wrong, id) || found.len() >= most {
                    break None;
                }
            }
        }
    };
    found.sort_by_key(|(id, _)| *id);
    Reading { value, mistakes: found.into_iter().map(|(_, mistake)| mistake).collect(), marks }
}

/// Marks what does not fit, so that the rest is read; whether that is of any use.
fn is_marked(marks: &mut Marks, wrong: &Misread, id: usize) -> bool {
    if id == 0 {
        return false;
    }
    match wrong.missing {
        Some(name) if !wrong.is_supplied && !marks.supplied.get(&id).is_some_and(|names| names.contains(&name)) => {
            marks.supplied.entry(id).or_default().push(name);
            true
        }
        _ => {
            marks.supplied.remove(&id);
            marks.left_out.insert(id)
        }
    }
}

/// What is told of a member; nothing of one that does not fit because of what has been told.
fn told(tree: &Tree, text: &str, marks: &Marks, wrong: &Misread, (id, is_key): (usize, bool)) -> Option<Mistake> {
    let (path, node, key) = tree.locate(id);
    let is_told = wrong.is_supplied
        || match wrong.missing {
            Some(name) => has_left_out(node, |key| key == name, marks),
            None => !is_key && has_left_out(node, |_| true, marks),
        };
    if is_told {
        return None;
    }
    let at = key.filter(|_| is_key).map_or(node.at, |key: &Key| key.at);
    let (line, column) = position(text, at);
    if is_key && key.is_some_and(|key| key.text == COUNT) && !node.is_whole() {
        let expected = format!("a whole number from 1 to {MOST_ALIKE}, in an item of a list");
        let message = format!("expected {expected}");
        return Some(Mistake { line, column, path, message, expected: Some(expected) });
    }
    let is_scalar = !matches!(node.kind, Kind::List(_) | Kind::Map(_));
    let name = path.rsplit('.').next().unwrap_or_default();
    let message = match &wrong.expected {
        Some(expected) if !is_key && is_scalar && is_secret(name) => format!("expected {expected}, got {MASK}"),
        _ => wrong.message.clone(),
    };
    Some(Mistake { line, column, path, message, expected: wrong.expected.clone() })
}

/// Whether a member is missing, or its object does not fit, only because the member did not fit, which has been told.
fn has_left_out(node: &Node, is_it: impl Fn(&str) -> bool, marks: &Marks) -> bool {
    match &node.kind {
        Kind::Map(members) => {
            members.iter().any(|(key, member)| is_it(&key.text) && marks.left_out.contains(&member.id))
        }
        _ => false,
    }
}
