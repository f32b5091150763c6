//! `demo`: starts a sandbox, has the story played against it over real HTTP, and goes on serving where it is asked to.

mod partner;
mod story;

use super::failure::Failure;
use super::output::Output;
use super::serve;
use super::stop_signal::StopSignal;
use crate::config::flags::Flags;

/// The arguments of `demo`.
#[derive(Debug, clap::Args)]
pub struct DemoArguments {
    #[command(flatten)]
    flags: Flags,
    /// Go on serving when the story is told
    #[arg(long)]
    keep: bool,
}

/// Starts everything in one process and plays the story.
pub async fn run(arguments: DemoArguments) -> Result<(), Failure> {
    let mut flags = arguments.flags;
    flags.listen.get_or_insert_with(|| ([127, 0, 0, 1], if arguments.keep { 8080 } else { 0 }).into());
    let config = serve::resolve(flags)?;
    let admin_token = config.admin_token.clone();
    let setup = serve::setup(config)?;
    let mut stop = StopSignal::listen()?;
    let server = serve::start(setup)?;
    let (url, handle) = (server.base_url(), server.handle());
    let running = tokio::spawn(server.run());
    let out = Output::stdout();
    let client = crate::notify::client::build().map_err(Failure::Environment)?.kept;
    let outcome = story::tell(&out, client, &url, admin_token).await;
    if outcome.is_ok() && arguments.keep {
        out.line(&format!("\nThe sandbox goes on serving at {url}; Ctrl-C stops it."));
        stop.received().await;
    }
    handle.stop().await;
    // The server has stopped; the result of its task adds nothing.
    let _stopped = running.await;
    outcome
}
