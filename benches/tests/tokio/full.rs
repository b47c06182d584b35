//! Full disks: nothing is lost, and no flush returns `Ok` too early.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{self, ErrorKind, SeekFrom};
use std::path::Path;

use mmio_file::tokio::MmioFile;
use mmio_file::{FlushFlags, MmioError};
use tokio::io::{AsyncRead, AsyncSeek, AsyncWrite};

use crate::small_disk::{SmallDisk, words};
use crate::{over_tokio, positioned, runtime};

async fn keeps_everything<S: AsyncRead + AsyncWrite + AsyncSeek + Unpin>(mut file: MmioFile<S>) {
    file.write_all(b"kept").await.unwrap();
    for _ in 0..3 {
        let error = file.flush(FlushFlags::empty()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        assert!(
            matches!(error, MmioError::CannotWrite { offset: 0, unwritten: 4, .. }),
            "{error:?}"
        );
    }
    let (_, unwritten) = file.into_parts();
    assert_eq!(unwritten[0].bytes, b"kept");
}

#[test]
fn a_device_that_is_always_full_keeps_everything_unwritten() {
    let path = Path::new("/dev/full");
    runtime().block_on(async {
        keeps_everything(over_tokio(path, 4096).await).await;
        keeps_everything(positioned(path, 4096).await).await;
    });
}

/// Makes the call until it succeeds, each time twice before there is more room. Says how often the disk was
/// full.
async fn until_done<E: Into<io::Error>>(
    disk: &SmallDisk,
    mut call: impl AsyncFnMut() -> Result<(), E>,
) -> u32 {
    for times in 0.. {
        match call().await.map_err(E::into) {
            Ok(()) => return times,
            Err(error) => assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}"),
        }
        // Unlike tokio's `File`, which then has forgotten the bytes.
        let again = call().await.map_err(E::into).expect_err("the disk is as full as before");
        assert_eq!(again.kind(), ErrorKind::StorageFull, "{again}");
        disk.make_room();
    }
    unreachable!("it is done or fails")
}

/// Writes records, and a header when all are there.
async fn write_records<S>(disk: &SmallDisk, mut file: MmioFile<S>) -> Vec<u8>
where
    S: AsyncRead + AsyncWrite + AsyncSeek + Unpin,
{
    let mut data = words(50_000);
    let mut full = 0;
    for record in data.chunks(777) {
        full += until_done(disk, async || file.write_all(record).await).await;
    }
    file.seek(SeekFrom::Start(4)).await.unwrap();
    full += until_done(disk, async || file.write_all(b"size").await).await;
    data[4..8].copy_from_slice(b"size");
    full += until_done(disk, async || file.flush(FlushFlags::empty()).await).await;
    assert!(full >= 2, "the disk was full {full} times");
    file.close().await.unwrap();
    data
}

#[test]
fn both_flushes_fail_on_a_full_disk_and_after_making_room_each_byte_is_there_once() {
    for capacity in [256, 4096, 64 * 1024] {
        runtime().block_on(async {
            let Some(disk) = SmallDisk::with_ballast(44 * 1024) else { return };
            let data = write_records(&disk, over_tokio(&disk.path(), capacity).await).await;
            assert!(fs::read(disk.path()).unwrap() == data, "over tokio's, {capacity}");

            let Some(disk) = SmallDisk::with_ballast(44 * 1024) else { return };
            let data = write_records(&disk, positioned(&disk.path(), capacity).await).await;
            assert!(fs::read(disk.path()).unwrap() == data, "positioned, {capacity}");
        });
    }
}
