//! The async front end where it is used: on tokio's runtimes, over real files. What is promised of each single
//! call is tested in the crate's own `tests/tokio`, where no runtime runs.

#[path = "../../../tests/common/model.rs"]
#[allow(dead_code, reason = "no test binary uses all of it")]
mod model;
#[cfg(target_os = "linux")]
#[path = "../../../tests/common/small_disk.rs"]
mod small_disk;

mod dropped;
mod full;
mod many;
mod positioned;
mod shutdown;

use std::future::poll_fn;
use std::path::Path;
use std::pin::pin;
use std::sync::mpsc::{Sender, channel};
use std::task::Poll;

use mmio_file::OpenOptions;
use mmio_file::tokio::{MmioFile, PositionedFile};
use tokio::fs::File;
use tokio::runtime::{Builder, Runtime};
use tokio::task::spawn_blocking;

/// A runtime of one thread, and one more for what blocks.
fn runtime() -> Runtime {
    Builder::new_current_thread().max_blocking_threads(1).build().unwrap()
}

/// Has that other thread do something else until the sender is dropped.
fn hold_the_thread() -> Sender<()> {
    let (sender, receiver) = channel();
    spawn_blocking(move || receiver.recv());
    sender
}

/// The file at `path`, which is made if there is none, over tokio's `File`.
async fn over_tokio(path: &Path, capacity: usize) -> MmioFile<File> {
    let file = File::options().read(true).write(true).create(true).truncate(false).open(path).await;
    MmioFile::with_capacity(capacity, file.unwrap())
}

/// The same over this crate's `PositionedFile`.
async fn positioned(path: &Path, capacity: usize) -> MmioFile<PositionedFile> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).capacity(capacity);
    MmioFile::open_with(path, &options).await.unwrap()
}

/// Polls `future`, and waits for it `waits` times; if it is still not ready, drops it while its work goes on in
/// another thread. With no waits at all, that thread is held, so that it can't be ready by chance.
async fn given_up<T>(waits: usize, future: impl Future<Output = T>) -> Option<T> {
    let _held = (waits == 0).then(hold_the_thread);
    let mut future = pin!(future);
    let mut left = waits;
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}
