//! The container for real: an engine of its own, the image of the Dockerfile on it, and the compose file.
//!
//! No image registry is asked: what the Dockerfiles start from is made here of Debian's packages. The builder's stand-in
//! has a `cargo` that lays down the binary which `container::build` made with the same command.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::debian;
use crate::run::{Result, output, root, say, target};

/// The most that the image may hold, in bytes.
const IMAGE_BYTES: u64 = 30 * 1000 * 1000;

/// From the start of the container until it is healthy.
const HEALTHY_WITHIN: Duration = Duration::from_secs(3);

/// From SIGTERM until the container has ended.
const ENDED_WITHIN: Duration = Duration::from_secs(1);

/// What Debian calls the engine and what else is needed.
const PACKAGES: [&str; 3] = ["docker.io", "docker-compose", "busybox-static"];

/// The Python of the example partner.
const PYTHON: [&str; 2] = ["python3-minimal", "libpython3-stdlib"];

const IMAGE: &str = "atlas-sandbox:check";

/// A running engine; it ends, and all that it holds goes, when this is dropped.
struct Engine {
    daemon: Child,
    folder: PathBuf,
}

/// Runs the image and the compose file. Where no engine can be started it says so, and fails only in CI.
#[allow(clippy::disallowed_methods, reason = "a switch of the project's own command, no setting of the program")]
pub fn check() -> Result {
    let engine = match Engine::start() {
        Ok(engine) => engine,
        Err(reason) if std::env::var_os("CI").is_some() => return Err(format!("no container engine: {reason}")),
        Err(reason) => {
            say(&format!("left out: the image and the compose file, as no container engine can be started: {reason}"));
            return Ok(());
        }
    };
    engine.make_builder()?;
    engine.make_python()?;
    engine.docker(&["build", "--quiet", "--tag", IMAGE, "."])?;
    engine.judge_image()?;
    engine.judge_life()?;
    engine.compose()
}

impl Engine {
    /// Starts a daemon with all its state in a folder of its own.
    fn start() -> Result<Self> {
        debian::install(&["dockerd", "docker", "docker-compose", "busybox"], &PACKAGES)?;
        let folder = target().join("engine");
        let _old = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let log = fs::File::create(folder.join("log")).map_err(|error| error.to_string())?;
        let socket = format!("unix://{}", folder.join("docker.sock").display());
        let daemon = Command::new("dockerd")
            .arg("--data-root")
            .arg(folder.join("data"))
            .arg("--exec-root")
            .arg(folder.join("exec"))
            .arg("--pidfile")
            .arg(folder.join("pid"))
            .args(["--host", &socket, "--storage-driver", "vfs", "--iptables=false", "--bridge=none"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("dockerd could not be started: {error}"))?;
        let mut engine = Self { daemon, folder };
        let begun = Instant::now();
        while engine.docker(&["info"]).is_err() {
            let is_over = engine.daemon.try_wait().map_err(|error| error.to_string())?.is_some();
            if is_over || begun.elapsed() > Duration::from_secs(30) {
                let log = fs::read_to_string(engine.folder.join("log")).unwrap_or_default();
                let last: Vec<&str> = log.lines().rev().take(3).collect();
                return Err(format!("dockerd does not answer: {}", last.join(" / ")));
            }
        }
        Ok(engine)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let socket = format!("unix://{}", self.folder.join("docker.sock").display());
        command.current_dir(root()).env("DOCKER_HOST", socket).env("DOCKER_BUILDKIT", "0");
        command
    }

    /// What a `docker` command prints.
    fn docker(&self, arguments: &[&str]) -> Result<String> {
        output(self.command("docker").args(arguments))
    }

    /// Makes an image of a folder, which goes.
    fn import(&self, folder: &Path, name: &str, changes: &[&str]) -> Result {
        let mut pack = Command::new("tar")
            .arg("-C")
            .arg(folder)
            .args(["-c", "."])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("tar: {error}"))?;
        let packed = pack.stdout.take().ok_or("tar: no output")?;
        let mut import = self.command("docker");
        import.arg("import");
        for change in changes {
            import.args(["--change", change]);
        }
        output(import.args(["-", name]).stdin(packed))?;
        let packed = pack.wait().map_err(|error| format!("tar: {error}"))?;
        fs::remove_dir_all(folder).map_err(|error| error.to_string())?;
        if packed.success() { Ok(()) } else { Err(format!("tar: {packed}")) }
    }

    /// The stand-in of the Rust image: a shell, and a `cargo` that lays down the binary that was built before.
    fn make_builder(&self) -> Result {
        let folder = self.folder.join("builder");
        let lay = || -> std::io::Result<()> {
            fs::create_dir_all(folder.join("bin"))?;
            fs::copy("/bin/busybox", folder.join("bin/sh"))?;
            symlink("sh", folder.join("bin/mkdir"))?;
            symlink("sh", folder.join("bin/cp"))?;
            fs::copy(target().join("dist/atlas-sandbox"), folder.join("built"))?;
            let cargo = folder.join("bin/cargo");
            fs::write(&cargo, "#!/bin/sh\nmkdir -p target/dist && cp /built target/dist/atlas-sandbox\n")?;
            fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755))
        };
        lay().map_err(|error| format!("the builder's stand-in: {error}"))?;
        self.import(&folder, first_image("Dockerfile")?.as_str(), &["ENV PATH=/bin"])
    }

    /// The image with Python that the example partner starts from.
    fn make_python(&self) -> Result {
        let (folder, archives) = (self.folder.join("python"), self.folder.join("archives"));
        let status = self.folder.join("nothing-installed");
        fs::create_dir_all(archives.join("partial")).map_err(|error| error.to_string())?;
        fs::write(&status, "").map_err(|error| error.to_string())?;
        let mut download = Command::new("apt-get");
        download
            .args(["-qq", "-y", "--no-install-recommends", "--download-only", "-o", "APT::Sandbox::User=root", "-o"])
            .arg(format!("Dir::State::status={}", status.display()))
            .arg("-o")
            .arg(format!("Dir::Cache::archives={}", archives.display()))
            .arg("install")
            .args(PYTHON);
        output(&mut download)?;
        let packages = fs::read_dir(&archives).map_err(|error| error.to_string())?;
        for package in packages.flatten().map(|entry| entry.path()) {
            if package.extension().is_some_and(|ending| ending == "deb") {
                output(Command::new("dpkg").arg("-x").arg(&package).arg(&folder))?;
            }
        }
        self.import(&folder, first_image("examples/partner/Dockerfile")?.as_str(), &["ENV PATH=/usr/bin:/bin"])
    }

    /// How large the image is, and whose it runs as.
    fn judge_image(&self) -> Result {
        let seen = self.docker(&["image", "inspect", "--format", "{{.Size}} {{.Config.User}}", IMAGE])?;
        let (size, user) = seen.split_once(' ').unwrap_or((&seen, ""));
        let bytes: u64 = size.parse().map_err(|_| format!("docker says the image has {size} bytes"))?;
        say(&format!("the image has {}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000));
        if bytes > IMAGE_BYTES {
            return Err(format!("the image has {bytes} bytes, and may have {IMAGE_BYTES}"));
        }
        if user.is_empty() || user.starts_with('0') || user.starts_with("root") {
            return Err(format!("the image runs as root (USER is {user:?})"));
        }
        Ok(())
    }

    /// Starts the image with a root that cannot be written, waits until it is healthy, and stops it as an engine does.
    fn judge_life(&self) -> Result {
        let limits = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--network", "none"];
        let id = self.docker(&[&["create", "--name", "check"], &limits[..], &[IMAGE]].concat())?;
        let begun = Instant::now();
        self.docker(&["start", &id])?;
        while self.docker(&["inspect", "--format", "{{.State.Health.Status}}", &id])? != "healthy" {
            if begun.elapsed() > HEALTHY_WITHIN {
                let log = output(self.command("docker").args(["logs", &id]));
                return Err(format!("not healthy within {HEALTHY_WITHIN:?}: {log:?}"));
            }
        }
        let healthy = begun.elapsed();
        let asked = Instant::now();
        self.docker(&["kill", "--signal", "TERM", &id])?;
        let code = self.docker(&["wait", &id])?;
        let ended = asked.elapsed();
        if code != "0" || ended > ENDED_WITHIN {
            return Err(format!("SIGTERM: exit code {code} after {ended:?}; expected 0 within {ENDED_WITHIN:?}"));
        }
        self.docker(&["rm", &id])?;
        say(&format!(
            "healthy {healthy:.1?} after its start, on a root it cannot write; SIGTERM ends it in {ended:.1?}"
        ));
        Ok(())
    }

    /// Runs the compose file as the README does.
    fn compose(&self) -> Result {
        let compose = |arguments: &[&str]| {
            output(self.command("docker-compose").args(["--project-name", "atlas-sandbox-check"]).args(arguments))
        };
        compose(&["up", "--build", "--exit-code-from", "partner"])?;
        compose(&["down", "--volumes"])?;
        say("docker-compose up --exit-code-from partner ends with 0");
        Ok(())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // By SIGTERM, which takes its containers along.
        let _ended = Command::new("kill").arg(self.daemon.id().to_string()).status();
        let _ended = self.daemon.wait();
        let _gone = fs::remove_dir_all(&self.folder);
    }
}

/// The image of a Dockerfile's first stage.
fn first_image(file: &str) -> Result<String> {
    let text = fs::read_to_string(root().join(file)).map_err(|error| format!("{file}: {error}"))?;
    let named = text.lines().find_map(|line| line.strip_prefix("FROM ")?.split_whitespace().next());
    named.map(str::to_owned).ok_or(format!("{file}: no FROM"))
}
