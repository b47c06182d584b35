//! Futures dropped while another thread does what they waited for.

use std::fs;
use std::io::{Cursor, SeekFrom};
use std::path::Path;

use mmio_file::FlushFlags;
use mmio_file::tokio::{AsyncStorage, MmioFile};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::model::Model;
use crate::{given_up, over_tokio, positioned, runtime};

const FILES: u64 = 60;
const CALLS: usize = 80;

/// Random numbers by xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % end as u64).unwrap()
    }
}

/// Makes calls on `file`, many of which are given up. A call that may have changed the file is repeated
/// until it completes, so that the model knows the content. Returns the content, and how many futures were
/// dropped.
async fn edit<S: AsyncStorage>(file: &mut MmioFile<S>, seed: u64) -> (Model, usize) {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut model = Model::default();
    let mut dropped = 0;
    for call in 0..CALLS {
        let (kind, len, mut waits) = (random.below(16), 1 + random.below(3000), random.below(4));
        let place = random.below(20_000);
        let bytes: Vec<u8> = (0..len).map(|n| (n * 7 + call).to_le_bytes()[0]).collect();
        match kind {
            0..5 => {
                while given_up(waits, file.write_all(&bytes)).await.is_none() {
                    dropped += 1;
                    // Else it might write the same first pages again and again.
                    waits += 1;
                    let position = file.seek(SeekFrom::Current(0)).await.unwrap();
                    assert_eq!(position, model.position as u64, "the position is put back");
                }
                model.write(&bytes);
            }
            5..7 => match given_up(waits, file.write(&bytes)).await {
                Some(n) => model.write(&bytes[..n.unwrap()]),
                None => dropped += 1,
            },
            7..10 => {
                let expected = model.peek(len).to_vec();
                let mut out = vec![0; expected.len()];
                match given_up(waits, file.read_exact(&mut out)).await {
                    Some(n) => {
                        assert_eq!(n.unwrap(), expected.len());
                        assert_eq!(out, expected);
                        model.position += expected.len();
                    }
                    None => dropped += 1,
                }
            }
            10 => {
                let mut out = vec![0; len];
                match given_up(waits, file.read(&mut out)).await {
                    Some(n) => {
                        let n = n.unwrap();
                        assert_eq!(out[..n], model.peek(len)[..n]);
                        model.position += n;
                    }
                    None => dropped += 1,
                }
            }
            11..14 => {
                let end = model.bytes.len() as u64;
                let (target, to) = match random.below(3) {
                    0 => (SeekFrom::End(0), end),
                    _ => (SeekFrom::Start(place as u64), place as u64),
                };
                match given_up(waits, file.seek(target)).await {
                    Some(offset) => {
                        assert_eq!(offset.unwrap(), to);
                        model.position = usize::try_from(to).unwrap();
                    }
                    None => dropped += 1,
                }
            }
            14 => match given_up(waits, file.flush(FlushFlags::empty())).await {
                Some(answer) => answer.unwrap(),
                None => dropped += 1,
            },
            _ => {
                while given_up(waits, file.set_len(place as u64)).await.is_none() {
                    dropped += 1;
                    waits += 1;
                    file.flush(FlushFlags::EMPTY_BUF).await.unwrap();
                }
                model.bytes.resize(place, 0);
            }
        }
    }
    if given_up(random.below(3), file.sync_all()).await.is_none() {
        dropped += 1;
    }
    file.flush(FlushFlags::empty()).await.unwrap();
    (model, dropped)
}

/// Edits files that `open` opens, and compares what is on the disk then.
fn edit_files<S: AsyncStorage>(open: &impl AsyncFn(&Path, usize) -> MmioFile<S>) {
    let folder = tempfile::tempdir().unwrap();
    let mut sum = 0;
    for seed in 0..FILES {
        let path = folder.path().join("file");
        let _ = fs::remove_file(&path);
        let capacity = [256, 4096, 16 * 1024][usize::try_from(seed % 3).unwrap()];
        let (model, dropped) = runtime().block_on(async {
            let mut file = open(&path, capacity).await;
            edit(&mut file, seed).await
        });
        assert!(fs::read(&path).unwrap() == model.bytes, "seed {seed}");
        sum += dropped;
    }
    println!("{FILES} files, {sum} futures dropped");
    assert!(sum > 300, "{sum} futures dropped");
}

#[test]
fn over_tokios_file_nothing_is_lost_or_doubled() {
    edit_files(&over_tokio);
}

#[test]
fn over_a_positioned_file_nothing_is_lost_or_doubled() {
    edit_files(&positioned);
}

#[test]
fn memory_is_never_waited_for() {
    runtime().block_on(async {
        let mut file = MmioFile::with_capacity(256, Cursor::new(Vec::new()));
        let (model, dropped) = edit(&mut file, 1).await;
        assert_eq!(dropped, 0);
        assert_eq!(file.into_inner().await.unwrap().into_inner(), model.bytes);
    });
}
