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

/// The key of a member that says how the others of its object are read.
const TAG: &str = "type";

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
    let mut reader = Reader { tree, marks: Marks::default(), left: (MOST_READ / tree.size.max(1)).max(1) };
    for (id, first) in &tree.twice {
        reader.marks.left_out.insert(*id);
        let (path, _, key) = tree.locate(*id);
        let (line, column) = position(text, key.map_or(0, |key| key.at));
        let (first, _) = position(text, *first);
        let message = format!("the key stands twice, first in line {first}");
        found.push((*id, Mistake { line, column, path, message, expected: None }));
    }
    let mut is_cut = false;
    let value = loop {
        let Some(read) = reader.read::<T>() else {
            is_cut = true;
            break None;
        };
        let marks = &mut reader.marks;
        match read {
            Ok(value) if marks.supplied.is_empty() => break Some(value),
            // All that they lack is told: they are not read.
            Ok(_) => marks.left_out.extend(std::mem::take(&mut marks.supplied).into_keys()),
            Err(wrong) => {
                let (id, is_key) = reader.place::<T>(&wrong);
                let marks = &mut reader.marks;
                // A template may fit once its places are filled.
                if let Some(item) = marks.to_spread(tree, id) {
                    marks.spread.insert(item);
                    // Nothing is wrong with it so far.
                    reader.left += 1;
                    continue;
                }
                // Those that are counted alone need no place, which is looked for in the whole text.
                let text = if found.len() > MOST { "" } else { text };
                found.extend(told(tree, text, marks, &wrong, (id, is_key)).map(|mistake| (id, mistake)));
                if marks.room.get() == 0 || !is_marked(marks, &wrong, id) {
                    break None;
                }
            }
        }
    };
    let placed = found.len().min(MOST + 1);
    found[..placed].sort_by_key(|(id, _)| *id);
    let mut mistakes: Vec<_> = found.into_iter().map(|(_, mistake)| mistake).collect();
    cut(&mut mistakes, is_cut);
    Reading { value, mistakes, marks: reader.marks }
}

/// Leaves out what is more than is told, and says how many those are.
fn cut(mistakes: &mut Vec<Mistake>, is_cut: bool) {
    let more = mistakes.len().saturating_sub(MOST);
    let message = match (more, is_cut) {
        (0, false) => return,
        (0, true) => "there may be more mistakes: so large a document is not read again for each".to_owned(),
        (_, true) => format!("and at least {more} more mistakes"),
        (1, false) => "and one more mistake".to_owned(),
        (_, false) => format!("and {more} more mistakes"),
    };
    mistakes.truncate(MOST + 1);
    if let Some(last) = mistakes.last().cloned() {
        mistakes.truncate(MOST);
        mistakes.push(Mistake { path: String::new(), message, expected: None, ..last });
    }
}

/// Reads a tree again and again.
struct Reader<'t> {
    tree: &'t Tree,
    marks: Marks,
    /// How often it may still be read.
    left: usize,
}

impl Reader<'_> {
    /// Reads it as it is marked; `None` if it was read often enough.
    fn read<T: DeserializeOwned>(&mut self) -> Option<Result<T, Misread>> {
        self.left = self.left.checked_sub(1)?;
        self.marks.room.set(MOST_ALIKE);
        Some(T::deserialize(Member::top(self.tree, &self.marks)))
    }

    /// The member that does not fit, and whether it is its key.
    fn place<T: DeserializeOwned>(&mut self, wrong: &Misread) -> (usize, bool) {
        let id = match wrong.at {
            Some(Spot::Value(id)) => id,
            Some(Spot::Key(id)) => return (id, true),
            None => return (0, false),
        };
        if !self.marks.is_buffered(id) || wrong.missing.is_some() || self.marks.supplied.contains_key(&id) {
            return (id, false);
        }
        let tree = self.tree;
        let (_, node, _) = tree.locate(id);
        match wrong.unknown.as_deref().and_then(|name| node.member(name)) {
            Some(member) => (member.id, true),
            None => (self.closer::<T>(wrong, node), false),
        }
    }

    /// The part of a member without which it is another mistake, or none: the first that does not fit, as what comes
    /// after it is left out before.
    fn closer<T: DeserializeOwned>(&mut self, wrong: &Misread, node: &Node) -> usize {
        let parts: Vec<_> = match &node.kind {
            Kind::List(items) => items.iter().collect(),
            Kind::Map(members) => members.iter().filter(|(key, _)| key.text != TAG).map(|(_, member)| member).collect(),
            _ => Vec::new(),
        };
        let (mut left_out, mut found) = (Vec::new(), None);
        for part in parts.into_iter().rev() {
            if !self.marks.left_out.insert(part.id) {
                continue;
            }
            left_out.push(part.id);
            let Some(read) = self.read::<T>() else { break };
            if !read.is_err_and(|other| other.is_like(wrong)) {
                found = Some(part);
                break;
            }
        }
        for id in left_out {
            self.marks.left_out.remove(&id);
        }
        found.map_or(node.id, |part| self.closer::<T>(wrong, part))
    }
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
    let is_of_supplied = wrong.missing.is_none() && marks.supplied.contains_key(&id) && marks.is_buffered(id);
    let is_told = wrong.is_supplied
        || is_of_supplied
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
