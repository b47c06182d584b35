//! Many files at once.

use std::fs;
use std::io::SeekFrom;
use std::path::PathBuf;

use mmio_file::FlushFlags;
use mmio_file::tokio::MmioFile;
use tokio::io::AsyncReadExt;
use tokio::runtime::Builder;
use tokio::task::JoinSet;

const FILES: u32 = 200;
const RECORDS: u32 = 500;

fn record(file: u32, record: u32) -> [u8; 24] {
    let mut bytes = [b'.'; 24];
    bytes[..4].copy_from_slice(&file.to_le_bytes());
    bytes[4..8].copy_from_slice(&record.to_le_bytes());
    bytes
}

/// Writes records, keeps their number in the header, and reads all of it again.
async fn edit(path: PathBuf, index: u32) -> std::io::Result<PathBuf> {
    let mut file = MmioFile::create(&path).await?;
    file.write_all(&[0; 4]).await?;
    for n in 0..RECORDS {
        file.write_all(&record(index, n)).await?;
        if n % 100 == 99 {
            file.seek(SeekFrom::Start(0)).await?;
            file.write_all(&(n + 1).to_le_bytes()).await?;
            file.flush(FlushFlags::EMPTY_BUF).await?;
            file.seek(SeekFrom::End(0)).await?;
        }
    }
    file.seek(SeekFrom::Start(0)).await?;
    assert_eq!(file.read_u32_le().await?, RECORDS);
    for n in 0..RECORDS {
        let mut bytes = [0; 24];
        file.read_exact(&mut bytes).await?;
        assert_eq!(bytes, record(index, n));
    }
    file.close().await?;
    Ok(path)
}

/// Edits all of the files at once, with `threads` threads for futures and `blocking` for what blocks.
fn edit_all(threads: usize, blocking: usize) {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Builder::new_multi_thread()
        .worker_threads(threads)
        .max_blocking_threads(blocking)
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for index in 0..FILES {
            tasks.spawn(edit(folder.path().join(index.to_string()), index));
        }
        while let Some(path) = tasks.join_next().await {
            path.unwrap().unwrap();
        }
    });
    for index in 0..FILES {
        let records = (0..RECORDS).flat_map(|n| record(index, n));
        let expected: Vec<u8> = RECORDS.to_le_bytes().into_iter().chain(records).collect();
        assert!(fs::read(folder.path().join(index.to_string())).unwrap() == expected, "{index}");
    }
}

#[test]
fn two_hundred_files_at_once_are_each_as_if_alone() {
    edit_all(4, 512);
}

#[test]
fn two_hundred_files_share_one_thread_for_what_blocks() {
    edit_all(2, 1);
}
