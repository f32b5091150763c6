//! The operations of a document, called by their names, and which statuses of theirs were reached.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::action::text;
use crate::server::{Account, Server, send};

/// The name of an operation, and a status.
type Pair = (String, u16);

/// An operation of the document, and where it is.
pub struct Operation {
    method: Method,
    pub path: String,
    pub described: Value,
}

impl Operation {
    fn promises(&self, status: u16) -> bool {
        self.described["responses"].get(status.to_string()).is_some()
    }

    /// The name of the first query parameter that `x` does not fit.
    pub fn strict_parameter(&self) -> Option<&str> {
        let parameters = self.described["parameters"].as_array()?;
        let names = || parameters.iter().filter_map(|parameter| parameter["name"].as_str());
        ["limit", "secrets", "key_type", "for", "standing"].into_iter().find(|name| names().any(|known| known == *name))
    }
}

/// All operations of the document, and which statuses of theirs were reached.
pub struct Tour {
    pub operations: BTreeMap<String, Operation>,
    pub reached: BTreeSet<Pair>,
}

impl Tour {
    /// The control document as it is committed.
    pub fn start() -> Self {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/control.json");
        let document: Value =
            serde_json::from_str(&std::fs::read_to_string(file).expect("the document")).expect("JSON");
        let mut operations = BTreeMap::new();
        for (path, methods) in document["paths"].as_object().expect("paths") {
            for (method, described) in methods.as_object().expect("methods") {
                let method = method.to_uppercase().parse().expect("a method");
                let operation = Operation { method, path: path.clone(), described: described.clone() };
                operations.insert(text(described, "operationId").to_owned(), operation);
            }
        }
        Self { operations, reached: BTreeSet::new() }
    }

    /// Every operation that promises a status.
    pub fn promising(&self, status: u16) -> Vec<String> {
        self.operations
            .iter()
            .filter(|(_, operation)| operation.promises(status))
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// A call of an operation: `name=value` and so on, into the path where it has the name, else into the query.
    pub fn call(&self, server: &Server, name: &str, values: &str) -> RequestBuilder {
        let operation = self.operations.get(name).unwrap_or_else(|| panic!("no operation {name}"));
        let (mut path, mut query) = (operation.path.clone(), Vec::new());
        for (name, value) in values.split('&').filter_map(|pair| pair.split_once('=')) {
            let placeholder = format!("{{{name}}}");
            if path.contains(&placeholder) {
                path = path.replace(&placeholder, value);
            } else if name != "account_code" {
                query.push(format!("{name}={value}"));
            }
        }
        // What nobody names is named so that nothing has the name.
        while let (Some(begin), Some(end)) = (path.find('{'), path.find('}')) {
            path.replace_range(begin..=end, "NOSUCH");
        }
        server.request(operation.method.clone(), &format!("{path}?{}", query.join("&")))
    }

    /// Sends a call that shall end so, and notes that it did.
    pub async fn reach(&mut self, name: &str, status: u16, request: RequestBuilder) -> Value {
        let answer = send(request).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.text);
        self.reached.insert((name.to_owned(), status));
        serde_json::from_str(&answer.text).unwrap_or_default()
    }

    /// A call whose answer goes on for ever: that it begins is enough.
    pub async fn open(&mut self, name: &str, status: u16, request: RequestBuilder) {
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), status, "{name}");
        self.reached.insert((name.to_owned(), status));
    }

    /// A call in an account that shall end so.
    pub async fn send(&mut self, account: &Account<'_>, status: u16, name: &str, values: &str, body: Value) -> Value {
        let request = self.call(account.server, name, &format!("account_code={}&{values}", account.code));
        let request = if body.is_null() { request } else { request.json(&body) };
        self.reach(name, status, request).await
    }

    /// A call in an account that shall end with 200.
    pub async fn get(&mut self, account: &Account<'_>, name: &str, values: &str) -> Value {
        self.send(account, 200, name, values, Value::Null).await
    }

    /// What was promised and not reached, and what was reached and not promised.
    pub fn missed(&self) -> (BTreeSet<Pair>, BTreeSet<Pair>) {
        let promised = self.operations.iter().flat_map(|(name, operation)| {
            let statuses = operation.described["responses"].as_object().expect("responses").keys();
            statuses.map(|status| (name.clone(), status.parse().expect("a status")))
        });
        let promised: BTreeSet<Pair> = promised.collect();
        let without = |some: &BTreeSet<_>, others| some.difference(others).cloned().collect();
        (without(&promised, &self.reached), without(&self.reached, &promised))
    }
}
