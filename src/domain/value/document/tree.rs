//! A document as a tree that remembers where each member stands; YAML and JSON alike.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_saphyr::Spanned;

use super::format::{DEEPEST, DocumentFormat, json_fault, yaml_fault, yaml_options};
use super::mistake::Mistake;
use super::words::json_words;

/// A member: what it is, and where.
#[derive(Debug)]
pub struct Node {
    /// Its number in the document, from 0.
    pub id: usize,
    /// The byte it starts at.
    pub at: usize,
    /// What it is.
    pub kind: Kind,
    /// Its text, where it is written without quotes in YAML: a number or a word may then be a text as well.
    pub plain: Option<String>,
}

impl Node {
    /// Whether it has members of its own, or could have.
    pub fn is_whole(&self) -> bool {
        matches!(self.kind, Kind::List(_) | Kind::Map(_))
    }

    /// The member with this key.
    pub fn member(&self, name: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Map(members) => members.iter().find(|(key, _)| key.text == name).map(|(_, node)| node),
            _ => None,
        }
    }

    /// The part in which the member with this number is.
    pub fn child_towards(&self, id: usize) -> Option<&Self> {
        match &self.kind {
            Kind::List(items) => items.get(items.partition_point(|item| item.id <= id).checked_sub(1)?),
            Kind::Map(members) => members
                .get(members.partition_point(|(_, member)| member.id <= id).checked_sub(1)?)
                .map(|(_, node)| node),
            _ => None,
        }
    }

    /// The number of the last member in it; its own where it has none.
    pub fn last(&self) -> usize {
        match &self.kind {
            Kind::List(items) => items.last().map_or(self.id, Self::last),
            Kind::Map(members) => members.last().map_or(self.id, |(_, node)| node.last()),
            _ => self.id,
        }
    }
}

/// What a member is.
#[derive(Debug)]
pub enum Kind {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number from 0 up.
    Unsigned(u64),
    /// A whole number below 0.
    Signed(i64),
    /// Another number.
    Float(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in its order.
    Map(Vec<(Key, Node)>),
}

/// The key of a member.
#[derive(Debug)]
pub struct Key {
    /// Its text.
    pub text: String,
    /// The byte it starts at.
    pub at: usize,
}

/// A document and the keys that stand twice in one of its mappings.
#[derive(Debug)]
pub struct Tree {
    /// The document itself.
    pub root: Node,
    /// How many members it has.
    pub size: usize,
    /// The values of keys that stand in the same mapping already, each with where the first one is.
    pub twice: Vec<(usize, usize)>,
}

impl Tree {
    /// Reads JSON in one pass, without the places of its members.
    ///
    /// # Errors
    /// What is not JSON.
    pub fn read_unplaced(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<Unplaced>(text).map(|Unplaced(root)| Self::of(root))
    }

    /// Reads a document.
    ///
    /// # Errors
    /// What is not of the format.
    pub fn read(text: &str, format: DocumentFormat) -> Result<Self, Mistake> {
        let root = match format {
            DocumentFormat::Json => {
                let raw: &RawValue = serde_json::from_str(text).map_err(|error| json_fault(text, &error))?;
                json(raw, text, 0)?
            }
            DocumentFormat::Yaml => {
                if let Some(at) = too_deep(text) {
                    return Err(Mistake::at(text, at, format!("expected at most {DEEPEST} levels")));
                }
                let options = yaml_options();
                let spanned: Spanned<Bare> =
                    serde_saphyr::from_str_with_options(text, options).map_err(|error| yaml_fault(text, &error))?;
                placed(spanned, text)
            }
        };
        Ok(Self::of(root))
    }

    fn of(root: Node) -> Self {
        let mut tree = Self { root, size: 0, twice: Vec::new() };
        let Self { root, size, twice } = &mut tree;
        number(root, size, twice);
        tree
    }

    /// The path of the member with this number, and where it and its key stand.
    pub fn locate(&self, id: usize) -> (String, &Node, Option<&Key>) {
        let (mut node, mut key, mut path) = (&self.root, None, String::new());
        while node.id != id {
            match &node.kind {
                Kind::List(items) => {
                    let index = items.partition_point(|item| item.id <= id).saturating_sub(1);
                    let Some(item) = items.get(index) else { break };
                    path.extend(["[", &index.to_string(), "]"]);
                    (node, key) = (item, None);
                }
                Kind::Map(members) => {
                    let index = members.partition_point(|(_, member)| member.id <= id).saturating_sub(1);
                    let Some((name, member)) = members.get(index) else { break };
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(&name.text);
                    (node, key) = (member, Some(name));
                }
                _ => break,
            }
        }
        (path, node, key)
    }
}

/// The byte of the line in which the blocks of a YAML document are nested too deep: its parser calls itself for each.
fn too_deep(text: &str) -> Option<usize> {
    let mut columns: Vec<usize> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let mut rest = line.trim_start_matches(' ');
        while !rest.trim().is_empty() {
            let column = line.len() - rest.len();
            columns.truncate(columns.partition_point(|known| *known < column));
            columns.push(column);
            if columns.len() > DEEPEST {
                return Some(at);
            }
            match rest.strip_prefix("- ").or_else(|| rest.strip_prefix("? ")) {
                Some(item) => rest = item.trim_start_matches(' '),
                None => break,
            }
        }
        at += line.len();
    }
    None
}

/// Numbers the members in their order, and finds the keys that stand twice.
fn number(node: &mut Node, next: &mut usize, twice: &mut Vec<(usize, usize)>) {
    node.id = *next;
    *next += 1;
    match &mut node.kind {
        Kind::List(items) => items.iter_mut().for_each(|item| number(item, next, twice)),
        Kind::Map(members) => {
            let mut known = std::collections::BTreeMap::new();
            for (key, member) in members {
                number(member, next, twice);
                match known.get(key.text.as_str()) {
                    Some(first) => twice.push((member.id, *first)),
                    None => drop(known.insert(key.text.as_str(), key.at)),
                }
            }
        }
        _ => {}
    }
}

/// A member of a JSON document; `raw` is a part of `text`.
fn json(raw: &RawValue, text: &str, depth: usize) -> Result<Node, Mistake> {
    let written = raw.get();
    let at = offset(written, text);
    if depth > DEEPEST {
        return Err(Mistake::at(text, at, format!("expected at most {DEEPEST} levels")));
    }
    let wrong = |error: serde_json::Error| Mistake::at(text, at, json_words(&error.to_string()));
    let kind = match written.as_bytes().first() {
        Some(b'{') => {
            let Pairs(pairs) = serde_json::from_str(written).map_err(wrong)?;
            let members = pairs.into_iter().map(|(key, value)| {
                let name = Key { text: serde_json::from_str(key.get()).map_err(wrong)?, at: offset(key.get(), text) };
                Ok((name, json(value, text, depth + 1)?))
            });
            Kind::Map(members.collect::<Result<_, Mistake>>()?)
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(written).map_err(wrong)?;
            Kind::List(items.into_iter().map(|item| json(item, text, depth + 1)).collect::<Result<_, _>>()?)
        }
        Some(b'"') => Kind::Text(serde_json::from_str(written).map_err(wrong)?),
        Some(b't') => Kind::Bool(true),
        Some(b'f') => Kind::Bool(false),
        Some(b'n') => Kind::Null,
        _ => match (written.parse(), written.parse(), written.parse()) {
            (Ok(number), ..) => Kind::Unsigned(number),
            (_, Ok(number), _) => Kind::Signed(number),
            (.., Ok(number)) => Kind::Float(number),
            _ => Kind::Text(written.to_owned()),
        },
    };
    Ok(Node { id: 0, at, kind, plain: None })
}

/// Where a part of a text starts in it.
fn offset(part: &str, text: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize).min(text.len())
}

/// The members of a JSON object as they are written, one that stands twice among them.
struct Pairs<'t>(Vec<(&'t RawValue, &'t RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Each)
    }
}

/// A member of a YAML document, whose own place is beside it.
struct Bare(Parts<Spanned<String>, Spanned<Self>>);

impl<'de> Deserialize<'de> for Bare {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyKind(PhantomData)).map(Self)
    }
}

/// A member of a JSON document whose place is not known.
struct Unplaced(Node);

impl<'de> Deserialize<'de> for Unplaced {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let kind = match deserializer.deserialize_any(AnyKind::<String, Self>(PhantomData))? {
            Parts::Scalar(kind) => kind,
            Parts::List(items) => Kind::List(items.into_iter().map(|Self(item)| item).collect()),
            Parts::Map(members) => {
                Kind::Map(members.into_iter().map(|(text, Self(member))| (Key { text, at: 0 }, member)).collect())
            }
        };
        Ok(Self(Node { id: 0, at: 0, kind, plain: None }))
    }
}

/// A member, whose own members are yet as they were read.
enum Parts<K, M> {
    Scalar(Kind),
    List(Vec<M>),
    Map(Vec<(K, M)>),
}

struct AnyKind<K, M>(PhantomData<(K, M)>);

impl<'de, K: Deserialize<'de>, M: Deserialize<'de>> Visitor<'de> for AnyKind<K, M> {
    type Value = Parts<K, M>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Parts::Scalar(Kind::Null))
    }

    fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Parts::Scalar(Kind::Null))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Parts::Scalar(Kind::Bool(value)))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Parts::Scalar(Kind::Unsigned(value)))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Parts::Scalar(u64::try_from(value).map_or(Kind::Signed(value), Kind::Unsigned)))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Parts::Scalar(Kind::Float(value)))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Parts::Scalar(Kind::Text(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Parts::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut map = Vec::new();
        while let Some(member) = members.next_entry()? {
            map.push(member);
        }
        Ok(Parts::Map(map))
    }
}

/// A member of a YAML document with its place, and with its text where it is not quoted.
fn placed(spanned: Spanned<Bare>, text: &str) -> Node {
    // Where an anchored member is written, not where an alias stands for it.
    let span = spanned.defined.span();
    let number = |value: Option<_>| value.and_then(|value: u64| usize::try_from(value).ok());
    let at = number(span.byte_offset()).unwrap_or(0).min(text.len());
    let mut plain = None;
    let kind = match spanned.value.0 {
        Parts::List(items) => Kind::List(items.into_iter().map(|item| placed(item, text)).collect()),
        Parts::Map(members) => {
            let key = |key: Spanned<String>| {
                let at = number(key.defined.span().byte_offset()).unwrap_or(0).min(text.len());
                Key { text: key.value, at }
            };
            Kind::Map(members.into_iter().map(|(name, member)| (key(name), placed(member, text))).collect())
        }
        Parts::Scalar(kind) => {
            let length = number(span.byte_len()).unwrap_or(0);
            let written = text.get(at..at + length).unwrap_or_default().trim_end();
            plain = Some(written).filter(|text| !text.starts_with(['"', '\'', '|', '>', '!', '&'])).map(str::to_owned);
            kind
        }
    };
    Node { id: 0, at, kind, plain }
}
