//! What a source file imports: every path it names, except in comments, texts and its own tests.

/// A path as a file names it, and the name it has there; `None` for one that stands in code.
#[derive(Debug, PartialEq, Eq)]
pub struct Named<'a> {
    pub path: Vec<&'a str>,
    pub name: Option<&'a str>,
}

/// What a file names.
#[derive(Debug)]
pub struct Imports<'a> {
    pub named: Vec<Named<'a>>,
    /// The files below it that only its tests have.
    pub test_modules: Vec<&'a str>,
}

impl<'a> Imports<'a> {
    pub fn of(text: &'a str) -> Self {
        let (tokens, test_modules) = without_tests(&tokens(text));
        let mut named = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            // `use<..>` says what an opaque type captures.
            if tokens[at] == "use" && tokens.get(at + 1) != Some(&"<") {
                at = tree(&tokens, at + 1, &[], &mut named);
            } else if is_word(tokens[at]) {
                let (path, end) = path(&tokens, at);
                if path.len() > 1 && (at == 0 || tokens[at - 1] != "::") {
                    named.push(Named { path, name: None });
                }
                at = end;
            } else {
                at += 1;
            }
        }
        Self { named, test_modules }
    }
}

/// A path that starts here, and where it ends.
fn path<'a>(tokens: &[&'a str], mut at: usize) -> (Vec<&'a str>, usize) {
    let mut path = vec![tokens[at]];
    while tokens.get(at + 1) == Some(&"::") && tokens.get(at + 2).is_some_and(|next| is_word(next)) {
        path.push(tokens[at + 2]);
        at += 2;
    }
    (path, at + 1)
}

/// Reads one tree of a `use`, and gives where it ends.
fn tree<'a>(tokens: &[&'a str], mut at: usize, above: &[&'a str], named: &mut Vec<Named<'a>>) -> usize {
    let mut path = above.to_vec();
    while let Some(&token) = tokens.get(at) {
        match token {
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|token| *token != "}") {
                    at = tree(tokens, at, &path, named);
                    at += usize::from(tokens.get(at) == Some(&","));
                }
                return at + 1;
            }
            "as" => {
                named.push(Named { path, name: tokens.get(at + 1).copied() });
                return at + 2;
            }
            "," | "}" | ";" => break,
            "::" => {}
            "self" if !path.is_empty() => {}
            word => path.push(word),
        }
        at += 1;
    }
    let name = path.last().copied();
    named.push(Named { path, name });
    at
}

/// The tokens without what is compiled for tests alone, and the files of that kind.
fn without_tests<'a>(tokens: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
    let test = ["#", "[", "cfg", "(", "test", ")", "]"];
    let (mut kept, mut modules) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at..].starts_with(&test) {
            kept.push(tokens[at]);
            at += 1;
            continue;
        }
        at += test.len();
        let item = at;
        let mut depth = 0;
        while let Some(&token) = tokens.get(at) {
            at += 1;
            match token {
                "{" => depth += 1,
                "}" if depth == 1 => break,
                "}" => depth -= 1,
                ";" if depth == 0 => {
                    modules.extend(tokens[item..at].strip_prefix(&["mod"]).map(|rest| rest[0]));
                    break;
                }
                _ => {}
            }
        }
    }
    (kept, modules)
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The words and signs of a text; comments, texts and lifetimes are left out.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = skipped(rest);
        if length > 0 {
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        let length = match first {
            c if c.is_alphanumeric() || c == '_' => {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            ':' if rest.starts_with("::") => 2,
            c => c.len_utf8(),
        };
        tokens.push(&rest[..length]);
        rest = &rest[length..];
    }
    tokens
}

/// The length of a space, comment, text, character or lifetime at the start; 0 if there is none.
fn skipped(rest: &str) -> usize {
    let end = |begin: usize, closing: &str| {
        rest.get(begin..).and_then(|inner| inner.find(closing)).map_or(rest.len(), |at| begin + at + closing.len())
    };
    if rest.starts_with("//") {
        return end(0, "\n");
    }
    if rest.starts_with("/*") {
        return end(2, "*/");
    }
    for raw in ["r\"", "br\"", "r#\"", "br#\"", "r##\""] {
        if rest.starts_with(raw) {
            return end(raw.len(), &format!("\"{}", "#".repeat(raw.matches('#').count())));
        }
    }
    let mut chars = rest.char_indices().skip(1);
    match rest.chars().next() {
        Some('"') => {
            while let Some((at, c)) = chars.next() {
                match c {
                    '\\' => drop(chars.next()),
                    '"' => return at + 1,
                    _ => {}
                }
            }
            rest.len()
        }
        Some('\'') if rest.starts_with("'\\") => end(3, "'"),
        // A character, or the sign before a lifetime's name; the name does no harm.
        Some('\'') => chars.nth(1).filter(|(_, c)| *c == '\'').map_or(1, |(at, _)| at + 1),
        Some(c) if c.is_whitespace() => c.len_utf8(),
        _ => 0,
    }
}

#[test]
fn every_way_to_name_a_path_is_read() {
    let text = r##"
        //! Like `crate::comment::x`.
        use super::a;
        pub use self::b::B;
        pub(crate) use crate::c::{self, d::{D, E as F}, g};
        const TEXT: &str = "crate::text \" // {"; const RAW: &str = r#"crate::raw " {"#;
        fn f<'a>(at: &'a crate::h::H) -> char { i::j(); <T>::k(); '"' }
        #[cfg(test)]
        mod whole;
        #[cfg(test)]
        mod tests { use super::l; fn m() { crate::n::o(); } }
        fn p() -> impl Sized + use<'_, T> { super::q::<T>(); }
    "##;
    let imports = Imports::of(text);
    let read: Vec<_> = imports.named.iter().map(|named| (named.path.join("::"), named.name)).collect();
    let told = [
        ("super::a", Some("a")),
        ("self::b::B", Some("B")),
        ("crate::c", Some("c")),
        ("crate::c::d::D", Some("D")),
        ("crate::c::d::E", Some("F")),
        ("crate::c::g", Some("g")),
        ("crate::h::H", None),
        ("i::j", None),
        ("super::q", None),
    ];
    assert_eq!(read, told.map(|(path, name)| (path.to_owned(), name)));
    assert_eq!(imports.test_modules, ["whole"]);
}
