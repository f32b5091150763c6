//! Where the receiver keeps what it took: a file of JSON lines, so that a duplicate is one after a restart as well.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The `webhook-id`.
    pub id: String,
    /// When it was taken, in seconds since 1970.
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
    /// A line is not what the receiver writes.
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
pub struct Store {
    file: File,
    /// How long it is up to its last whole line.
    length: u64,
}

impl Store {
    /// Opens the file, or makes it, and reads what it holds. A last line that was cut off by a crash is dropped: its
    /// notification was never answered.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(path: &Path) -> Result<(Self, Vec<Stored>), StoreError> {
        let unusable = |error| StoreError::Unusable { path: path.to_owned(), error };
        let mut options = File::options();
        let mut file = options.read(true).write(true).create(true).truncate(false).open(path).map_err(unusable)?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(unusable)?;
        let whole = text.rfind('\n').map_or(0, |at| at + 1);
        let mut held = Vec::new();
        for (index, line) in text[..whole].lines().enumerate() {
            held.push(serde_json::from_str(line).map_err(|error| StoreError::Malformed {
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
    pub fn append(&mut self, stored: &Stored) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(stored)?;
        line.push(b'\n');
        match self.file.write_all(&line) {
            Ok(()) => self.length += line.len() as u64,
            Err(error) => {
                // Half a line would spoil the next one; where even this fails, opening drops it.
                let _full = self.cut();
                return Err(error);
            }
        }
        Ok(())
    }

    /// Drops what stands after the last whole line, and goes on from there.
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
    fn what_was_appended_is_there_after_a_crash_in_mid_line() {
        let path = std::env::temp_dir().join(format!("atlas-sandbox-store-{}", std::process::id()));
        let _old = std::fs::remove_file(&path);
        let stored = |id: &str| Stored { id: id.to_owned(), received: 5, body: json!({ "a\n": 1 }) };
        let (mut store, held) = Store::open(&path).expect("it opens");
        assert_eq!(held, []);
        store.append(&stored("m1")).expect("written");
        store.file.write_all(b"{\"id\": \"m2\", ").expect("written");
        let (mut store, held) = Store::open(&path).expect("it opens");
        assert_eq!(held, [stored("m1")]);
        store.append(&stored("m3")).expect("written");
        assert_eq!(Store::open(&path).expect("it opens").1, [stored("m1"), stored("m3")]);
        std::fs::write(&path, "{}\n").expect("written");
        assert!(matches!(Store::open(&path), Err(StoreError::Malformed { line: 1, .. })));
        std::fs::remove_file(&path).expect("removed");
        assert!(matches!(Store::open(Path::new("/nowhere/store")), Err(StoreError::Unusable { .. })));
    }
}
