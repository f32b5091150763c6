//! The receiver's file of accepted notifications, in JSON lines: it knows duplicates even after a restart.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredNotification {
    /// The `webhook-id`.
    pub id: String,
    /// When it was accepted, in seconds since 1970.
    pub received: i64,
    /// The body.
    pub body: Value,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be read or written.
    #[error("store: cannot use {}: {error}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A line that the receiver did not write.
    #[error("store: {}:{line}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

/// The open file.
#[derive(Debug)]
pub struct FileStore {
    file: File,
    /// The length up to the end of the last whole line.
    length: u64,
}

impl FileStore {
    /// Opens or creates the file, and reads its lines. A last line that a crash cut off is dropped: its notification was
    /// never answered.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(path: &Path) -> Result<(Self, Vec<StoredNotification>), StoreError> {
        let unusable = |error| StoreError::Unusable { path: path.to_owned(), error };
        let mut options = File::options();
        let mut file = options.read(true).write(true).create(true).truncate(false).open(path).map_err(unusable)?;
        // Bytes, not text: a crash may cut the last line within a character.
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(unusable)?;
        let whole = bytes.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        let mut held = Vec::new();
        for (index, line) in bytes[..whole].split_inclusive(|&b| b == b'\n').enumerate() {
            held.push(serde_json::from_slice(line).map_err(|error| StoreError::Malformed {
                path: path.to_owned(),
                line: index + 1,
                reason: error.to_string(),
            })?);
        }
        let mut store = Self { file, length: whole as u64 };
        store.cut().map_err(unusable)?;
        Ok((store, held))
    }

    /// Appends a line; it is written when this returns.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn append(&mut self, stored: &StoredNotification) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(stored)?;
        line.push(b'\n');
        match self.file.write_all(&line) {
            Ok(()) => self.length += line.len() as u64,
            Err(error) => {
                // Half a line would spoil the next one. If cutting fails as well, opening drops it.
                let _full = self.cut();
                return Err(error);
            }
        }
        Ok(())
    }

    /// Drops everything after the last whole line, and continues from there.
    fn cut(&mut self) -> std::io::Result<()> {
        self.file.set_len(self.length)?;
        self.file.seek(SeekFrom::Start(self.length)).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_last_line_that_was_torn_within_a_letter_is_dropped() {
        let path = std::env::temp_dir().join(format!("atlas-sandbox-torn-{}", std::process::id()));
        let stored =
            |id: &str| StoredNotification {
                id: id.to_owned(), received: 5, body: json!({ "candidate_fname": "Zoë" })
            };
        let line = |id| serde_json::to_string(&stored(id)).expect("JSON") + "\n";
        let whole = line("m1");
        let torn = line("m2");
        let letter = torn.find('ë').expect("the letter");
        for end in [letter, letter + 1, letter + 2, torn.len() - 1] {
            std::fs::write(&path, [whole.as_bytes(), &torn.as_bytes()[..end]].concat()).expect("written");
            let (mut store, held) = FileStore::open(&path).expect("it opens");
            assert_eq!(held, [stored("m1")], "{end}");
            store.append(&stored("m3")).expect("written");
            assert_eq!(std::fs::read_to_string(&path).expect("UTF-8"), format!("{whole}{}", line("m3")), "{end}");
        }
        // A whole line that is no UTF-8 was not written by the receiver.
        std::fs::write(&path, [whole.as_bytes(), b"{\"id\": \"\xc3\"}\n"].concat()).expect("written");
        assert!(matches!(FileStore::open(&path), Err(StoreError::Malformed { line: 2, .. })));
        std::fs::remove_file(&path).expect("removed");
    }

    #[test]
    fn what_was_appended_is_there_after_a_crash_in_mid_line() {
        let path = std::env::temp_dir().join(format!("atlas-sandbox-store-{}", std::process::id()));
        let _old = std::fs::remove_file(&path);
        let stored = |id: &str| StoredNotification { id: id.to_owned(), received: 5, body: json!({ "a\n": 1 }) };
        let (mut store, held) = FileStore::open(&path).expect("it opens");
        assert_eq!(held, []);
        store.append(&stored("m1")).expect("written");
        store.file.write_all(b"{\"id\": \"m2\", ").expect("written");
        let (mut store, held) = FileStore::open(&path).expect("it opens");
        assert_eq!(held, [stored("m1")]);
        store.append(&stored("m3")).expect("written");
        assert_eq!(FileStore::open(&path).expect("it opens").1, [stored("m1"), stored("m3")]);
        std::fs::write(&path, "{}\n").expect("written");
        assert!(matches!(FileStore::open(&path), Err(StoreError::Malformed { line: 1, .. })));
        std::fs::remove_file(&path).expect("removed");
        assert!(matches!(FileStore::open(Path::new("/nowhere/store")), Err(StoreError::Unusable { .. })));
    }
}
