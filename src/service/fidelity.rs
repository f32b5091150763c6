//! The fidelity ledger: every operation, member and rule, how it is known, and from where.
//!
//! Operations and rules are rows of the code; members are those of the vendor's document, which is made of the types.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::contract::error::Error;
use crate::domain::contract::fidelity::{self, EVERY_SERVICE, LEGEND, Legend};
use crate::domain::contract::lint::{Rule, Standing};
use crate::domain::contract::operation::Operation;
use crate::domain::contract::service::{InService, OutService};
use crate::domain::operations;

/// The vendor's document as it is committed; a test compares it with the generated one.
pub const ATLAS: &str = include_str!("../../openapi/atlas.json");

/// The lines by that document; made when they are asked for first.
static LINES: LazyLock<Result<Vec<Line>, String>> =
    LazyLock::new(|| serde_json::from_str(ATLAS).map(|document| lines(&document)).map_err(|error| error.to_string()));

/// What a line of the ledger is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// An operation.
    Operation,
    /// A parameter of a path, a query or a header.
    Parameter,
    /// A member of a body.
    Member,
    /// How the service behaves.
    Rule,
}

/// One line of the ledger.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Line {
    /// The service, or `token`, `gateway`, `every_service`, `faults`, `lint`: what several of them have.
    pub service: String,
    /// What it is about.
    pub kind: Subject,
    /// The operation by its `operationId`, the parameter as `operationId.parameter`, the member as `Model.member`, the rule
    /// of the lint; null for other rules.
    #[schema(required = true)]
    pub name: Option<String>,
    /// What the sandbox acts on.
    pub statement: String,
    /// How it is known.
    pub standing: Standing,
    /// `true` where sources disagree, or leave more than one reading, and the sandbox takes this one: of all lines these
    /// are the first to check against the real Atlas. `false` where nothing speaks against the line.
    pub decided: bool,
    /// Where it comes from: what that is, and the section of the project's specification.
    pub source: String,
}

/// How many lines of a service are known how.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct StandingCount {
    /// The service.
    pub service: String,
    /// How many are documented.
    pub documented: usize,
    /// How many are observed.
    pub observed: usize,
    /// How many are assumed.
    pub assumed: usize,
    /// How many of them all were decided between sources, or readings.
    pub decided: usize,
}

/// The fidelity ledger, or a part of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ledger {
    /// How much of each service is known how, whatever `standing` and `kind` the call asked for.
    pub counts: Vec<StandingCount>,
    /// Its lines, by service.
    pub entries: Vec<Line>,
    /// What the words of a line say.
    pub standings: Legend,
}

/// Which lines are meant; all if empty.
#[derive(Debug, Default)]
pub struct Wanted<'a> {
    /// By service.
    pub service: Option<&'a str>,
    /// By how it is known.
    pub standing: Option<Standing>,
    /// By what it is about.
    pub kind: Option<Subject>,
}

/// The ledger as it is served: its members are those of the committed document.
///
/// # Errors
/// A service that it has no lines of.
pub fn ledger(wanted: &Wanted<'_>) -> Result<Ledger, Error> {
    let mut lines = LINES.clone().map_err(Error::Internal)?;
    if let Some(service) = wanted.service {
        lines.retain(|line| line.service == service);
        if lines.is_empty() {
            return Err(Error::Invalid(format!("service: expected one of {}, got {service:?}", services().join(", "))));
        }
    }
    let counts = counts(&lines);
    lines.retain(|line| wanted.standing.is_none_or(|standing| standing == line.standing));
    lines.retain(|line| wanted.kind.is_none_or(|kind| kind == line.kind));
    Ok(Ledger { counts, entries: lines, standings: LEGEND })
}

/// All lines, by service; the members are those of the vendor's document.
pub fn lines(document: &Value) -> Vec<Line> {
    let rules = fidelity::rules()
        .map(|rule| line(rule.service, Subject::Rule, None, rule.statement, rule.standing, rule.decided));
    let found = Rule::ALL.iter().map(|rule| {
        let says = format!("Expected is {}.", rule.contract());
        line("lint", Subject::Rule, Some(rule.id()), &says, rule.standing(), false)
    });
    let mut lines: Vec<_> = operations(document)
        .into_iter()
        .chain(parameters(document))
        .chain(members(document))
        .chain(rules)
        .chain(found)
        .collect();
    let order = services();
    let place = |line: &Line| order.iter().position(|service| *service == line.service);
    lines.sort_by_key(|line| (place(line), line.kind as u8));
    lines
}

fn line(service: &str, kind: Subject, name: Option<&str>, statement: &str, standing: Standing, decided: bool) -> Line {
    let source = fidelity::source(service, "", standing, decided);
    let (service, name, statement) = (service.to_owned(), name.map(str::to_owned), statement.to_owned());
    Line { service, kind, name, statement, standing, decided, source }
}

/// Those that lines are about, in the order of the vendor's table.
fn services() -> Vec<&'static str> {
    let called = InService::ALL.iter().map(|service| service.name());
    let calling = OutService::ALL.iter().map(|service| service.name());
    called.chain(calling).chain(["token", "gateway", EVERY_SERVICE, "faults", "lint"]).collect()
}

/// The operations: those that partners call from their rows, those that call partners from the document.
fn operations(document: &Value) -> Vec<Line> {
    let called = operations::all().map(|operation| {
        let place = format!("{} {}", operation.method, operation.path);
        of_operation(operation, Subject::Operation, operation.id, &place)
    });
    let calling = webhooks(document).map(|(service, described)| {
        let standing = Standing::deserialize(&described["x-fidelity"]).unwrap_or(Standing::Assumed);
        let summary = described["summary"].as_str().unwrap_or_default();
        line(service, Subject::Operation, Some(service), summary, standing, false)
    });
    called.chain(calling).collect()
}

/// A line that is known as an operation is.
fn of_operation(operation: &Operation, kind: Subject, name: &str, statement: &str) -> Line {
    let (service, standing) = (operation.service_name(), operation.standing);
    let source = fidelity::source(service, operation.source, standing, false);
    Line { source, ..line(service, kind, Some(name), statement, standing, false) }
}

/// The parameters of the operations, each known as its operation is.
fn parameters(document: &Value) -> Vec<Line> {
    let mut lines = Vec::new();
    for operation in operations::all() {
        let described = &document["paths"][operation.path][operation.method.to_lowercase()]["parameters"];
        for parameter in described.as_array().into_iter().flatten() {
            let name = format!("{}.{}", operation.id, parameter["name"].as_str().unwrap_or_default());
            let statement = parameter["description"].as_str().unwrap_or_default();
            lines.push(of_operation(operation, Subject::Parameter, &name, statement));
        }
    }
    lines
}

fn webhooks(document: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let all = document["webhooks"].as_object().into_iter().flatten();
    all.filter_map(|(_, methods)| Some((methods["put"]["operationId"].as_str()?, &methods["put"])))
}

/// The members of all models, each of the services whose bodies have it.
fn members(document: &Value) -> Vec<Line> {
    let mut lines = Vec::new();
    for (model, services) in models(document) {
        let is_everywhere = InService::ALL.iter().all(|service| services.contains(service.name()));
        let services = if is_everywhere { BTreeSet::from([EVERY_SERVICE]) } else { services };
        let properties = document["components"]["schemas"][model]["properties"].as_object();
        for (name, described) in properties.into_iter().flatten() {
            let name_in = format!("{model}.{name}");
            let variants = described["oneOf"].as_array().into_iter().flatten();
            let mut texts = std::iter::once(described).chain(variants).map(|one| &one["description"]);
            let statement = texts.find_map(Value::as_str).unwrap_or_default();
            for service in &services {
                let standing = fidelity::member(model, name).unwrap_or(Standing::Assumed);
                lines.push(line(service, Subject::Member, Some(&name_in), statement, standing, false));
            }
        }
    }
    lines
}

/// The models that the bodies of each service hold.
fn models(document: &Value) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    let mut add = |service, described| {
        let mut names = BTreeSet::new();
        gather(described, document, &mut names);
        for name in names {
            found.entry(name).or_default().insert(service);
        }
    };
    for operation in operations::all() {
        let described = &document["paths"][operation.path][operation.method.to_lowercase()];
        add(operation.service_name(), described);
    }
    for (service, described) in webhooks(document) {
        add(service, described);
    }
    found
}

/// The names of the schemas that a description refers to, and those that these do.
fn gather<'d>(value: &'d Value, document: &'d Value, names: &mut BTreeSet<&'d str>) {
    match value {
        Value::Object(members) => {
            let named = members.get("$ref").and_then(Value::as_str);
            if let Some(name) = named.and_then(|text| text.strip_prefix("#/components/schemas/"))
                && names.insert(name)
            {
                gather(&document["components"]["schemas"][name], document, names);
            }
            members.values().for_each(|member| gather(member, document, names));
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, document, names)),
        _ => {}
    }
}

fn counts(lines: &[Line]) -> Vec<StandingCount> {
    let mut counts: Vec<StandingCount> = Vec::new();
    for line in lines {
        if counts.last().is_none_or(|count| count.service != line.service) {
            counts.push(StandingCount { service: line.service.clone(), ..StandingCount::default() });
        }
        let Some(count) = counts.last_mut() else { continue };
        match line.standing {
            Standing::Documented => count.documented += 1,
            Standing::Observed => count.observed += 1,
            Standing::Assumed => count.assumed += 1,
        }
        count.decided += usize::from(line.decided);
    }
    counts
}

/// The ledger as a page for people.
pub fn page(document: &Value) -> String {
    let lines = lines(document);
    let mut page = String::from(
        "# What is known of Atlas, and what is assumed\n\nGenerated from the code; `cargo xtask openapi` writes it. \
        A running sandbox serves the same as `GET /_sandbox/fidelity?service=payment&standing=assumed`.\n\n\
        A source ends with the section of the project's specification that has it: `contract` is what is public, \
        `services` the rest, `platform` what stands in front of them, `sandbox` what is ours.\n\n",
    );
    for (word, says) in [
        ("documented", LEGEND.documented),
        ("observed", LEGEND.observed),
        ("assumed", LEGEND.assumed),
        ("decided", LEGEND.decided),
    ] {
        let _infallible = writeln!(page, "- **{word}**: {says}");
    }
    page += "\n| | documented | observed | assumed | assumed of all | decided |\n|---|---|---|---|---|---|\n";
    let counts = counts(&lines);
    for count in &counts {
        page += &row(&format!("[{0}](#{0})", count.service), count);
    }
    let sum = |of: fn(&StandingCount) -> usize| counts.iter().map(of).sum();
    let all = StandingCount {
        service: String::new(),
        documented: sum(|count| count.documented),
        observed: sum(|count| count.observed),
        assumed: sum(|count| count.assumed),
        decided: sum(|count| count.decided),
    };
    page += &row("all", &all);
    for service in lines.chunk_by(|one, other| one.service == other.service) {
        let _infallible = write!(page, "\n## {}\n", service[0].service);
        section(&mut page, service);
    }
    page
}

fn row(name: &str, count: &StandingCount) -> String {
    let StandingCount { documented, observed, assumed, decided, .. } = count;
    let share = 100 * assumed / (documented + observed + assumed).max(1);
    format!("| {name} | {documented} | {observed} | {assumed} | {share} % | {decided} |\n")
}

/// The lines of a service: its operations and rules one by one, its members by model.
fn section(page: &mut String, lines: &[Line]) {
    let of = |kind: Subject| lines.iter().filter(move |line| line.kind == kind);
    let mut blank = "\n";
    for line in of(Subject::Operation) {
        let name = line.name.as_deref().unwrap_or_default();
        let _infallible = writeln!(
            page,
            "{blank}- `{name}`, {}: {} ({})",
            line.statement.trim_end_matches('.'),
            line.standing,
            line.source
        );
        blank = "";
    }
    for (kind, word) in [(Subject::Parameter, "parameters"), (Subject::Member, "members")] {
        let mut blank = "\n";
        let mut parts: BTreeMap<(&str, Standing, &str), Vec<&str>> = BTreeMap::new();
        for line in of(kind) {
            let Some((whole, part)) = line.name.as_deref().and_then(|name| name.split_once('.')) else { continue };
            parts.entry((whole, line.standing, &line.source)).or_default().push(part);
        }
        for ((whole, standing, source), parts) in parts {
            let parts = parts.join("`, `");
            let _infallible = writeln!(page, "{blank}- {word} of {whole}, {standing} ({source}): `{parts}`");
            blank = "";
        }
    }
    blank = "\n";
    for line in of(Subject::Rule) {
        let name = line.name.as_ref().map_or_else(String::new, |name| format!("`{name}`: "));
        let (standing, statement) = (line.standing, &line.statement);
        let decided = if line.decided { ", decided" } else { "" };
        let _infallible = writeln!(page, "{blank}- {name}{statement} **{standing}{decided}** ({})", line.source);
        blank = "";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        serde_json::from_str(ATLAS).expect("JSON")
    }

    #[test]
    fn every_model_of_the_document_is_in_the_ledger_and_no_other() {
        let document = document();
        let schemas = document["components"]["schemas"].as_object().expect("schemas");
        let with_members = schemas.iter().filter(|(_, schema)| schema["properties"].is_object());
        let with_members: BTreeSet<_> = with_members.map(|(name, _)| name.as_str()).collect();
        assert_eq!(with_members, fidelity::models().map(|(model, _)| model).collect());
        for (model, others) in fidelity::models() {
            for name in others {
                assert!(schemas[model]["properties"].get(name).is_some(), "{model} has no member {name}");
            }
        }
        // Each is reached from a body of a service.
        assert_eq!(with_members, models(&document).into_keys().filter(|name| with_members.contains(name)).collect());
    }

    #[test]
    fn every_line_is_of_a_service_that_is_known_and_every_service_has_some() {
        let lines = lines(&document());
        let known: BTreeSet<_> = services().into_iter().collect();
        assert_eq!(lines.iter().map(|line| line.service.as_str()).collect::<BTreeSet<_>>(), known);
        for line in &lines {
            assert!(!line.statement.is_empty(), "{line:?}");
        }
        let total: usize = counts(&lines).iter().map(|count| count.documented + count.observed + count.assumed).sum();
        assert_eq!(total, lines.len());
    }

    #[test]
    fn a_part_of_the_ledger_is_asked_for_by_service_and_standing() {
        let asked = |service, standing| ledger(&Wanted { service, standing, ..Wanted::default() });
        let payment = asked(Some("payment"), Some(Standing::Assumed)).expect("lines");
        assert!(payment.entries.iter().all(|line| line.service == "payment" && line.standing == Standing::Assumed));
        assert_eq!((payment.counts.len(), payment.counts[0].assumed), (1, payment.entries.len()));
        assert!(asked(Some("payment"), Some(Standing::Documented)).expect("lines").entries.is_empty());
        let wrong = asked(Some("parking"), None).expect_err("no such service").to_string();
        assert!(wrong.contains("expected one of getting_started, eligibility,"), "{wrong}");
    }
}
