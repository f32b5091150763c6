//! Clients that generators make of the documents, used against a server. Of the control document: each makes an account,
//! books an exam and reads its notification. Of the vendor's: they book through Booking 1.0.9, or push an eligibility.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use super::{clean, root, run, tool};
use crate::server::{Account, Server, folder};
use crate::token::keys;

/// What the generated client is asked to do.
const ROUND_TRIP: &str = r#"
import sys
from atlas_client import AuthenticatedClient
from atlas_client.api.eligibility import create_eligibility, list_eligibilities, cancel_eligibility
from atlas_client.api.assessment_result import put_booking_result
from atlas_client.models import Candidate, Eligibility, ErrorModel, Result, Outcome

url, account, token = sys.argv[1:4]
client = AuthenticatedClient(base_url=url, token=token, headers={"accept": "application/json"})
body = Eligibility(candidate=Candidate(candidate_id="C1", first_name="Jo", last_name="Doe"), test_code="EXAM1")
made = create_eligibility.sync(account, client=client, body=body)
assert made.status.value == "REG02" and made.eligible_to_schedule, made
refused = create_eligibility.sync(account, client=client, body=body)
assert isinstance(refused, ErrorModel) and "already exists" in refused.error_description, refused
found = list_eligibilities.sync(account, "C1", client=client)
assert [one.psi_eligiblity_id for one in found] == [made.psi_eligiblity_id], found
assert found[0].candidate.first_name == "Jo" and found[0].created_datetime.year >= 2026, found
missing = put_booking_result.sync("NOSUCH00", client=client, body=Result(result=Outcome.PASS, score="87"))
assert isinstance(missing, ErrorModel), missing
assert cancel_eligibility.sync_detailed(account, "C1", "EXAM1", client=client).status_code == 204
assert list_eligibilities.sync(account, "C1", client=client)[0].status.value == "REG03"
print("round trip done")
"#;

/// Makes a client of one of the documents.
#[allow(clippy::disallowed_methods, reason = "the generator finds its formatter on the PATH")]
fn python_client(folder: &Path, document: &str, package: &str) {
    let config = folder.join("config.yml");
    let named = format!("project_name_override: {package}\npackage_name_override: {package}\n");
    std::fs::write(&config, named).expect("a file");
    let tools = root().join("target/tools/bin");
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap_or_default());
    run(Command::new(tool("openapi-python-client"))
        .args(["generate", "--meta", "none", "--overwrite", "--path"])
        .arg(root().join("openapi").join(document).with_extension("json"))
        .arg("--config")
        .arg(&config)
        .arg("--output-path")
        .arg(folder.join(package))
        .env("PATH", path));
    run(Command::new(tool("python")).args(["-m", "compileall", "-q"]).arg(folder.join(package)));
}

#[actix_web::test]
async fn a_client_of_the_vendors_document_goes_round() {
    let folder = folder("client");
    python_client(&folder, "atlas", "atlas_client");
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let script = folder.join("round_trip.py");
    std::fs::write(&script, ROUND_TRIP).expect("a file");
    let mut python = Command::new(tool("python"));
    goes_round(python.arg(&script).args([&server.url, &account.code, &account.token]));
    clean(&folder);
}

/// Where the programs that use the clients are.
fn program(name: &str) -> PathBuf {
    root().join("tests/it/openapi/client").join(name)
}

fn control() -> PathBuf {
    root().join("openapi/control.json")
}

fn atlas() -> PathBuf {
    root().join("openapi/atlas.json")
}

/// What npm installed.
fn npm() -> PathBuf {
    let path = root().join("target/tools/npm/node_modules");
    assert!(path.join(".bin/tsc").exists(), "{} is not complete: run `cargo xtask tools`", path.display());
    path
}

/// Runs a program that uses a client against the shared server.
#[track_caller]
fn goes_round(command: &mut Command) {
    let said = run(command.env("NO_PROXY", "*"));
    assert!(said.contains("round trip done"), "{said}");
}

/// Compiles a program with the client beside it, strictly, and runs it.
#[track_caller]
fn compiles_and_goes_round(folder: &Path, name: &str, arguments: &[&str]) {
    std::fs::copy(program(name), folder.join(name)).expect("a program");
    std::fs::write(folder.join("package.json"), r#"{ "type": "module" }"#).expect("a file");
    std::os::unix::fs::symlink(npm(), folder.join("node_modules")).expect("a link");
    run(Command::new(npm().join(".bin/tsc"))
        .current_dir(folder)
        .args(["--strict", "--target", "es2022", "--lib", "es2022,dom", "--types", "node", "--outDir", "built"])
        .args(["--module", "nodenext", "--moduleResolution", "nodenext", name]));
    let built = folder.join("built").join(name).with_extension("js");
    goes_round(Command::new("node").arg(built).args(arguments));
}

#[actix_web::test]
async fn types_of_openapi_typescript_fit() {
    let folder = folder("typescript");
    run(Command::new(npm().join(".bin/openapi-typescript")).arg(control()).arg("-o").arg(folder.join("control.d.ts")));
    compiles_and_goes_round(&folder, "typescript.ts", &[&Server::shared().url]);
    clean(&folder);
}

/// An account in which it is always the same morning.
async fn frozen(server: &Server) -> Account<'_> {
    server.account(json!({ "clock": { "instant": "2026-03-01T09:00:00Z", "frozen": true } })).await
}

#[actix_web::test]
async fn types_of_openapi_typescript_book_through_booking_1_0_9() {
    let folder = folder("atlas-types");
    let made = folder.join("atlas-types.d.ts");
    run(Command::new(npm().join(".bin/openapi-typescript")).arg(atlas()).arg("-o").arg(made));
    let server = Server::shared();
    let account = frozen(&server).await;
    compiles_and_goes_round(&folder, "atlas.ts", &[&server.url, &account.code, &account.token]);
    clean(&folder);
}

/// Makes a client of the vendor's document with openapi-generator.
fn openapi_generator(folder: &Path, language: &str, properties: &str) {
    run(Command::new(tool("openapi-generator-cli"))
        .args(["generate", "-g", language, "--additional-properties", properties])
        .args([
            "--global-property",
            "apis,models,supportingFiles,apiTests=false,modelTests=false,apiDocs=false,modelDocs=false",
        ])
        .arg("-i")
        .arg(atlas())
        .arg("-o")
        .arg(folder));
}

/// The account, and the keys that it gets a token for.
fn with_keys(command: &mut Command, account: &Account<'_>) {
    let own = keys(account);
    command.args([&*account.code, &own.key, &own.secret, &own.username, &own.password]);
}

#[actix_web::test]
async fn a_client_of_openapi_generator_in_python_books_through_booking_1_0_9() {
    let folder = folder("atlas-python");
    openapi_generator(&folder, "python", "packageName=atlas_client");
    let server = Server::shared();
    let account = frozen(&server).await;
    let mut python = Command::new(tool("python"));
    python.arg(program("booking.py")).arg(&server.url).arg(&folder);
    with_keys(&mut python, &account);
    goes_round(&mut python);
    clean(&folder);
}

/// What the client is compiled against: the generator's own jar has the libraries, Debian the rest (`xtask/src/tools.rs`).
fn class_path(folder: &Path) -> String {
    let find = "import openapi_generator_cli as made; print(made.__path__[0])";
    let jar = run(Command::new(tool("python")).args(["-c", find]));
    let java = "/usr/share/java";
    format!(
        "{}:{}/openapi-generator.jar:{java}/geronimo-annotation-1.3-spec.jar:{java}/httpmime.jar",
        folder.join("built").display(),
        jar.trim()
    )
}

#[actix_web::test]
async fn a_client_of_openapi_generator_in_java_books_through_booking_1_0_9() {
    let folder = folder("atlas-java");
    let packages = "apiPackage=atlas.api,modelPackage=atlas.model,invokerPackage=atlas";
    openapi_generator(&folder, "java", &format!("library=native,openApiNullable=false,{packages}"));
    let (class_path, sources) = (class_path(&folder), folder.join("src/main/java/atlas"));
    let mut javac = Command::new("javac");
    javac.args(["-proc:none", "-nowarn", "-cp", &class_path, "-d"]).arg(folder.join("built"));
    for part in ["", "api", "model"] {
        let files = std::fs::read_dir(sources.join(part)).expect("sources").map(|entry| entry.expect("a file").path());
        javac.args(files.filter(|file| file.extension().is_some_and(|kind| kind == "java")));
    }
    run(javac.arg(program("Booking.java")));
    let server = Server::shared();
    let account = frozen(&server).await;
    let mut java = Command::new("java");
    java.args(["-cp", &class_path, "Booking", &server.url]);
    with_keys(&mut java, &account);
    goes_round(&mut java);
    clean(&folder);
}

#[actix_web::test]
async fn a_client_of_openapi_generator_in_typescript_goes_round() {
    let folder = folder("fetch");
    let made = folder.join("client");
    run(Command::new(tool("openapi-generator-cli"))
        .args(["generate", "-g", "typescript-fetch", "--additional-properties", "importFileExtension=.js", "-i"])
        .arg(control())
        .arg("-o")
        .arg(made));
    compiles_and_goes_round(&folder, "fetch.ts", &[&Server::shared().url]);
    clean(&folder);
}

#[actix_web::test]
async fn a_client_of_openapi_generator_in_python_goes_round() {
    let folder = folder("generator");
    run(Command::new(tool("openapi-generator-cli"))
        .args(["generate", "-g", "python", "--additional-properties", "packageName=control_client", "-i"])
        .arg(control())
        .arg("-o")
        .arg(&folder));
    let mut python = Command::new(tool("python"));
    goes_round(python.arg(program("generator.py")).arg(&Server::shared().url).arg(&folder));
    clean(&folder);
}

#[actix_web::test]
async fn a_client_of_openapi_python_client_goes_round() {
    let folder = folder("python-client");
    python_client(&folder, "control", "control_client");
    let mut python = Command::new(tool("python"));
    goes_round(python.arg(program("python_client.py")).arg(&Server::shared().url).arg(&folder));
    clean(&folder);
}

#[actix_web::test]
async fn models_of_datamodel_code_generator_fit() {
    let folder = folder("models");
    run(Command::new(tool("datamodel-codegen"))
        .args(["--input-file-type", "openapi", "--output-model-type", "pydantic_v2.BaseModel", "--input"])
        .arg(control())
        .arg("--output")
        .arg(folder.join("control_models.py")));
    let mut python = Command::new(tool("python"));
    goes_round(python.arg(program("models.py")).arg(&Server::shared().url).arg(&folder));
    clean(&folder);
}
