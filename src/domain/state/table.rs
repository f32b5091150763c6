//! A table of shared records: found by identifier, listed oldest first.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use foldhash::fast::RandomState;

/// Records in the order they were made, each behind a shared pointer, with an index by identifier.
#[derive(Debug, Clone)]
pub struct Table<K, V> {
    rows: BTreeMap<u64, Arc<V>>,
    numbers: HashMap<K, u64, RandomState>,
    next: u64,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), numbers: HashMap::default(), next: 1 }
    }
}

impl<K: Hash + Eq, V: Clone> Table<K, V> {
    /// Adds a record; its number is larger than every earlier one.
    pub fn insert(&mut self, id: K, record: V) -> u64 {
        let number = self.next;
        self.next += 1;
        self.numbers.insert(id, number);
        self.rows.insert(number, Arc::new(record));
        number
    }

    /// Takes a record out.
    pub fn remove(&mut self, id: &K) -> Option<Arc<V>> {
        self.rows.remove(&self.numbers.remove(id)?)
    }

    /// The record with this identifier.
    pub fn get(&self, id: &K) -> Option<&Arc<V>> {
        self.row(*self.numbers.get(id)?)
    }

    /// The record with this identifier, to change; a reader's copy stays as it was.
    pub fn get_mut(&mut self, id: &K) -> Option<&mut V> {
        self.row_mut(*self.numbers.get(id)?)
    }

    /// The record with this number.
    pub fn row(&self, number: u64) -> Option<&Arc<V>> {
        self.rows.get(&number)
    }

    /// The record with this number, to change.
    pub fn row_mut(&mut self, number: u64) -> Option<&mut V> {
        self.rows.get_mut(&number).map(Arc::make_mut)
    }

    /// The number of the record with this identifier.
    pub fn number(&self, id: &K) -> Option<u64> {
        self.numbers.get(id).copied()
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The records after a number, oldest first, with their numbers.
    pub fn after(&self, number: u64) -> impl Iterator<Item = (u64, &Arc<V>)> {
        self.rows.range(number.saturating_add(1)..).map(|(number, record)| (*number, record))
    }

    /// All records, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<V>> {
        self.rows.values()
    }
}
