//! Runtimes that end before the file does.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::pin::pin;
use std::task::{Context, Waker};

use mmio_file::FlushFlags;
use mmio_file::tokio::{AsyncStorage, MmioFile};

use crate::{given_up, hold_the_thread, over_tokio, positioned, runtime};

const DATA: &[u8] = b"what was accepted before the end";

/// Begins to flush on a runtime that ends then, and flushes on another.
fn goes_on_elsewhere<S: AsyncStorage>(open: &impl AsyncFn(&Path, usize) -> MmioFile<S>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    for waits in 0..4 {
        let first = runtime();
        let mut file = first.block_on(async {
            let mut file = open(&path, 4096).await;
            file.write_all(DATA).await.unwrap();
            given_up(waits, file.flush(FlushFlags::empty())).await;
            file
        });
        first.shutdown_background();
        runtime().block_on(async {
            file.write_all(b"!").await.unwrap();
            file.flush(FlushFlags::empty()).await.unwrap();
            file.close().await.unwrap();
        });
        assert_eq!(fs::read(&path).unwrap(), [DATA, b"!"].concat());
    }
}

#[test]
fn a_flush_that_its_runtime_did_not_wait_for_is_made_again_on_another() {
    goes_on_elsewhere(&over_tokio);
    goes_on_elsewhere(&positioned);
}

#[test]
fn a_write_that_its_runtime_never_began_is_made_on_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let first = runtime();
    let (mut file, held) = first.block_on(async {
        let mut file = positioned(&path, 4096).await;
        file.write_all(DATA).await.unwrap();
        let held = hold_the_thread();
        assert!(given_up(0, file.flush(FlushFlags::empty())).await.is_none());
        (file, held)
    });
    first.shutdown_background();
    drop(held);
    runtime().block_on(async {
        file.flush(FlushFlags::empty()).await.unwrap();
        file.close().await.unwrap();
    });
    assert_eq!(fs::read(&path).unwrap(), DATA);
}

#[test]
fn a_runtime_that_has_ended_is_an_error_and_outside_of_one_is_a_panic_and_neither_loses_a_byte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let first = runtime();
    let mut file = first.block_on(async {
        let mut file = positioned(&path, 4096).await;
        file.write_all(DATA).await.unwrap();
        file
    });
    let handle = first.handle().clone();
    first.shutdown_background();
    {
        let _entered = handle.enter();
        let mut flush = pin!(file.flush(FlushFlags::empty()));
        let answer = loop {
            if let std::task::Poll::Ready(answer) =
                flush.as_mut().poll(&mut Context::from_waker(Waker::noop()))
            {
                break answer;
            }
        };
        answer.unwrap_err();
    }
    assert_eq!(file.dirty_len(), DATA.len() as u64);

    let outside = catch_unwind(AssertUnwindSafe(|| {
        let flush = pin!(file.flush(FlushFlags::empty()));
        let _ = flush.poll(&mut Context::from_waker(Waker::noop()));
    }));
    assert!(outside.is_err());
    assert_eq!(file.dirty_len(), DATA.len() as u64);

    runtime().block_on(async { file.close().await.unwrap() });
    assert_eq!(fs::read(&path).unwrap(), DATA);
}
