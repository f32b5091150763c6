//! A fixture file: its accounts, and where in it a member stands.

use std::cell::OnceCell;
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::folder::STDIN;
use crate::domain::fixture::given::Given;
use crate::domain::value::document::{self, DocumentFormat, Mistake, Tree};

/// A fixture file that could be read.
#[derive(Debug)]
pub struct Fixture {
    /// Where it is.
    pub path: PathBuf,
    /// Its accounts.
    pub accounts: Vec<Given>,
    text: String,
    is_list: bool,
    /// Made when a place is asked for.
    tree: OnceCell<Option<Tree>>,
}

/// What is wrong with a file: one text for people, and its mistakes for programs.
#[derive(Debug)]
pub struct WrongFile {
    /// Where it is.
    pub path: PathBuf,
    /// Each with its line and a caret.
    pub mistakes: Vec<(Mistake, String)>,
}

/// The accounts of a file: one, or a list of them.
struct Accounts {
    given: Vec<Given>,
    is_list: bool,
}

impl Fixture {
    /// Reads a file, or standard input where it is called `-`.
    ///
    /// # Errors
    /// An unreadable file, a document that does not fit: all that is wrong with it.
    pub fn read(path: &Path) -> Result<Self, WrongFile> {
        let whole = |message: String| {
            let mistake = Mistake { line: 1, column: 1, path: String::new(), message, expected: None };
            WrongFile { path: path.to_owned(), mistakes: vec![(mistake, String::new())] }
        };
        let bytes = if path.as_os_str() == STDIN {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
        } else {
            std::fs::read(path)
        };
        let bytes = bytes.map_err(|error| whole(format!("cannot read it: {error}")))?;
        let text = document::text(&bytes).map_err(whole)?;
        if text.trim().is_empty() {
            return Err(whole("the file is empty".to_owned()));
        }
        match document::read_all(text, format_of(path, text)) {
            Ok(Accounts { given, is_list }) => Ok(Self {
                path: path.to_owned(),
                accounts: given,
                text: text.to_owned(),
                is_list,
                tree: OnceCell::new(),
            }),
            Err(mistakes) => Err(WrongFile::of(path, text, mistakes)),
        }
    }

    /// The same mistakes with their places: each is of the account with this number, and has its path in it.
    #[must_use]
    pub fn wrong(&self, mistakes: impl IntoIterator<Item = (usize, Mistake)>) -> WrongFile {
        let mut placed: Vec<_> = mistakes
            .into_iter()
            .map(|(account, mistake)| {
                let path = self.whole_path(account, &mistake.path);
                let (line, column) = self.position(&path);
                Mistake { line, column, path, ..mistake }
            })
            .collect();
        placed.sort_by_key(|mistake| (mistake.line, mistake.column));
        WrongFile::of(&self.path, &self.text, placed)
    }

    /// The line where a member of an account stands.
    pub fn line(&self, account: usize, path: &str) -> usize {
        self.position(&self.whole_path(account, path)).0
    }

    /// The path of a member in the file.
    fn whole_path(&self, account: usize, path: &str) -> String {
        match (self.is_list, path.is_empty()) {
            (true, true) => format!("[{account}]"),
            (true, false) => format!("[{account}].{path}"),
            (false, _) => path.to_owned(),
        }
    }

    fn position(&self, path: &str) -> (usize, usize) {
        let tree = self.tree.get_or_init(|| document::tree(&self.text, format_of(&self.path, &self.text)).ok());
        document::position(&self.text, tree.as_ref().map_or(0, |tree| tree.find(path)))
    }
}

impl WrongFile {
    fn of(path: &Path, text: &str, mistakes: Vec<Mistake>) -> Self {
        let with_line = |mistake: Mistake| {
            let excerpt = mistake.excerpt(text);
            (mistake, excerpt)
        };
        Self { path: path.to_owned(), mistakes: mistakes.into_iter().map(with_line).collect() }
    }
}

/// `file:line:column: path: message` and the line with a caret, for each mistake.
impl fmt::Display for WrongFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (mistake, excerpt)) in self.mistakes.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            let shown = self.path.display();
            if excerpt.is_empty() {
                write!(f, "{end}{shown}: {mistake}")?;
            } else {
                write!(f, "{end}{shown}:{}:{}: {mistake}\n{excerpt}", mistake.line, mistake.column)?;
            }
        }
        Ok(())
    }
}

/// The format of a file by its name; of standard input, by how it begins.
fn format_of(path: &Path, text: &str) -> DocumentFormat {
    let is_json = text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<de::IgnoredAny>(text).is_ok();
    if path.as_os_str() == STDIN && is_json {
        return DocumentFormat::Json;
    }
    DocumentFormat::of(&path.to_string_lossy())
}

impl<'de> Deserialize<'de> for Accounts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMore)
    }
}

struct OneOrMore;

impl<'de> Visitor<'de> for OneOrMore {
    type Value = Accounts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an account, or a list of accounts")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Accounts, E> {
        Err(E::custom("the file is empty"))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Accounts, A::Error> {
        let given = Given::deserialize(MapAccessDeserializer::new(members))?;
        Ok(Accounts { given: vec![given], is_list: false })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Accounts, A::Error> {
        let mut given = Vec::new();
        while let Some(account) = items.next_element()? {
            given.push(account);
        }
        Ok(Accounts { given, is_list: true })
    }
}
