//! Shapes the schemas of a document as generators of clients take them: flat objects, named variants, no defaults, nothing
//! that is not referred to.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Shapes the schemas of an OpenAPI document.
pub fn make_plain(document: &mut Value) {
    flatten(document, "/components/schemas");
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        name_variants(schemas);
        schemas.values_mut().for_each(tell_defaults);
    }
    prune(document);
}

/// Writes an object that is made of others as one object, wherever it stands.
///
/// utoipa writes what serde flattens, and a variant of a tagged union, as an `allOf` of the other's schema and the rest.
/// A closed schema among them would refuse what the rest adds, and generators do not agree on what such a pair is.
pub fn flatten(document: &mut Value, schemas: &str) {
    let known = document.pointer(schemas).cloned().unwrap_or_default();
    flatten_in(document, &known);
}

fn flatten_in(value: &mut Value, known: &Value) {
    match value {
        Value::Object(members) => {
            if let Some(whole) = whole(members, known) {
                *members = whole;
            }
            members.values_mut().for_each(|value| flatten_in(value, known));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| flatten_in(value, known)),
        _ => {}
    }
}

/// The object that an `allOf` of objects makes; `None` for any other schema.
fn whole(schema: &Map<String, Value>, known: &Value) -> Option<Map<String, Value>> {
    let parts = schema.get("allOf")?.as_array()?;
    let (mut properties, mut required, mut is_closed, mut is_open) = (Map::new(), Vec::new(), false, false);
    for part in parts {
        let mut part = object(part.as_object()?, known)?;
        match part.remove("properties") {
            Some(Value::Object(more)) => properties.extend(more),
            // An object of which nothing is told: a map.
            _ => is_open = true,
        }
        if let Some(Value::Array(more)) = part.remove("required") {
            required.extend(more);
        }
        is_closed |= part.get("additionalProperties") == Some(&json!(false));
    }
    let mut whole = Map::from_iter([("type".to_owned(), json!("object"))]);
    whole.extend(
        schema.iter().filter(|(keyword, _)| *keyword != "allOf").map(|(name, value)| (name.clone(), value.clone())),
    );
    if !required.is_empty() {
        whole.insert("required".to_owned(), required.into());
    }
    whole.insert("properties".to_owned(), properties.into());
    if is_closed || is_open {
        whole.insert("additionalProperties".to_owned(), json!(!is_closed));
    }
    Some(whole)
}

/// A part of an `allOf`, where it is an object, or refers to one.
fn object(part: &Map<String, Value>, known: &Value) -> Option<Map<String, Value>> {
    let part = match part.get("$ref").and_then(Value::as_str) {
        Some(reference) => known.get(name(reference))?.as_object()?,
        None => part,
    };
    whole(part, known).or_else(|| (part.get("type")? == "object").then(|| part.clone()))
}

/// The last part of a reference.
fn name(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or_default()
}

/// Gives each variant of a tagged union a name, and the union a discriminator: else each generator makes up its own.
fn name_variants(schemas: &mut Map<String, Value>) {
    let unions: Vec<_> = schemas.iter().filter_map(|(name, schema)| Some((name.clone(), tag(schema)?))).collect();
    for (union, tag) in unions {
        let Some(Value::Array(variants)) = schemas.get_mut(&union).map(|schema| schema["oneOf"].take()) else {
            continue;
        };
        let (mut references, mut mapping) = (Vec::new(), Map::new());
        for variant in variants {
            let value = variant["properties"][&tag]["enum"][0].as_str().unwrap_or_default().to_owned();
            let name = union.clone() + &in_pascal_case(&value);
            let reference = format!("#/components/schemas/{name}");
            references.push(json!({ "$ref": reference }));
            mapping.insert(value, reference.into());
            schemas.insert(name, variant);
        }
        schemas[&union]["oneOf"] = references.into();
        schemas[&union]["discriminator"] = json!({ "propertyName": tag, "mapping": mapping });
    }
}

/// The member that tells the variants of a union apart: in each it has a value of its own.
fn tag(schema: &Value) -> Option<String> {
    let variants = schema["oneOf"].as_array()?;
    let mut members = variants.first()?["properties"].as_object()?.keys();
    let is_tag = |member: &str| {
        variants.iter().all(|one| matches!(one["properties"][member]["enum"].as_array(), Some(only) if only.len() == 1))
    };
    members.find(|member| is_tag(member)).cloned()
}

fn in_pascal_case(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    words
        .flat_map(|word| {
            word.chars().enumerate().map(|(at, letter)| if at == 0 { letter.to_ascii_uppercase() } else { letter })
        })
        .collect()
}

/// Tells the defaults of members in words: many a generator takes a member that has one for a member that is always there,
/// so that callers must send it.
fn tell_defaults(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(default) = members.get("default").and_then(told) {
                let described = members.get("description").and_then(Value::as_str).map(|text| format!("{text} "));
                let described = described.unwrap_or_default() + &default;
                members.insert("description".to_owned(), described.into());
            }
            members.retain(|keyword, _| keyword != "default");
            for (keyword, value) in members {
                match (keyword.as_str(), value) {
                    ("example" | "enum" | "required", _) => {}
                    // Their members are names, not keywords.
                    ("properties", Value::Object(named)) => named.values_mut().for_each(tell_defaults),
                    (_, value) => tell_defaults(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(tell_defaults),
        _ => {}
    }
}

/// A default in words; `None` where it says no more than that nothing is there.
fn told(default: &Value) -> Option<String> {
    let text = match default {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    (!matches!(text.as_str(), "" | "[]" | "{}")).then(|| format!("`{text}` if absent."))
}

/// Drops the schemas that nothing refers to.
fn prune(document: &mut Value) {
    loop {
        let mut used = BTreeSet::new();
        references(document, &mut used);
        let Some(schemas) = document["components"]["schemas"].as_object_mut() else { return };
        let before = schemas.len();
        schemas.retain(|name, _| used.contains(name));
        if schemas.len() == before {
            return;
        }
    }
}

fn references(value: &Value, used: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            used.extend(members.get("$ref").and_then(Value::as_str).map(|reference| name(reference).to_owned()));
            members.values().for_each(|value| references(value, used));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, used)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(name: &str) -> Value {
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    #[test]
    fn an_object_made_of_others_is_one_object() {
        let closed =
            json!({ "type": "object", "required": ["a"], "properties": { "a": {} }, "additionalProperties": false });
        let rest = json!({ "type": "object", "required": ["b"], "properties": { "b": {} } });
        let pair = json!({ "allOf": [reference("Closed"), rest], "description": "Both." });
        let mut document = json!({ "components": { "schemas": {
            "Closed": closed, "Pair": pair, "List": { "items": { "allOf": [reference("Pair")] } },
            "Other": { "allOf": [{ "type": "string" }, { "maxLength": 3 }] }
        } } });
        flatten(&mut document, "/components/schemas");
        let schemas = &document["components"]["schemas"];
        let mut whole = json!({
            "type": "object", "description": "Both.", "required": ["a", "b"], "properties": { "a": {}, "b": {} },
            "additionalProperties": false
        });
        assert_eq!(schemas["Pair"], whole);
        whole.as_object_mut().map(|whole| whole.remove("description"));
        assert_eq!(schemas["List"]["items"], whole);
        assert!(schemas["Other"]["allOf"].is_array(), "{schemas}");
    }

    #[test]
    fn a_variant_has_a_name_and_the_union_tells_it_by_its_tag() {
        let variant =
            |tag: &str| json!({ "type": "object", "properties": { "type": { "type": "string", "enum": [tag] } } });
        let mut document = json!({
            "Kind": { "oneOf": [variant("none"), variant("standard-webhooks")] },
            "Text": { "oneOf": [{ "type": "string" }, { "type": "number" }] }
        });
        let schemas = document.as_object_mut().expect("an object");
        name_variants(schemas);
        assert_eq!(schemas.keys().collect::<Vec<_>>(), ["Kind", "Text", "KindNone", "KindStandardWebhooks"]);
        assert_eq!(schemas["Kind"]["oneOf"], json!([reference("KindNone"), reference("KindStandardWebhooks")]));
        let mapping = &schemas["Kind"]["discriminator"]["mapping"];
        assert_eq!(mapping["standard-webhooks"], "#/components/schemas/KindStandardWebhooks");
        assert_eq!(schemas["KindNone"], variant("none"));
    }

    #[test]
    fn a_default_is_told_in_words() {
        let mut schema = json!({ "properties": {
            "default": { "type": "string", "description": "A name.", "default": "30m" },
            "count": { "type": "integer", "default": 3 },
            "list": { "type": "array", "default": [] }
        }, "default": {} });
        tell_defaults(&mut schema);
        assert_eq!(
            schema,
            json!({ "properties": {
            "default": { "type": "string", "description": "A name. `30m` if absent." },
            "count": { "type": "integer", "description": "`3` if absent." },
            "list": { "type": "array" }
        } })
        );
    }

    #[test]
    fn what_nothing_refers_to_is_dropped() {
        let mut document = json!({
            "paths": { "/": reference("Used") },
            "components": { "schemas": { "Used": { "items": reference("Inner") }, "Inner": {}, "Old": reference("Older"), "Older": {} } }
        });
        prune(&mut document);
        assert_eq!(document["components"]["schemas"].as_object().map(Map::len), Some(2));
    }
}
