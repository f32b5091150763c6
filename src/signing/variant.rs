//! The ways a body is often changed between its arrival and its verification.

use serde_json::ser::Formatter;
use serde_json::{Serializer, Value};

/// A change of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyChange {
    /// Parsed and written again.
    Reserialised,
    /// A line break at its end was cut off.
    NewlineTrimmed,
    /// A line break was added at its end.
    NewlineAdded,
}

/// The bodies that this one may have been made from, each with the change.
pub fn originals(body: &[u8]) -> Vec<(BodyChange, Vec<u8>)> {
    let mut found = Vec::new();
    for end in [&b"\n"[..], b"\r\n"] {
        found.push((BodyChange::NewlineTrimmed, [body, end].concat()));
        if let Some(shorter) = body.strip_suffix(end) {
            found.push((BodyChange::NewlineAdded, shorter.to_vec()));
        }
    }
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return found };
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    for value in [&value, &sorted] {
        let texts = [serde_json::to_vec(value).ok(), spaced(value), serde_json::to_vec_pretty(value).ok()];
        found.extend(texts.into_iter().flatten().map(|text| (BodyChange::Reserialised, text)));
    }
    found
}

/// JSON with a space after every comma and colon, as Python writes it.
fn spaced(value: &Value) -> Option<Vec<u8>> {
    use serde::Serialize as _;
    let mut text = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut text, Spaced)).ok()?;
    Some(text)
}

struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + std::io::Write>(&mut self, writer: &mut W, first: bool) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(&mut self, writer: &mut W, first: bool) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(&mut self, writer: &mut W) -> std::io::Result<()> {
        writer.write_all(b": ")
    }
}
