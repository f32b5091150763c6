//! What Debian's packages bring.

use std::path::Path;
use std::process::Command;

use crate::run::{Result, output};

/// Installs packages, unless their programs, and their files by path, are there.
///
/// # Errors
/// They cannot be installed: no network, or not the rights to.
pub fn install(programs: &[&str], packages: &[&str]) -> Result {
    let is_there = |name: &&str| {
        if name.starts_with('/') {
            return Path::new(name).exists();
        }
        Command::new("which").arg(name).output().is_ok_and(|found| found.status.success())
    };
    if programs.iter().all(is_there) {
        return Ok(());
    }
    let apt = |arguments: &[&str]| {
        output(Command::new("apt-get").args(["-qq", "-y"]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["update"])?;
    apt(&[&["install", "--no-install-recommends"], packages].concat()).map(drop)
}
