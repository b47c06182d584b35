//! What the benches share: the work, each written once ([`work`]), and the files it is done on.

pub(crate) mod work;

use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::path::PathBuf;

pub(crate) trait Stream: Read + Write + Seek {}
impl<S: Read + Write + Seek> Stream for S {}

/// A folder on `BENCH_DIR`; unless told, on tmpfs where there is one.
fn folder() -> PathBuf {
    let base = std::env::var_os("BENCH_DIR").map(PathBuf::from);
    let base = base.or_else(|| Some(PathBuf::from("/dev/shm")).filter(|shm| shm.is_dir()));
    let folder = base.unwrap_or_else(std::env::temp_dir).join("mmio-file-benches");
    fs::create_dir_all(&folder).expect("BENCH_DIR is a folder that can be written to");
    folder
}

/// The file that everybody works on, `len` bytes long: made of numbers up to 4 MiB, sparse beyond.
pub(crate) fn file(len: u64) -> File {
    let path = folder().join("file");
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)
        .expect("the bench's file");
    if len <= 4 << 20 {
        let bytes: Vec<u8> = (0..=250_u8).cycle().take(usize::try_from(len).unwrap()).collect();
        file.write_all(&bytes).unwrap();
        file.rewind().unwrap();
    } else {
        file.set_len(len).unwrap();
    }
    file
}

/// What the file holds now.
pub(crate) fn content() -> Vec<u8> {
    fs::read(folder().join("file")).unwrap()
}
