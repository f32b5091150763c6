//! A fixture file: its accounts, and where in it a member stands.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::folder::STDIN;
use crate::domain::fixture::given::Given;
use crate::domain::value::document::{self, DocumentFormat, Marks, Mistake, Origin, Reading, Tree};

/// A fixture file that could be read.
#[derive(Debug)]
pub struct Fixture {
    /// Where it is.
    pub path: PathBuf,
    /// Its accounts, without what does not fit.
    pub accounts: Vec<Given>,
    /// What does not fit.
    misshapen: Vec<Mistake>,
    text: String,
    is_list: bool,
    marks: Marks,
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
        let fixture = Self::read_partly(path)?;
        if fixture.misshapen.is_empty() { Ok(fixture) } else { Err(fixture.wrong([])) }
    }

    /// Reads what fits of a file; the rest is told with what [`Self::wrong`] is given.
    ///
    /// # Errors
    /// An unreadable file, a document of which nothing can be read.
    pub fn read_partly(path: &Path) -> Result<Self, WrongFile> {
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
        let text = document::owned_text(bytes).map_err(whole)?;
        if text.trim().is_empty() {
            return Err(whole("the file is empty".to_owned()));
        }
        let Reading { value, mistakes, marks } = document::read_partly(&text, format_of(path, &text));
        let Some(Accounts { given, is_list }) = value else { return Err(WrongFile::of(path, &text, mistakes)) };
        let (path, tree) = (path.to_owned(), OnceCell::new());
        Ok(Self { path, accounts: given, misshapen: mistakes, text, is_list, marks, tree })
    }

    /// Whether one of its accounts has this code.
    pub fn has(&self, code: &str) -> bool {
        let has = |given: &Given| given.account.account_code.as_ref().is_some_and(|own| own.as_str() == code);
        self.accounts.iter().any(has)
    }

    /// Whether all of it could be read.
    pub fn is_whole(&self) -> bool {
        self.misshapen.is_empty()
    }

    /// What does not fit, and these mistakes, with their places: each is of the account with this number, and has its
    /// path in it. One that may come of what does not fit is not told, one of several alike is told once.
    #[must_use]
    pub fn wrong(&self, mistakes: impl IntoIterator<Item = (usize, Mistake)>) -> WrongFile {
        let mut placed = self.misshapen.clone();
        let mut told: HashMap<String, String> = HashMap::new();
        for (account, mistake) in mistakes {
            let Origin { path, at, is_hollow, is_spread } = self.origin(&self.whole_path(account, &mistake.path));
            // Of several alike, what is wrong with the first that has something wrong there.
            let first = told.entry(path.clone()).or_insert_with(|| mistake.path.clone());
            let is_told = is_spread && *first != mistake.path;
            if !is_hollow && !is_told && !self.hides(account, &mistake.path) {
                let (line, column) = document::position(&self.text, at);
                placed.push(Mistake { line, column, path, ..mistake });
            }
        }
        placed.sort_by_key(|mistake| (mistake.line, mistake.column));
        WrongFile::of(&self.path, &self.text, placed)
    }

    /// Whether a member of an account depends on one that was left out, which has been told.
    fn hides(&self, account: usize, path: &str) -> bool {
        const RECORDS: [&str; 2] = ["eligibilities", "bookings"];
        let start = self.whole_path(account, "");
        let Some(tree) = self.tree().filter(|_| !self.marks.left_out.is_empty()) else { return false };
        let is_below = |sections: &[&str]| sections.iter().any(|section| path.starts_with(section));
        self.marks.left_out.iter().any(|id| {
            let (left_out, node, _) = tree.locate(*id);
            let Some(left_out) = left_out.strip_prefix(&start) else { return false };
            let left_out = left_out.trim_start_matches('.');
            // One value of a record is not what others ask for; a record, or a list of them, is.
            let is_whole = node.is_whole() || left_out.ends_with(']');
            match left_out.split(['.', '[']).next().unwrap_or_default() {
                "account" if left_out.starts_with("account.users") => is_below(&["account.applications"]),
                "account" => left_out == "account.settings.open_catalog" && is_below(&RECORDS),
                "clock" => is_below(&RECORDS),
                "eligibilities" => is_below(&["bookings"]),
                "bookings" | "subscriptions" | "faults" | "seed" => false,
                _ => is_whole && is_below(&RECORDS),
            }
        })
    }

    /// The line where a member of an account stands.
    pub fn line(&self, account: usize, path: &str) -> usize {
        document::position(&self.text, self.origin(&self.whole_path(account, path)).at).0
    }

    /// The path of a member in the file.
    fn whole_path(&self, account: usize, path: &str) -> String {
        match (self.is_list, path.is_empty()) {
            (true, true) => format!("[{account}]"),
            (true, false) => format!("[{account}].{path}"),
            (false, _) => path.to_owned(),
        }
    }

    fn tree(&self) -> Option<&Tree> {
        self.tree.get_or_init(|| document::tree(&self.text, format_of(&self.path, &self.text)).ok()).as_ref()
    }

    fn origin(&self, path: &str) -> Origin {
        self.tree().map(|tree| self.marks.origin(tree, path)).unwrap_or_default()
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
