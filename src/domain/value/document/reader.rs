//! Reads a tree into a type, again without each member that does not fit, so that all mistakes are told.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};

use super::mistake::{Mistake, position};
use super::objects;
use super::tree::{Key, Kind, Node, Tree};
use super::words;

/// The most mistakes that are told of one document.
const MOST: usize = 50;

/// How many members are read again to find further mistakes: a large document with many is told of in part.
const MOST_READ: usize = 5_000_000;

/// Why a member does not fit.
#[derive(Debug, Clone)]
struct Misread {
    message: String,
    expected: Option<String>,
    /// The member; `None` until the error has left it.
    at: Option<Spot>,
    /// The key that is missing, where it is.
    missing: Option<&'static str>,
}

/// A member, by its number, or its key.
#[derive(Debug, Clone, Copy)]
enum Spot {
    Value(usize),
    Key(usize),
}

/// Reads a tree.
///
/// # Errors
/// Every mistake, in the order of the document.
pub fn read<T: DeserializeOwned>(tree: &Tree, text: &str) -> Result<T, Vec<Mistake>> {
    let mut found = Vec::new();
    let mut left_out = BTreeSet::new();
    for (id, first) in &tree.twice {
        left_out.insert(*id);
        let (path, _, key) = tree.locate(*id);
        let (line, column) = position(text, key.map_or(0, |key| key.at));
        let (first, _) = position(text, *first);
        let message = format!("the key stands twice, first in line {first}");
        found.push((*id, Mistake { line, column, path, message, expected: None }));
    }
    let most = (MOST_READ / tree.size.max(1)).clamp(1, MOST);
    let value = loop {
        match T::deserialize(Member { node: &tree.root, left_out: &left_out, is_top: true }) {
            Ok(value) => break Some(value),
            Err(wrong) => {
                let (id, is_key) = match wrong.at {
                    Some(Spot::Value(id)) => (id, false),
                    Some(Spot::Key(id)) => (id, true),
                    None => (0, false),
                };
                let (path, node, key) = tree.locate(id);
                let is_told = match wrong.missing {
                    Some(name) => has_left_out(node, |key| key == name, &left_out),
                    None => !is_key && has_left_out(node, |_| true, &left_out),
                };
                if !is_told {
                    let at = key.filter(|_| is_key).map_or(node.at, |key: &Key| key.at);
                    let (line, column) = position(text, at);
                    found.push((id, Mistake { line, column, path, message: wrong.message, expected: wrong.expected }));
                }
                if id == 0 || !left_out.insert(id) || found.len() >= most {
                    break None;
                }
            }
        }
    };
    match value {
        Some(value) if found.is_empty() => Ok(value),
        _ => {
            found.sort_by_key(|(id, _)| *id);
            Err(found.into_iter().map(|(_, mistake)| mistake).collect())
        }
    }
}

/// Whether a member is missing, or its object does not fit, only because the member did not fit, which has been told.
fn has_left_out(node: &Node, is_it: impl Fn(&str) -> bool, left_out: &BTreeSet<usize>) -> bool {
    match &node.kind {
        Kind::Map(members) => members.iter().any(|(key, member)| is_it(&key.text) && left_out.contains(&member.id)),
        _ => false,
    }
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Misread {}

impl Misread {
    fn new(message: String, expected: Option<String>) -> Self {
        Self { message, expected, at: None, missing: None }
    }

    fn of(got: &Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let expected = words::expected(&expected.to_string());
        Self::new(format!("expected {expected}, got {}", words::got(got)), Some(expected))
    }

    fn within(mut self, spot: Spot) -> Self {
        self.at.get_or_insert(spot);
        self
    }

    fn unknown(what: &str, name: &str, known: &'static [&'static str]) -> Self {
        let expected = words::listed(known);
        let meant = words::nearest(name, known).map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
        let message = match what {
            "key" => format!("unknown key {name:?}, expected {expected}{meant}"),
            _ => format!("expected {expected}, got {name:?}{meant}"),
        };
        Self::new(message, Some(expected))
    }
}

impl de::Error for Misread {
    fn custom<T: fmt::Display>(said: T) -> Self {
        let said = said.to_string();
        let expected =
            said.strip_prefix("expected ").and_then(|rest| rest.split_once(", got ")).map(|(one, _)| one.to_owned());
        if said.starts_with("data did not match any variant of untagged enum") {
            return Self::new("expected one of the forms it may have, got another".to_owned(), None);
        }
        Self::new(said, expected)
    }

    fn invalid_type(got: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::of(&got, expected)
    }

    fn invalid_value(got: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::of(&got, expected)
    }

    fn invalid_length(length: usize, expected: &dyn de::Expected) -> Self {
        let expected = words::expected(&expected.to_string());
        Self::new(format!("expected {expected}, got {length} items"), Some(expected))
    }

    fn unknown_variant(name: &str, known: &'static [&'static str]) -> Self {
        Self::unknown("value", name, known)
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self::unknown("key", name, known)
    }

    fn missing_field(name: &'static str) -> Self {
        let message = format!("expected the key {name:?}, which is missing");
        Self { missing: Some(name), ..Self::new(message, Some(format!("the key {name:?}"))) }
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::new(format!("the key {name:?} stands twice"), None)
    }
}

/// A member that is being read, without those that are left out.
#[derive(Clone, Copy)]
struct Member<'de> {
    node: &'de Node,
    left_out: &'de BTreeSet<usize>,
    is_top: bool,
}

impl<'de> Member<'de> {
    fn below(self, node: &'de Node) -> Self {
        Self { node, is_top: false, ..self }
    }

    fn unexpected(self) -> Unexpected<'de> {
        match &self.node.kind {
            Kind::Null => Unexpected::Unit,
            Kind::Bool(value) => Unexpected::Bool(*value),
            Kind::Unsigned(value) => Unexpected::Unsigned(*value),
            Kind::Signed(value) => Unexpected::Signed(*value),
            Kind::Float(value) => Unexpected::Float(*value),
            Kind::Text(text) => Unexpected::Str(text),
            Kind::List(_) => Unexpected::Seq,
            Kind::Map(_) => Unexpected::Map,
        }
    }

    /// The members of a mapping; an object of ours has no keys that begin with `x-`.
    fn members(self, members: &'de [(Key, Node)], is_object: bool) -> Members<'de> {
        Members { member: self, rest: members.iter(), is_object, value: None }
    }

    /// Reads the member, and tells where an error of it is.
    fn place<T>(self, read: impl FnOnce() -> Result<T, Misread>) -> Result<T, Misread> {
        read().map_err(|wrong| wrong.within(Spot::Value(self.node.id)))
    }

    fn any<V: Visitor<'de>>(self, visitor: V, is_object: bool) -> Result<V::Value, Misread> {
        self.place(|| match &self.node.kind {
            Kind::Null => visitor.visit_unit(),
            Kind::Bool(value) => visitor.visit_bool(*value),
            Kind::Unsigned(value) => visitor.visit_u64(*value),
            Kind::Signed(value) => visitor.visit_i64(*value),
            Kind::Float(value) => visitor.visit_f64(*value),
            Kind::Text(text) => visitor.visit_str(text),
            Kind::List(_) if objects::is_tagged(&visitor) => Err(Misread::of(&self.unexpected(), &"an object")),
            Kind::List(items) => visitor.visit_seq(Items { member: self, rest: items.iter() }),
            Kind::Map(members) => visitor.visit_map(self.members(members, is_object)),
        })
    }

    fn object<V: Visitor<'de>>(self, visitor: V, is_object: bool) -> Result<V::Value, Misread> {
        match &self.node.kind {
            Kind::List(_) => self.place(|| Err(Misread::of(&self.unexpected(), &"an object"))),
            _ => self.any(visitor, is_object),
        }
    }

    /// A number that was written with zeros before it is a text, except where a number is wanted.
    fn number<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        match (&self.node.kind, &self.node.plain) {
            (Kind::Text(_), Some(plain)) if plain.parse::<u64>().is_ok() => {
                let number = plain.parse().unwrap_or_default();
                self.place(|| visitor.visit_u64(number))
            }
            _ => self.any(visitor, true),
        }
    }
}

macro_rules! numbers {
    ($($name:ident)*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
            self.number(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Member<'de> {
    type Error = Misread;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        self.any(visitor, true)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        self.object(visitor, false)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        match (&self.node.kind, &self.node.plain) {
            (Kind::Bool(_) | Kind::Unsigned(_) | Kind::Signed(_) | Kind::Float(_), Some(plain)) => {
                self.place(|| visitor.visit_str(plain))
            }
            _ => self.any(visitor, true),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        self.deserialize_str(visitor)
    }

    numbers! { deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_i8
    deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_f32 deserialize_f64 }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        self.place(|| match self.node.kind {
            Kind::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Misread> {
        self.place(|| visitor.visit_newtype_struct(self))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misread> {
        self.place(|| match &self.node.kind {
            Kind::Text(text) => visitor.visit_enum(StrDeserializer::<Misread>::new(text)),
            Kind::Map(members) if members.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(self.members(members, false)))
            }
            _ => Err(Misread::of(&self.unexpected(), &"a text that names one of its values")),
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misread> {
        self.object(visitor, true)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool bytes byte_buf unit unit_struct seq tuple tuple_struct
    }
}

/// The items of a list.
struct Items<'de> {
    member: Member<'de>,
    rest: std::slice::Iter<'de, Node>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Misread;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misread> {
        let left_out = self.member.left_out;
        match self.rest.find(|item| !left_out.contains(&item.id)) {
            Some(item) => {
                let member = self.member.below(item);
                member.place(|| seed.deserialize(member)).map(Some)
            }
            None => Ok(None),
        }
    }
}

/// The members of a mapping.
struct Members<'de> {
    member: Member<'de>,
    rest: std::slice::Iter<'de, (Key, Node)>,
    is_object: bool,
    value: Option<&'de Node>,
}

impl Members<'_> {
    fn is_read(&self, key: &Key, node: &Node) -> bool {
        let is_ignored = self.is_object && key.text.starts_with("x-");
        let is_schema = self.member.is_top && key.text == "$schema" && matches!(node.kind, Kind::Text(_));
        !is_ignored && !is_schema && !self.member.left_out.contains(&node.id)
    }
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = Misread;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misread> {
        while let Some((key, node)) = self.rest.next() {
            if self.is_read(key, node) {
                self.value = Some(node);
                let name: StrDeserializer<'de, Misread> = key.text.as_str().into_deserializer();
                return seed.deserialize(name).map(Some).map_err(|wrong| wrong.within(Spot::Key(node.id)));
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misread> {
        match self.value.take() {
            Some(node) => {
                let member = self.member.below(node);
                member.place(|| seed.deserialize(member))
            }
            None => Err(de::Error::custom("expected a key before its value")),
        }
    }
}
