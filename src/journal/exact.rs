//! Reads, writes and syncs of a storage that either complete or fail.
//!
//! Interrupted calls are repeated. A storage that reports another position than it was asked for, or
//! more bytes than it was given, has failed.

use std::io::{self, ErrorKind, SeekFrom};

use crate::Storage;

/// How much is read at once of what may be long, in bytes.
pub(super) const CHUNK: usize = 64 * 1024;

pub(super) fn read_exact_at<S: Storage>(
    storage: &mut S,
    mut at: u64,
    mut bytes: &mut [u8],
) -> io::Result<()> {
    while !bytes.is_empty() {
        let n = read_at(storage, at, bytes)?;
        if n == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        at += n as u64;
        bytes = &mut bytes[n..];
    }
    Ok(())
}

pub(super) fn write_all_at<S: Storage>(
    storage: &mut S,
    mut at: u64,
    mut bytes: &[u8],
) -> io::Result<()> {
    while !bytes.is_empty() {
        let n = write_at(storage, at, bytes)?;
        if n == 0 {
            return Err(ErrorKind::WriteZero.into());
        }
        at += n as u64;
        bytes = &bytes[n..];
    }
    Ok(())
}

pub(super) fn read_at<S: Storage>(storage: &mut S, at: u64, bytes: &mut [u8]) -> io::Result<usize> {
    retry(|| {
        seek(storage, at)?;
        believe(storage.read(bytes)?, bytes.len())
    })
}

pub(super) fn write_at<S: Storage>(storage: &mut S, at: u64, bytes: &[u8]) -> io::Result<usize> {
    retry(|| {
        seek(storage, at)?;
        believe(storage.write(bytes)?, bytes.len())
    })
}

pub(super) fn len<S: Storage>(storage: &mut S) -> io::Result<u64> {
    retry(|| storage.seek(SeekFrom::End(0)))
}

pub(super) fn set_len<S: Storage>(storage: &mut S, len: u64) -> io::Result<()> {
    retry(|| storage.set_len(len))
}

/// Flushes the storage, then makes its bytes and its length durable.
pub(super) fn sync_data<S: Storage>(storage: &mut S) -> io::Result<()> {
    retry(|| storage.flush())?;
    retry(|| storage.sync_data())
}

/// The same, and makes the time of the last change durable too, which backup programs rely on.
pub(super) fn sync_all<S: Storage>(storage: &mut S) -> io::Result<()> {
    retry(|| storage.flush())?;
    retry(|| storage.sync_all())
}

/// Calls the closure with the `len` bytes from `at` on, piece by piece, each with its offset.
pub(super) fn each_chunk<S: Storage>(
    storage: &mut S,
    at: u64,
    len: u64,
    mut take: impl FnMut(&mut S, u64, &[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut chunk = Vec::new();
    let mut done = 0;
    while done < len {
        chunk.resize(usize::try_from(len - done).unwrap_or(CHUNK).min(CHUNK), 0);
        read_exact_at(storage, at + done, &mut chunk)?;
        take(storage, done, &chunk)?;
        done += chunk.len() as u64;
    }
    Ok(())
}

fn seek<S: Storage>(storage: &mut S, at: u64) -> io::Result<()> {
    if storage.seek(SeekFrom::Start(at))? == at {
        Ok(())
    } else {
        Err(io::Error::other("the storage went to another position than asked"))
    }
}

fn believe(n: usize, given: usize) -> io::Result<usize> {
    if n <= given {
        Ok(n)
    } else {
        Err(io::Error::other("the storage claims more bytes than it was given"))
    }
}

fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            answer => return answer,
        }
    }
}
