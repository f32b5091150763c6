//! Port files: each holds the port of its own server, from the start of the process to its end, and nothing else.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::config::layer;

/// The port files of a process, with the settings that name them.
#[derive(Debug)]
pub struct PortFiles(Vec<(&'static str, PathBuf)>);

impl PortFiles {
    /// Takes over the files that are asked for. What an earlier server left in them goes at once: who waits for a file
    /// must not find the port of a server that is gone.
    pub fn take<const N: usize>(asked: [(&'static str, Option<PathBuf>); N]) -> Self {
        let files = Self(asked.into_iter().filter_map(|(setting, path)| Some((setting, path?))).collect());
        files.remove();
        files
    }

    /// Writes the port that was bound into the file of a setting, where there is one.
    pub fn write(&self, setting: &str, port: Option<u16>) -> Result<(), Failure> {
        let file = self.0.iter().find(|(name, _)| *name == setting);
        let (Some((_, path)), Some(port)) = (file, port) else { return Ok(()) };
        // Beside it and renamed, so that nobody reads half of it.
        let part = part(path);
        std::fs::write(&part, format!("{port}\n"))
            .and_then(|()| std::fs::rename(&part, path))
            .map_err(|error| format!("{}: cannot write {}: {error}", layer::origin(setting), path.display()))
            .map_err(Failure::Environment)
    }

    fn remove(&self) {
        for (_, path) in &self.0 {
            // They may not be there.
            let _gone = std::fs::remove_file(path);
            let _gone = std::fs::remove_file(part(path));
        }
    }
}

impl Drop for PortFiles {
    fn drop(&mut self) {
        self.remove();
    }
}

fn part(path: &Path) -> PathBuf {
    path.with_extension("part")
}
