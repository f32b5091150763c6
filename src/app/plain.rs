//! Schemas as generators of clients read them best: unions of plain objects, a name for what a page lists, no defaults.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Makes the schemas of an OpenAPI document plain.
pub fn make_plain(document: &mut Value) {
    merge_tags(document, "/components/schemas");
    name_bodies(&mut document["paths"]);
    name_items(&mut document["components"]["schemas"]);
    drop_defaults(&mut document["components"]["schemas"]);
    drop_unused(document);
}

/// Puts the tag of each variant of a tagged union among the variant's own members: derived schemas have a pair instead,
/// of the variant's schema and the tag.
pub fn merge_tags(document: &mut Value, schemas: &str) {
    let known = document.pointer(schemas).cloned().unwrap_or_default();
    each_object(document, &mut |members| {
        let pair = members.get("allOf").and_then(Value::as_array).map(Vec::as_slice);
        let Some([named, tag]) = pair else { return };
        let name = named["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()).unwrap_or_default();
        let Some(variant) = known[name].as_object() else { return };
        let mut merged = variant.clone();
        if let Some(description) = named.get("description") {
            merged.insert("description".to_owned(), description.clone());
        }
        merged["properties"].as_object_mut().into_iter().zip(tag["properties"].as_object()).for_each(|(all, more)| {
            all.extend(more.clone());
        });
        let required = |schema: &Value| schema["required"].as_array().cloned().unwrap_or_default();
        let all = [required(&known[name]), required(tag)].concat();
        merged.insert("required".to_owned(), Value::Array(all));
        *members = merged;
    });
}

/// Refers to the body alone where it may be left out, which `required` says.
fn name_bodies(paths: &mut Value) {
    each_object(paths, &mut |members| {
        let Some(body) = members.get_mut("requestBody") else { return };
        for content in body["content"].as_object_mut().into_iter().flat_map(Map::values_mut) {
            if let Some([named, null]) = content["schema"]["oneOf"].as_array().map(Vec::as_slice)
                && null["type"] == "null"
            {
                content["schema"] = named.clone();
            }
        }
    });
}

/// Names the items of pages: a page of bookings refers to the booking.
fn name_items(schemas: &mut Value) {
    let Some(schemas) = schemas.as_object_mut() else { return };
    let mut items = Map::new();
    for (page, schema) in schemas.iter_mut() {
        let Some(name) = page.strip_prefix("Page_") else { continue };
        let item = &mut schema["properties"]["items"]["items"];
        if item.get("properties").is_some() {
            items.insert(name.to_owned(), item.take());
            *item = json!({ "$ref": format!("#/components/schemas/{name}") });
        }
    }
    for (name, item) in items {
        schemas.entry(name).or_insert(item);
    }
}

/// Says what a member is where it is left out in its description: generators send a default, or make the member's type
/// one that may be missing.
fn drop_defaults(schemas: &mut Value) {
    each_object(schemas, &mut |members| {
        let Some(properties) = members.get_mut("properties").and_then(Value::as_object_mut) else { return };
        for member in properties.values_mut().filter_map(Value::as_object_mut) {
            let Some(default) = member.remove("default") else { continue };
            let is_told = match &default {
                Value::Null => false,
                Value::Array(items) => !items.is_empty(),
                Value::Object(members) => !members.is_empty(),
                _ => true,
            };
            if let Some(Value::String(description)) = member.get_mut("description").filter(|_| is_told) {
                *description = format!("{} Where it is left out: `{default}`.", description.trim_end());
            }
        }
    });
}

/// Drops the schemas that nothing refers to.
fn drop_unused(document: &mut Value) {
    let mut used = BTreeSet::new();
    let mut open = Vec::new();
    for group in ["paths", "webhooks"] {
        references(&document[group], &mut open);
    }
    while let Some(name) = open.pop() {
        if used.insert(name.clone()) {
            references(&document["components"]["schemas"][&name], &mut open);
        }
    }
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.retain(|name, _| used.contains(name));
    }
}

/// The names of the schemas that a value refers to.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let name = members.get("$ref").and_then(Value::as_str).and_then(|reference| reference.rsplit('/').next());
            found.extend(name.map(str::to_owned));
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// Visits every object of a document, the inner ones last.
fn each_object(value: &mut Value, visit: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            visit(members);
            members.values_mut().for_each(|value| each_object(value, visit));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| each_object(value, visit)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(schemas: &Value, used: &str) -> Value {
        let reference = json!({ "$ref": format!("#/components/schemas/{used}") });
        json!({ "paths": { "/": reference }, "components": { "schemas": schemas } })
    }

    #[test]
    fn a_variant_has_its_tag_among_its_members() {
        let tag = json!({ "type": "object", "required": ["type"], "properties": { "type": { "enum": ["a"] } } });
        let schemas = json!({
            "Union": { "oneOf": [{ "allOf": [{ "$ref": "#/components/schemas/A", "description": "An a." }, tag] }] },
            "A": { "type": "object", "required": ["x"], "properties": { "x": {} }, "additionalProperties": false },
        });
        let mut plain = document(&schemas, "Union");
        make_plain(&mut plain);
        let expected = json!({ "Union": { "oneOf": [{
            "type": "object", "description": "An a.", "required": ["x", "type"], "additionalProperties": false,
            "properties": { "x": {}, "type": { "enum": ["a"] } },
        }] } });
        assert_eq!(plain["components"]["schemas"], expected);
    }

    #[test]
    fn what_a_page_lists_has_a_name() {
        let booking = json!({ "type": "object", "properties": { "code": { "$ref": "#/components/schemas/Code" } } });
        let page = |items: Value| json!({ "properties": { "items": { "type": "array", "items": items } } });
        let schemas = json!({ "Page_Booking": page(booking.clone()), "Code": {}, "Other": {} });
        let mut plain = document(&schemas, "Page_Booking");
        make_plain(&mut plain);
        let named = page(json!({ "$ref": "#/components/schemas/Booking" }));
        assert_eq!(plain["components"]["schemas"], json!({ "Page_Booking": named, "Booking": booking, "Code": {} }));
    }

    #[test]
    fn a_default_is_told_and_not_given() {
        for (default, description) in [
            (json!(null), "How long."),
            (json!([]), "How long."),
            (json!({}), "How long."),
            (json!("5s"), "How long. Where it is left out: `\"5s\"`."),
            (json!(false), "How long. Where it is left out: `false`."),
        ] {
            let member = json!({ "type": "string", "description": "How long.", "default": default });
            let mut plain = document(&json!({ "Wait": { "properties": { "timeout": member } } }), "Wait");
            make_plain(&mut plain);
            let expected = json!({ "type": "string", "description": description });
            assert_eq!(plain["components"]["schemas"]["Wait"]["properties"]["timeout"], expected);
        }
    }
}
