//! How a document is read otherwise than it is written: without some members, some items several times.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use super::tree::{Kind, Node, Tree};

/// The key of an item that stands for so many.
pub const COUNT: &str = "count";

/// The most that an item stands for.
pub const MOST_ALIKE: u32 = 1_000_000;

/// How a document is read, by the numbers of its members.
#[derive(Debug, Default)]
pub struct Marks {
    /// What did not fit, and is not read.
    pub left_out: BTreeSet<usize>,
    /// Items that are read as often as their `count` says.
    pub spread: BTreeSet<usize>,
    /// How many more items may be read in place of those that stand for several.
    pub room: Cell<u32>,
    /// The keys that objects lack.
    pub supplied: BTreeMap<usize, Vec<&'static str>>,
    /// Objects that were read whole before their members were: what does not fit has no place of its own.
    pub buffered: RefCell<BTreeSet<usize>>,
}

/// Where the member of a value comes from in its document.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Its path as it is written.
    pub path: String,
    /// The byte where it stands, or what it would be in.
    pub at: usize,
    /// Something that it may depend on is not read, which has been told.
    pub is_hollow: bool,
    /// It is of an item that stands for several.
    pub is_spread: bool,
}

impl Marks {
    /// How many an item stands for.
    pub fn times(&self, item: &Node) -> u32 {
        if self.spread.contains(&item.id) { count(item).unwrap_or(1) } else { 1 }
    }

    /// The innermost item around a member that can be read several times, and is not yet.
    pub fn to_spread(&self, tree: &Tree, id: usize) -> Option<usize> {
        let (mut node, mut found) = (&tree.root, None);
        while node.id != id {
            let is_list = matches!(node.kind, Kind::List(_));
            node = node.child_towards(id)?;
            if is_list && count(node).is_some() && !self.spread.contains(&node.id) {
                found = Some(node.id);
            }
        }
        found
    }

    /// Where the member of a value that was read so comes from, by its path in the value.
    pub fn origin(&self, tree: &Tree, path: &str) -> Origin {
        let (mut node, mut rest) = (&tree.root, path);
        let (mut written, mut is_spread, mut is_hollow) = (String::new(), false, false);
        while !rest.is_empty() {
            rest = rest.trim_start_matches('.');
            let (next, step) = if let Some((index, after)) =
                rest.strip_prefix('[').and_then(|rest| rest.split_once(']'))
            {
                rest = after;
                match &node.kind {
                    Kind::List(items) => {
                        let found = index.parse().ok().and_then(|index| self.item(items, index));
                        (found.map(|(_, item)| item), found.map_or_else(String::new, |(index, _)| format!("[{index}]")))
                    }
                    _ => (None, String::new()),
                }
            } else {
                let name = &rest[..rest.find(['.', '[']).unwrap_or(rest.len())];
                rest = &rest[name.len()..];
                let dot = if written.is_empty() { "" } else { "." };
                (node.member(name), format!("{dot}{name}"))
            };
            let Some(next) = next.filter(|next| !self.left_out.contains(&next.id)) else {
                // What is not written may be missing because something else was not read.
                is_hollow = self.is_in(node);
                written.push_str(&step);
                written.push_str(rest);
                break;
            };
            is_spread |= self.spread.contains(&next.id);
            written.push_str(&step);
            node = next;
        }
        // A list is short, or empty, where its items are not read.
        is_hollow |= matches!(node.kind, Kind::List(_)) && self.is_in(node);
        Origin { path: written, at: node.at, is_hollow, is_spread }
    }

    /// The item that is read as this one, with its place.
    fn item<'t>(&self, items: &'t [Node], index: usize) -> Option<(usize, &'t Node)> {
        let mut before = 0;
        let is_it = |(_, item): &(usize, &Node)| {
            before += self.times(item) as usize;
            index < before
        };
        items.iter().enumerate().filter(|(_, item)| !self.left_out.contains(&item.id)).find(is_it)
    }

    /// Whether an object was read whole before its members were.
    pub fn is_buffered(&self, id: usize) -> bool {
        self.buffered.borrow().contains(&id)
    }

    /// Whether something in a member is left out.
    fn is_in(&self, node: &Node) -> bool {
        self.left_out.range(node.id..=node.last()).next().is_some()
    }
}

/// How many an item says that it stands for, where it says so rightly.
fn count(item: &Node) -> Option<u32> {
    match item.member(COUNT)?.kind {
        Kind::Unsigned(count) => u32::try_from(count).ok().filter(|count| (1..=MOST_ALIKE).contains(count)),
        _ => None,
    }
}
