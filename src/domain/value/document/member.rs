//! Reads the members of a tree as their types ask for them.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use serde::de::value::{CowStrDeserializer, MapAccessDeserializer, StrDeserializer, StringDeserializer};
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor};

use super::marks::{COUNT, MOST_ALIKE, Marks};
use super::misread::{Misread, Spot};
use super::number::Filling;
use super::objects;
use super::supplied::Supplied;
use super::tree::{Key, Kind, Node, Tree};
use super::words::listed;
use crate::domain::value::whole;

/// A member that is being read, as its document is marked.
#[derive(Clone, Copy)]
pub struct Member<'de> {
    node: &'de Node,
    marks: &'de Marks,
    is_top: bool,
    /// Which of several alike it is a part of.
    n: Option<u32>,
}

impl<'de> Member<'de> {
    /// The document itself.
    pub fn top(tree: &'de Tree, marks: &'de Marks) -> Self {
        Self { node: &tree.root, marks, is_top: true, n: None }
    }

    fn below(self, node: &'de Node) -> Self {
        Self { node, is_top: false, ..self }
    }

    /// A text of it, with its number.
    fn filled(self, text: &'de str) -> Cow<'de, str> {
        self.n.map_or(Cow::Borrowed(text), |n| Filling { account: None, n }.text(text))
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
        let supplied = self.marks.supplied.get(&self.node.id).map(Vec::as_slice).unwrap_or_default();
        Members { member: self, rest: members.iter(), supplied: supplied.iter(), is_object, value: None }
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
            Kind::Text(text) => match self.filled(text) {
                Cow::Borrowed(text) => visitor.visit_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            },
            Kind::List(_) if objects::is_tagged(&visitor) => Err(Misread::of(&self.unexpected(), &"an object")),
            Kind::List(items) => visitor.visit_seq(Items { member: self, rest: items.iter(), alike: None }),
            Kind::Map(members) => visitor.visit_map(self.members(members, is_object)),
        })
    }

    fn object<V: Visitor<'de>>(self, visitor: V, is_object: bool) -> Result<V::Value, Misread> {
        match &self.node.kind {
            Kind::List(_) => self.place(|| Err(Misread::of(&self.unexpected(), &"an object"))),
            _ => self.any(visitor, is_object),
        }
    }

    /// A number that was written with zeros before it, or with the number of several alike in it, is a text, except where
    /// a number is wanted.
    fn number<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        match (&self.node.kind, &self.node.plain) {
            (Kind::Text(_), Some(plain)) if plain.parse::<u64>().is_ok() => {
                let number = plain.parse().unwrap_or_default();
                self.place(|| visitor.visit_u64(number))
            }
            (Kind::Text(text), _) => match self.filled(text) {
                Cow::Borrowed(_) => self.any(visitor, true),
                Cow::Owned(filled) => self.place(|| match (filled.parse(), filled.parse()) {
                    (Ok(number), _) => visitor.visit_u64(number),
                    (_, Ok(number)) => visitor.visit_f64(number),
                    _ => visitor.visit_string(filled),
                }),
            },
            _ => self.any(visitor, true),
        }
    }

    /// A whole number, which may be written with a fraction of zero.
    fn whole<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        match self.node.kind {
            Kind::Float(value) => match whole::of(value) {
                Some(number) => self.place(|| visitor.visit_i64(number)),
                None => self.number(visitor),
            },
            _ => self.number(visitor),
        }
    }
}

macro_rules! numbers {
    ($read:ident: $($name:ident)*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
            self.$read(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Member<'de> {
    type Error = Misread;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        if matches!(self.node.kind, Kind::Map(_)) && objects::is_tagged(&visitor) {
            self.marks.buffered.borrow_mut().insert(self.node.id);
        }
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

    /// The tag of a variant: by its name, never by its place in the list of variants, which a number would say.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        match (&self.node.kind, &self.node.plain) {
            (Kind::Unsigned(_), None) => self.place(|| Err(Misread::of(&self.unexpected(), &"a text"))),
            _ => self.deserialize_str(visitor),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        self.deserialize_str(visitor)
    }

    /// At most what the documents' `int32` has.
    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        let most = u64::from(whole::MOST);
        let is_more = match self.node.kind {
            Kind::Unsigned(value) => value > most,
            Kind::Float(value) => whole::of(value).is_some_and(|value| value > most.cast_signed()),
            _ => false,
        };
        if is_more { self.place(|| Err(Misread::of(&self.unexpected(), &visitor))) } else { self.whole(visitor) }
    }

    numbers! { whole: deserialize_u8 deserialize_u16 deserialize_u64 deserialize_u128 deserialize_i8
    deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 }

    numbers! { number: deserialize_f32 deserialize_f64 }

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
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misread> {
        let named = |name: String| -> StringDeserializer<Misread> { name.into_deserializer() };
        self.place(|| match (&self.node.kind, &self.node.plain) {
            (Kind::Text(text), _) => visitor.visit_enum(named(self.filled(text).into_owned())),
            (Kind::Bool(_) | Kind::Unsigned(_) | Kind::Signed(_) | Kind::Float(_), Some(plain)) => {
                visitor.visit_enum(named(plain.clone()))
            }
            (Kind::Map(members), _) if members.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(self.members(members, false)))
            }
            _ => Err(Misread::of(&self.unexpected(), &format!("a text, {}", listed(variants)).as_str())),
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
    /// An item that stands for several, and which of them are still to come.
    alike: Option<(&'de Node, RangeInclusive<u32>)>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Misread;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misread> {
        let marks = self.member.marks;
        let member = loop {
            if let Some((item, numbers)) = &mut self.alike
                && let Some(n) = numbers.next()
            {
                let Some(room) = marks.room.get().checked_sub(1) else {
                    let expected = format!("at most {MOST_ALIKE} items by count in a document");
                    let wrong = Misread::new(format!("expected {expected}, got more"), Some(expected));
                    return Err(wrong.within(Spot::Value(item.id)));
                };
                marks.room.set(room);
                break Member { n: Some(n), ..self.member.below(item) };
            }
            match self.rest.find(|item| !marks.left_out.contains(&item.id)) {
                Some(item) if marks.spread.contains(&item.id) => self.alike = Some((item, 1..=marks.times(item))),
                Some(item) => break self.member.below(item),
                None => return Ok(None),
            }
        };
        member.place(|| seed.deserialize(member)).map(Some)
    }
}

/// The members of a mapping.
struct Members<'de> {
    member: Member<'de>,
    rest: std::slice::Iter<'de, (Key, Node)>,
    /// The keys that stand in for missing ones.
    supplied: std::slice::Iter<'de, &'static str>,
    is_object: bool,
    value: Option<&'de Node>,
}

impl Members<'_> {
    fn is_read(&self, key: &Key, node: &Node) -> bool {
        let is_ignored = self.is_object && key.text.starts_with("x-");
        let is_schema = self.member.is_top && key.text == "$schema" && matches!(node.kind, Kind::Text(_));
        let marks = self.member.marks;
        let is_count = key.text == COUNT && marks.spread.contains(&self.member.node.id);
        !is_ignored && !is_schema && !is_count && !marks.left_out.contains(&node.id)
    }
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = Misread;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misread> {
        while let Some((key, node)) = self.rest.next() {
            if self.is_read(key, node) {
                self.value = Some(node);
                let name = self.member.filled(&key.text);
                let name: CowStrDeserializer<'_, Misread> = name.into_deserializer();
                return seed.deserialize(name).map(Some).map_err(|wrong| wrong.within(Spot::Key(node.id)));
            }
        }
        self.value = None;
        self.supplied.next().map(|name| seed.deserialize(StrDeserializer::<Misread>::new(name))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misread> {
        match self.value.take() {
            Some(node) => {
                let member = self.member.below(node);
                member.place(|| seed.deserialize(member))
            }
            None => seed.deserialize(Supplied).map_err(|wrong| Misread { is_supplied: true, ..wrong }),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::fixture::given::Given;
    use crate::domain::value::document::{DocumentFormat, Mistake, read};

    fn refused(text: &str, format: DocumentFormat) -> Mistake {
        read::<Given>(text, format).expect_err(text)
    }

    #[test]
    fn a_whole_number_may_have_a_fraction_of_zero() {
        for (text, format) in [
            (r#"{"seed": 7.0}"#, DocumentFormat::Json),
            (r#"{"seed": 0.7e1}"#, DocumentFormat::Json),
            ("seed: 7.0", DocumentFormat::Yaml),
        ] {
            assert_eq!(read::<Given>(text, format).expect(text).seed, Some(7));
        }
        let wrong = refused(r#"{"seed": 7.5}"#, DocumentFormat::Json);
        assert_eq!(wrong.to_string(), "seed: expected a whole number from 0 up, got 7.5");
        assert!(read::<Given>(r#"{"seed": -7.0}"#, DocumentFormat::Json).is_err());
    }

    #[test]
    fn a_count_is_no_more_than_clients_can_hold_and_a_variant_is_named() {
        for (text, told) in [
            (
                r#"{"catalog": {"tests": [{"test_code": "A", "max_attempts": 2147483648}]}}"#,
                "catalog.tests[0].max_attempts: expected a whole number from 0 to 2147483647, got 2147483648",
            ),
            (
                r#"{"catalog": {"tests": [{"test_code": "A", "max_attempts": 2147483648.0}]}}"#,
                "catalog.tests[0].max_attempts: expected a whole number from 0 to 2147483647, got 2147483648",
            ),
            (
                r#"{"subscriptions": {"booking_notification": {"url": "inbox:a", "signing": {"type": 0}}}}"#,
                "subscriptions.booking_notification.signing.type: expected a text, got 0",
            ),
        ] {
            assert_eq!(refused(text, DocumentFormat::Json).to_string(), told);
        }
    }
}
