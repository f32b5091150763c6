//! What is wrong with a document, and where: its line, its column, the line itself with a caret.

use std::fmt;

/// What is wrong with a document, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The path of the member, like `account.settings.lint`; empty for the document itself.
    pub path: String,
    /// What is wrong, in words.
    pub message: String,
    /// What may stand there, where that can be told apart from the message.
    pub expected: Option<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl Mistake {
    /// A mistake of the document itself, at a byte of it.
    pub fn at(text: &str, byte: usize, message: impl Into<String>) -> Self {
        let (line, column) = position(text, byte);
        Self { line, column, path: String::new(), message: message.into(), expected: None }
    }

    /// The line it is in, with a caret below its column.
    pub fn excerpt(&self, text: &str) -> String {
        const WIDTH: usize = 100;
        let line = text.lines().nth(self.line.saturating_sub(1)).unwrap_or_default();
        let column = self.column.saturating_sub(1);
        // Of a long line, the part around the column.
        let from = if column < WIDTH { 0 } else { column - WIDTH / 2 };
        let shown: String = line.chars().skip(from).take(WIDTH).collect();
        let before = shown.chars().take(column - from).map(|c| if c == '\t' { '\t' } else { ' ' });
        let number = self.line.to_string();
        format!("  {number} | {shown}\n  {} | {}^", " ".repeat(number.len()), before.collect::<String>())
    }
}

/// The line and the column of a byte, each from 1.
pub fn position(text: &str, byte: usize) -> (usize, usize) {
    let mut end = byte.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = &text[..end];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}
