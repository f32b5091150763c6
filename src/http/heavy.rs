//! Long computations, which must not keep a worker from its other calls.

use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

/// How many run at a time; more wait for their turn.
static TURNS: Semaphore = Semaphore::const_new(2);

/// What is shorter than this, in bytes, is computed faster than it is handed over.
pub const LONG: usize = 64 * 1024;

/// Computes on a thread of its own. A panic goes on in the caller.
pub async fn compute<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    // Never closed.
    let _turn = TURNS.acquire().await;
    elsewhere(work).await
}

/// The same without a turn, for what spends its time waiting.
pub async fn elsewhere<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime stops, and the caller with it.
            Err(_cancelled) => std::future::pending().await,
        },
    }
}

/// The same for a use case, which waits for nothing in memory.
pub async fn run<T: Send + 'static>(work: BoxFuture<'static, T>) -> T {
    let runtime = Handle::current();
    compute(move || runtime.block_on(work)).await
}

#[cfg(test)]
mod tests {
    use std::thread;

    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_computation_runs_elsewhere_and_its_panic_comes_back() {
        let here = thread::current().id();
        assert_ne!(compute(|| thread::current().id()).await, here);
        assert_ne!(run(Box::pin(async { thread::current().id() })).await, here);
        let panicked = std::panic::AssertUnwindSafe(compute(|| panic!("as the test wants it"))).catch_unwind().await;
        let reason = panicked.expect_err("it panicked");
        assert_eq!(reason.downcast_ref::<&str>(), Some(&"as the test wants it"));
        // It has given back its turn.
        assert_eq!(compute(|| 1).await + compute(|| 2).await, 3);
    }
}
