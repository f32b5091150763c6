//! Tables that remember: for the length of one change they keep the earlier value of every row that was touched.

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};
use std::ops::RangeBounds;
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::domain::record::Record;

/// How many earlier values a table keeps room for between changes.
const BEFORE_KEPT: usize = 64;

/// A row with the change that touched it last.
#[derive(Debug, Clone)]
struct StoredRow<V> {
    change: u64,
    record: Arc<V>,
}

/// A row that a change touched: its key, what it was, what it is now.
pub type RowChange<'a, K, V> = (&'a K, Option<&'a Arc<V>>, Option<&'a Arc<V>>);

/// Shared records by key. A reader keeps its pointer; a change puts a new record beside it.
#[derive(Debug, Clone)]
pub struct Table<K, V> {
    rows: BTreeMap<K, StoredRow<V>>,
    /// The earlier values of the rows that the present change touched, in the order of the changes.
    before: Vec<(K, Option<Arc<V>>)>,
    change: u64,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), before: Vec::new(), change: 1 }
    }
}

/// Tables are equal when their rows are.
impl<K: PartialEq, V: PartialEq> PartialEq for Table<K, V> {
    fn eq(&self, other: &Self) -> bool {
        let rows = |table: &Self| table.rows.len();
        rows(self) == rows(other)
            && self.rows.iter().zip(&other.rows).all(|(own, their)| own.0 == their.0 && own.1.record == their.1.record)
    }
}

impl<K: Ord + Clone, V: Clone> Table<K, V> {
    /// The record with this key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&Arc<V>>
    where
        K: Borrow<Q>,
    {
        self.rows.get(key).map(|row| &row.record)
    }

    /// Mutable access to the record with this key; readers keep the record they have.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        // Not `get_mut` alone: the key that is kept for the way back is the table's own.
        let (own, _) = self.rows.get_key_value(key)?;
        let own = own.clone();
        let row = self.rows.get_mut(key)?;
        if row.change != self.change {
            self.before.push((own, Some(Arc::clone(&row.record))));
            row.change = self.change;
        }
        Some(Arc::make_mut(&mut row.record))
    }

    /// Puts a record in the place of the one with its key, or adds it.
    pub fn put(&mut self, key: K, record: Arc<V>) {
        let row = StoredRow { change: self.change, record };
        match self.rows.insert(key.clone(), row) {
            Some(old) if old.change == self.change => {}
            old => self.before.push((key, old.map(|row| row.record))),
        }
    }

    /// Takes a record out.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
    {
        let (key, row) = self.rows.remove_entry(key)?;
        // A row that the same change added or changed has its earlier value noted; it may come again, so it is noted anew.
        self.before.push((key, Some(Arc::clone(&row.record))));
        Some(row.record)
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All records, by key.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &Arc<V>)> {
        self.rows.iter().map(|(key, row)| (key, &row.record))
    }

    /// All records, in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Arc<V>> + Clone {
        self.rows.values().map(|row| &row.record)
    }

    /// The records of a range of keys.
    pub fn range(&self, range: impl RangeBounds<K>) -> impl DoubleEndedIterator<Item = (&K, &Arc<V>)> {
        self.rows.range(range).map(|(key, row)| (key, &row.record))
    }

    /// Whether the present change touched a row.
    pub fn is_touched(&self) -> bool {
        !self.before.is_empty()
    }

    /// The rows that the present change touched, each once, with what they were before it.
    pub fn touched(&self) -> impl Iterator<Item = RowChange<'_, K, V>> {
        let mut first = BTreeMap::new();
        for (key, before) in &self.before {
            first.entry(key).or_insert(before.as_ref());
        }
        first.into_iter().map(|(key, before)| (key, before, self.get(key)))
    }

    /// The present change is over: it stands.
    pub(super) fn commit(&mut self) {
        if self.is_touched() {
            self.before.clear();
            // What a large load needed is given back.
            self.before.shrink_to(BEFORE_KEPT);
            self.change += 1;
        }
    }

    /// Leaves out what a row was before the present change.
    #[cfg(test)]
    pub(super) fn leave_out_a_before_image(&mut self) {
        self.before.pop();
    }

    /// The present change is over: nothing of it stands.
    pub(super) fn roll_back(&mut self) {
        if !self.is_touched() {
            return;
        }
        for (key, before) in std::mem::take(&mut self.before).into_iter().rev() {
            match before {
                Some(record) => drop(self.rows.insert(key, StoredRow { change: self.change, record })),
                None => drop(self.rows.remove(&key)),
            }
        }
        self.change += 1;
    }
}

impl<K: Ord + Clone, V: Clone> FromIterator<(K, V)> for Table<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(rows: I) -> Self {
        let row = |(key, record)| (key, StoredRow { change: 0, record: Arc::new(record) });
        Self { rows: rows.into_iter().map(row).collect(), ..Self::default() }
    }
}

/// Records in the order they were made, each with a number, found by their identifier as well.
#[derive(Debug, Clone)]
pub struct Numbered<V: Record> {
    rows: Table<u64, V>,
    numbers: HashMap<V::Id, u64, RandomState>,
    next: u64,
    /// The number that was next before the present change.
    next_before: Option<u64>,
}

impl<V: Record> Default for Numbered<V> {
    fn default() -> Self {
        Self { rows: Table::default(), numbers: HashMap::default(), next: 1, next_before: None }
    }
}

/// Equal in rows, in the index, and in the number that comes next.
impl<V: Record + PartialEq> PartialEq for Numbered<V> {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows && self.numbers == other.numbers && self.next == other.next
    }
}

impl<V: Record> Numbered<V> {
    /// Adds a record; its number is larger than every earlier one.
    pub fn insert(&mut self, record: V) -> u64 {
        let number = self.next;
        self.next_before.get_or_insert(number);
        self.next += 1;
        self.numbers.insert(record.id(), number);
        self.rows.put(number, Arc::new(record));
        number
    }

    /// Takes a record out.
    pub fn remove(&mut self, id: &V::Id) -> Option<Arc<V>> {
        self.rows.remove(&self.numbers.remove(id)?)
    }

    /// The record with this identifier.
    pub fn get(&self, id: &V::Id) -> Option<&Arc<V>> {
        self.row(*self.numbers.get(id)?)
    }

    /// Mutable access to the record with this identifier, which stays what it is.
    pub fn get_mut(&mut self, id: &V::Id) -> Option<&mut V> {
        self.row_mut(*self.numbers.get(id)?)
    }

    /// The record with this number.
    pub fn row(&self, number: u64) -> Option<&Arc<V>> {
        self.rows.get(&number)
    }

    /// Mutable access to the record with this number; its identifier stays what it is.
    pub fn row_mut(&mut self, number: u64) -> Option<&mut V> {
        self.rows.get_mut(&number)
    }

    /// The number of the record with this identifier.
    pub fn number(&self, id: &V::Id) -> Option<u64> {
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
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<V>> {
        self.rows.values()
    }

    /// The rows by number.
    pub fn rows(&self) -> &Table<u64, V> {
        &self.rows
    }

    /// Puts a row as another account state had it; numbers go on after it.
    pub(super) fn restore(&mut self, number: u64, record: Option<Arc<V>>) {
        self.next = self.next.max(number.saturating_add(1));
        if let Some(old) = self.rows.remove(&number) {
            self.numbers.remove(&old.id());
        }
        if let Some(record) = record {
            self.numbers.insert(record.id(), number);
            self.rows.put(number, record);
        }
    }

    /// The number that the next record gets.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    #[cfg(test)]
    pub(super) fn leave_out_a_before_image(&mut self) {
        self.rows.leave_out_a_before_image();
    }

    pub(super) fn commit(&mut self) {
        self.rows.commit();
        self.next_before = None;
    }

    pub(super) fn roll_back(&mut self) {
        for (_, _, now) in self.rows.touched() {
            if let Some(record) = now {
                self.numbers.remove(&record.id());
            }
        }
        for (number, before, _) in self.rows.touched() {
            if let Some(record) = before {
                self.numbers.insert(record.id(), *number);
            }
        }
        self.rows.roll_back();
        self.next = self.next_before.take().unwrap_or(self.next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Named(&'static str, u32);

    impl Record for Named {
        type Id = &'static str;

        fn id(&self) -> &'static str {
            self.0
        }
    }

    fn table() -> Numbered<Named> {
        let mut table = Numbered::default();
        for (name, value) in [("a", 1), ("b", 2), ("c", 3)] {
            table.insert(Named(name, value));
        }
        table.commit();
        table
    }

    fn mixed(table: &mut Numbered<Named>) {
        table.get_mut(&"a").expect("a row").1 = 10;
        table.get_mut(&"a").expect("a row").1 = 11;
        table.remove(&"b");
        table.insert(Named("b", 20));
        table.insert(Named("d", 4));
        table.remove(&"d");
        table.remove(&"c");
    }

    #[test]
    fn what_is_rolled_back_is_as_it_was_index_and_numbers_too() {
        let (mut table, before) = (table(), table());
        mixed(&mut table);
        assert_ne!(table, before);
        table.roll_back();
        assert_eq!(table, before);
        assert_eq!(table.insert(Named("e", 5)), 4, "numbers are given again");
    }

    #[test]
    fn a_change_tells_each_row_once_with_what_it_was() {
        let mut table = table();
        let kept = Arc::clone(table.get(&"a").expect("a row"));
        mixed(&mut table);
        let touched: Vec<_> =
            table.rows().touched().map(|(key, old, new)| (*key, old.cloned(), new.cloned())).collect();
        let row = |name, value| Some(Arc::new(Named(name, value)));
        let expected = [
            (1, row("a", 1), row("a", 11)),
            (2, row("b", 2), None),
            (3, row("c", 3), None),
            (4, None, row("b", 20)),
            (5, None, None),
        ];
        assert_eq!(touched, expected);
        assert_eq!(kept.1, 1, "a reader keeps what it has");
        table.commit();
        assert!(!table.rows().is_touched());
    }
}
