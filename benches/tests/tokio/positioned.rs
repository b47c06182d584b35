//! `PositionedFile`: what was given up goes on in another thread, and the next call waits for it.

use std::fs;
use std::io::SeekFrom;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use mmio_file::FlushFlags;
use mmio_file::tokio::{AsyncStorage, MmioFile, PositionedFile};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWrite, AsyncWriteExt};

use crate::{given_up, hold_the_thread, positioned, runtime};

async fn stream_of(folder: &TempDir, bytes: &[u8]) -> PositionedFile {
    let path = folder.path().join("file");
    fs::write(&path, bytes).unwrap();
    MmioFile::open_rw(&path).await.unwrap().into_inner().await.unwrap()
}

fn bytes_in(folder: &TempDir) -> Vec<u8> {
    fs::read(folder.path().join("file")).unwrap()
}

#[test]
fn a_flush_waits_for_the_write_that_was_given_up() {
    let folder = TempDir::new().unwrap();
    runtime().block_on(async {
        let mut file = positioned(&folder.path().join("file"), 4096).await;
        file.write_all(b"old").await.unwrap();
        let held = hold_the_thread();
        assert!(given_up(0, file.flush(FlushFlags::empty())).await.is_none());
        file.seek(SeekFrom::Start(0)).await.unwrap();
        file.write_all(b"new").await.unwrap();
        let mut flush = pin!(file.flush(FlushFlags::empty()));
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(flush.as_mut().poll(cx).is_pending(), "the old bytes are not written yet");
        drop(held);
        flush.await.unwrap();
    });
    assert_eq!(bytes_in(&folder), b"new");
}

#[test]
fn a_write_of_other_bytes_is_not_taken_for_the_one_that_was_given_up() {
    let folder = TempDir::new().unwrap();
    runtime().block_on(async {
        let mut stream = stream_of(&folder, b"").await;
        for other in [&b"new"[..], b"older", b"ol", b"old"] {
            stream.seek(SeekFrom::Start(0)).await.unwrap();
            assert!(given_up(0, stream.write(b"old")).await.is_none());
            stream.write_all(other).await.unwrap();
            assert_eq!(bytes_in(&folder)[..other.len()], *other);
        }
    });
}

#[test]
fn a_read_that_was_given_up_is_not_the_answer_to_one_after_a_write() {
    let folder = TempDir::new().unwrap();
    runtime().block_on(async {
        let mut stream = stream_of(&folder, b"old").await;
        assert!(given_up(0, stream.read(&mut [0; 3])).await.is_none());
        stream.write_all(b"new").await.unwrap();
        stream.seek(SeekFrom::Start(0)).await.unwrap();
        let mut bytes = [0; 3];
        stream.read_exact(&mut bytes).await.unwrap();
        assert_eq!(&bytes, b"new");
    });
}

#[test]
fn a_read_that_was_given_up_moves_nothing() {
    let folder = TempDir::new().unwrap();
    runtime().block_on(async {
        let mut stream = stream_of(&folder, b"abcdef").await;
        assert!(given_up(0, stream.read(&mut [0; 4])).await.is_none());
        // It goes on with that read, and has less room.
        let mut bytes = [0; 2];
        stream.read_exact(&mut bytes).await.unwrap();
        assert_eq!(&bytes, b"ab");
        assert_eq!(stream.stream_position().await.unwrap(), 2);
        stream.read_exact(&mut bytes).await.unwrap();
        assert_eq!(&bytes, b"cd");
    });
}

#[test]
fn a_set_len_waits_for_the_write_that_was_given_up() {
    let folder = TempDir::new().unwrap();
    runtime().block_on(async {
        let mut stream = stream_of(&folder, b"abcdef").await;
        stream.seek(SeekFrom::Start(4)).await.unwrap();
        assert!(given_up(0, stream.write(b"late")).await.is_none());
        AsyncStorage::set_len(&mut stream, 3).await.unwrap();
        stream.flush().await.unwrap();
    });
    assert_eq!(bytes_in(&folder), b"abc");
}

#[test]
fn into_std_waits_for_the_write_that_was_given_up_and_keeps_the_position() {
    let folder = TempDir::new().unwrap();
    runtime().block_on(async {
        let mut stream = stream_of(&folder, b"abcdef").await;
        stream.seek(SeekFrom::Start(2)).await.unwrap();
        let held = hold_the_thread();
        assert!(given_up(0, stream.write(b"CD")).await.is_none());
        let mut into_std = pin!(stream.into_std());
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(into_std.as_mut().poll(cx).is_pending(), "the write has not ended yet");
        drop(held);
        let mut std = into_std.await.unwrap();
        // A cancelled write does not move the position.
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut std, &mut rest).unwrap();
        assert_eq!(rest, "CDef");
    });
}

#[test]
fn dropping_a_file_flushes_nothing_and_what_is_under_way_comes_to_its_end() {
    let folder = TempDir::new().unwrap();
    let runtime = runtime();
    runtime.block_on(async {
        let mut file = MmioFile::new(stream_of(&folder, b"").await);
        file.write_all(b"under way").await.unwrap();
        let cx = &mut Context::from_waker(Waker::noop());
        let held = hold_the_thread();
        assert!(matches!(Pin::new(&mut file).poll_flush(cx), Poll::Pending));
        drop(held);
        file.write_all(b", and lost").await.unwrap();
    });
    // It waits for the threads.
    drop(runtime);
    assert!(b"under way".starts_with(&bytes_in(&folder)));
}
