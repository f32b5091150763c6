//! `openapi`: prints or writes the documents.

use std::path::PathBuf;

use super::failure::Failure;
use super::output::Output;
use crate::app::openapi;

/// The arguments of `openapi`.
#[derive(Debug, clap::Args)]
pub struct OpenapiArguments {
    /// Which document: atlas (the vendor's face) or control
    #[arg(default_value = "atlas", value_parser = ["atlas", "control"])]
    document: String,
    /// Write both documents into this folder instead
    #[arg(long, value_name = "FOLDER")]
    write: Option<PathBuf>,
}

/// Prints or writes.
pub fn run(arguments: &OpenapiArguments) -> Result<(), Failure> {
    let Some(folder) = &arguments.write else {
        let document = if arguments.document == "atlas" { openapi::ATLAS } else { openapi::CONTROL };
        Output::stdout().line(document.trim_end());
        return Ok(());
    };
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::Environment(format!("cannot make {}: {error}", folder.display())))?;
    for (name, document) in [("atlas.json", openapi::ATLAS), ("control.json", openapi::CONTROL)] {
        let path = folder.join(name);
        std::fs::write(&path, document)
            .map_err(|error| Failure::Environment(format!("cannot write {}: {error}", path.display())))?;
    }
    Ok(())
}
