//! Creating and finishing chunks, and editing them in place, over streams that fail too.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use mmio_file::riff::{Find, FourCc, NewChunk, RiffRead, RiffWrite};
use mmio_file::{FlushFlags, MmioError, MmioFile, Storage};

const CAPACITIES: [usize; 6] = [0, 1, 3, 16, 100, 4096];

fn riff() -> NewChunk {
    NewChunk::riff(FourCc::new(*b"demo"))
}

fn list() -> NewChunk {
    NewChunk::list(FourCc::new(*b"INFO"))
}

fn chunk(id: &str) -> NewChunk {
    NewChunk::id(id.parse().unwrap())
}

fn find(id: &str) -> Find {
    Find::Id(id.parse().unwrap())
}

/// A stream that counts its calls, and fails in some, after half of what it was to write.
struct Flaky {
    inner: Cursor<Vec<u8>>,
    calls: u32,
    bytes_read: usize,
    failing: Range<u32>,
}

impl Flaky {
    fn new(failing: Range<u32>) -> Self {
        Self { inner: Cursor::new(Vec::new()), calls: 0, bytes_read: 0, failing }
    }

    fn fails(&mut self) -> bool {
        let call = self.calls;
        self.calls += 1;
        self.failing.contains(&call)
    }
}

impl Read for Flaky {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.fails() {
            return Err(io::Error::other("broken"));
        }
        let n = self.inner.read(bytes)?;
        self.bytes_read += n;
        Ok(n)
    }
}

impl Write for Flaky {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.fails() {
            self.inner.write_all(&bytes[..bytes.len() / 2])?;
            return Err(io::Error::other("broken"));
        }
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Flaky {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        if self.fails() {
            return Err(io::Error::other("broken"));
        }
        self.inner.seek(target)
    }
}

/// Tries again until it succeeds.
fn insist<T>(mut call: impl FnMut() -> Result<T, MmioError>) -> T {
    for _ in 0..20 {
        if let Ok(answer) = call() {
            return answer;
        }
    }
    panic!("it never succeeds")
}

#[test]
fn what_nests_is_written_with_its_sizes_and_pads() {
    for capacity in CAPACITIES {
        let mut file = MmioFile::with_capacity(capacity, Cursor::new(Vec::new()));
        file.write_chunk(riff(), |file| {
            file.write_chunk(chunk("data"), |file| file.write_all(b"odd"))?;
            file.write_chunk(list(), |file| {
                file.write_chunk(chunk("INAM"), |file| file.write_all(b"even"))
            })
        })
        .unwrap();
        assert_eq!(
            file.into_inner().unwrap().into_inner(),
            b"RIFF\x28\0\0\0demodata\x03\0\0\0odd\0LIST\x10\0\0\0INFOINAM\x04\0\0\0even"
        );
    }
}

#[test]
fn a_size_that_proves_right_is_not_patched() {
    let write = |new: NewChunk| {
        let mut file = Flaky::new(0..0);
        let mut data = file.create_chunk(new).unwrap();
        file.write_all(b"four").unwrap();
        file.calls = 0;
        file.finish_chunk(&mut data).unwrap();
        (file.calls, file.inner.into_inner())
    };
    let (calls, bytes) = write(chunk("data").with_size(4));
    assert_eq!((calls, &bytes[..]), (1, &b"data\x04\0\0\0four"[..]));
    let (calls, bytes) = write(chunk("data").with_size(5));
    assert!(calls > 1);
    assert_eq!(bytes, b"data\x04\0\0\0four");
}

#[test]
fn the_finished_chunk_is_the_one_that_is_found() {
    let mut file = Cursor::new(Vec::new());
    let mut outer = file.create_chunk(riff()).unwrap();
    let mut data = file.create_chunk(chunk("data")).unwrap();
    file.write_all(b"odd").unwrap();
    let data = file.finish_chunk(&mut data).unwrap();
    let outer = file.finish_chunk(&mut outer).unwrap();
    assert_eq!(file.position(), 24);
    assert_eq!(file.find_chunk(None, Find::Next).unwrap(), Some(outer));
    let found = file.find_chunk(Some(&outer), find("data")).unwrap();
    assert_eq!(found, Some(data));
}

#[test]
fn patch_size_keeps_the_file_right_while_it_grows() {
    let mut file = Cursor::new(Vec::new());
    let mut outer = file.create_chunk(riff()).unwrap();
    let mut data = file.create_chunk(chunk("data")).unwrap();
    for n in 1..10 {
        file.write_all(b"x").unwrap();
        file.patch_size(&mut data).unwrap();
        file.patch_size(&mut outer).unwrap();
        assert_eq!(file.position(), 20 + n);

        let mut killed = Cursor::new(file.get_ref().clone());
        let outer = killed.descend(None, Find::Next).unwrap();
        assert_eq!(outer.declared_size(), 12 + n);
        let data = killed.descend(Some(&outer), Find::Next).unwrap();
        assert_eq!((data.declared_size(), data.is_truncated()), (n, false));
    }
}

#[test]
fn a_position_before_the_content_is_an_error() {
    let mut file = Cursor::new(Vec::new());
    let mut outer = file.create_chunk(riff()).unwrap();
    for position in [0, 8, 11] {
        file.set_position(position);
        let error = file.finish_chunk(&mut outer).unwrap_err();
        assert!(matches!(error, MmioError::InvalidFile { offset, .. } if offset == position));
        assert!(file.patch_size(&mut outer).is_err());
        assert_eq!(file.position(), position);
    }
    file.set_position(12);
    assert!(file.finish_chunk(&mut outer).is_ok());
}

#[test]
fn a_chunk_is_finished_once() {
    let mut file = Cursor::new(Vec::new());
    let mut data = file.create_chunk(chunk("data")).unwrap();
    file.finish_chunk(&mut data).unwrap();
    file.write_all(b"next").unwrap();
    assert!(matches!(file.finish_chunk(&mut data), Err(MmioError::InvalidFile { offset: 12, .. })));
    assert!(file.patch_size(&mut data).is_err());
    assert_eq!(file.into_inner(), b"data\0\0\0\0next");
}

#[test]
fn an_outer_chunk_is_not_finished_before_an_odd_one_inside() {
    let mut file = Cursor::new(Vec::new());
    let mut outer = file.create_chunk(riff()).unwrap();
    let mut data = file.create_chunk(chunk("data")).unwrap();
    file.write_all(b"odd").unwrap();
    let error = file.finish_chunk(&mut outer).unwrap_err();
    assert!(matches!(error, MmioError::InvalidFile { offset: 23, .. }));
    file.finish_chunk(&mut data).unwrap();
    file.finish_chunk(&mut outer).unwrap();
    assert_eq!(file.into_inner(), b"RIFF\x10\0\0\0demodata\x03\0\0\0odd\0");
}

#[test]
fn a_size_too_long_for_its_field_is_refused_at_once() {
    let mut file = Cursor::new(Vec::new());
    let error = file.create_chunk(riff().with_size(0xFFFF_FFFF)).unwrap_err();
    assert!(matches!(error, MmioError::ChunkTooLong { offset: 0, len: 0xFFFF_FFFF, .. }));
    assert!(file.into_inner().is_empty());
}

#[test]
fn an_error_of_the_content_is_handed_on_as_it_is() {
    let mut file = Cursor::new(Vec::new());
    let error = file
        .write_chunk(chunk("data"), |_| Err::<(), _>(io::Error::from(io::ErrorKind::TimedOut)))
        .unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
}

#[test]
fn an_error_of_the_stream_is_not_wrapped_twice() {
    let stream = Flaky::new(0..1);
    let mut file = MmioFile::with_capacity(0, stream);
    let error = file.create_chunk(riff()).unwrap_err();
    let source = error.io_error().unwrap();
    assert!(!source.get_ref().unwrap().is::<MmioError>(), "{error:?}");
    assert_eq!(source.to_string(), "broken");
}

#[test]
fn whichever_call_fails_trying_again_gives_the_same_file() {
    let write = |failing| {
        let mut file = Flaky::new(failing);
        let mut outer = insist(|| file.create_chunk(riff().with_reserve_for(1)));
        let mut data = insist(|| file.create_chunk(chunk("data")));
        file.inner.write_all(b"od").unwrap();
        insist(|| file.patch_size(&mut data));
        file.inner.write_all(b"d").unwrap();
        insist(|| file.finish_chunk(&mut data));
        insist(|| file.finish_chunk(&mut outer));
        (file.calls, file.inner.into_inner())
    };
    let (calls, whole) = write(0..0);
    assert!(calls > 10);
    for n in 0..calls {
        assert_eq!(write(n..n + 1).1, whole, "after call {n} failed");
    }
}

#[test]
fn an_end_that_cannot_be_gone_back_to_is_remembered() {
    for failing in [0..9, 1..3, 2..4, 3..9, 4..9] {
        let mut file = Flaky::new(0..0);
        let mut data = file.create_chunk(chunk("data")).unwrap();
        file.write_all(b"odd").unwrap();
        file.calls = 0;
        file.failing = failing.clone();
        insist(|| file.finish_chunk(&mut data));
        assert_eq!(file.inner.position(), 12);
        assert_eq!(file.inner.into_inner(), b"data\x03\0\0\0odd\0", "{failing:?}");
    }
}

#[test]
fn a_size_that_may_be_half_written_is_patched_whatever_it_was() {
    for n in 0..6 {
        let mut file = Flaky::new(0..0);
        let mut data = file.create_chunk(chunk("data").with_size(4)).unwrap();
        file.write_all(b"five!").unwrap();
        file.calls = 0;
        file.failing = n..n + 1;
        if file.finish_chunk(&mut data).is_ok() {
            assert!(n >= 4);
            continue;
        }
        // What was planned is given up: it ends where it was to end at first.
        file.seek(SeekFrom::Start(12)).unwrap();
        file.finish_chunk(&mut data).unwrap();
        assert_eq!(file.inner.into_inner()[..12], *b"data\x04\0\0\0five", "after call {n} failed");
    }
}

#[test]
fn not_found_is_never_the_answer_where_the_way_back_failed() {
    let bytes = b"RIFF\x0E\0\0\0demonote\x02\0\0\0hi";
    let mut file = Flaky::new(0..0);
    file.inner.get_mut().extend(bytes);
    let riff = file.descend(None, Find::Next).unwrap();
    for parent in [None, Some(&riff)] {
        for n in 0..12 {
            file.inner.set_position(13);
            file.calls = 0;
            file.failing = n..u32::MAX;
            let answer = file.find_chunk(parent, find("none"));
            assert!(answer.is_err() || file.inner.position() == 13, "call {n} failed");
        }
    }
}

#[test]
fn what_is_chosen_at_run_time_is_walked_and_written_too() {
    let mut stream = Cursor::new(Vec::new());
    let file: &mut dyn Storage = &mut stream;
    file.write_chunk(riff(), |file| file.write_chunk(chunk("data"), |file| file.write_all(b"odd")))
        .unwrap();
    let outer = file.find_chunk(None, Find::Riff(None)).unwrap().unwrap();
    assert!(file.find_chunk(Some(&outer), find("data")).unwrap().is_some());
}

#[test]
fn a_failed_call_leaves_the_position() {
    for n in 0..12 {
        let mut file = Flaky::new(0..0);
        let mut data = file.create_chunk(chunk("data")).unwrap();
        file.write_all(b"odd").unwrap();
        file.calls = 0;
        file.failing = n..n + 1;
        if file.finish_chunk(&mut data).is_err() {
            assert_eq!(file.inner.position(), 11, "after call {n} failed");
        }
        let position = file.inner.position();
        file.calls = 0;
        if file.create_chunk(riff().with_reserve_for(2)).is_err() {
            assert_eq!(file.inner.position(), position, "after call {n} failed");
        }
    }
}

#[test]
fn a_chunk_is_appended_to_an_existing_file() {
    for capacity in CAPACITIES {
        let bytes = b"RIFF\x10\0\0\0demodata\x03\0\0\0odd\0".to_vec();
        let mut file = MmioFile::with_capacity(capacity, Cursor::new(bytes));
        let outer = file.descend(None, Find::Riff(None)).unwrap();
        let mut outer = file.reopen(outer).unwrap();
        file.write_chunk(chunk("more"), |file| file.write_all(b"x")).unwrap();
        file.finish_chunk(&mut outer).unwrap();
        assert_eq!(
            file.into_inner().unwrap().into_inner(),
            b"RIFF\x1A\0\0\0demodata\x03\0\0\0odd\0more\x01\0\0\0x\0"
        );
    }
}

#[test]
fn a_chunk_appended_after_a_missing_pad_byte_is_found() {
    let mut file = Cursor::new(b"RIFF\x0F\0\0\0demodata\x03\0\0\0odd".to_vec());
    let outer = file.descend(None, Find::Riff(None)).unwrap();
    let mut outer = file.reopen(outer).unwrap();
    file.write_chunk(chunk("more"), |_| Ok(())).unwrap();
    let outer = file.finish_chunk(&mut outer).unwrap();
    assert!(file.find_chunk(Some(&outer), find("more")).unwrap().is_some());
}

#[test]
fn the_last_chunk_is_appended_to() {
    let mut file = Cursor::new(b"RIFF\x10\0\0\0demodata\x03\0\0\0odd\0".to_vec());
    let outer = file.descend(None, Find::Riff(None)).unwrap();
    let data = file.descend(Some(&outer), find("data")).unwrap();
    let mut outer = file.reopen(outer).unwrap();
    let mut data = file.reopen(data).unwrap();
    assert_eq!(file.position(), 23);
    file.write_all(b"+more").unwrap();
    file.finish_chunk(&mut data).unwrap();
    file.finish_chunk(&mut outer).unwrap();
    assert_eq!(file.into_inner(), b"RIFF\x14\0\0\0demodata\x08\0\0\0odd+more");
}

#[test]
fn a_recording_that_was_cut_off_is_repaired() {
    for (outer_size, size) in [(0_u32, 0_u32), (u32::MAX, u32::MAX), (99, 44), (0, 44)] {
        let mut bytes = b"RIFF....demodata....recording".to_vec();
        bytes[4..8].copy_from_slice(&outer_size.to_le_bytes());
        bytes[16..20].copy_from_slice(&size.to_le_bytes());
        let mut file = Cursor::new(bytes);
        let outer = file.descend(None, Find::Riff(None)).unwrap();
        let data = file.descend(Some(&outer), find("data")).unwrap();
        let mut outer = file.reopen(outer).unwrap();
        let mut data = file.reopen(data).unwrap();
        file.finish_chunk(&mut data).unwrap();
        file.finish_chunk(&mut outer).unwrap();
        assert_eq!(file.into_inner(), b"RIFF\x16\0\0\0demodata\x09\0\0\0recording\0");
    }
}

#[test]
fn a_reserve_that_is_not_needed_is_a_junk_chunk() {
    let mut file = Cursor::new(Vec::new());
    file.write_chunk(riff().with_reserve_for(2), |_| Ok(())).unwrap();
    let outer = file.find_chunk(None, Find::Riff(None)).unwrap().unwrap();
    assert_eq!((outer.id(), outer.data_len()), (FourCc::RIFF, 4 + 8 + 28 + 24));
    let junk = file.find_chunk(Some(&outer), Find::Next).unwrap().unwrap();
    assert_eq!((junk.id(), junk.data_len()), (FourCc::JUNK, 52));
    assert_eq!(junk.data_range().end, outer.data_range().end);
}

#[test]
#[should_panic(expected = "only a RIFF")]
fn only_a_riff_has_a_reserve() {
    let _ = list().with_reserve();
}

#[test]
fn a_thousand_small_chunks_cost_tens_of_calls() {
    let mut file = MmioFile::new(Flaky::new(0..0));
    file.write_chunk(riff(), |file| {
        (0..1000)
            .try_for_each(|_| file.write_chunk(chunk("chnk"), |file| file.write_all(&[1; 100])))
    })
    .unwrap();
    file.flush(FlushFlags::empty()).unwrap();
    let calls = file.get_ref().calls;
    assert!(calls < 50, "{calls} calls");
}

#[test]
fn a_walk_reads_each_page_once() {
    let mut whole = Cursor::new(Vec::new());
    whole
        .write_chunk(riff(), |file| {
            (0..1000).try_for_each(|_| file.write_chunk(chunk("chnk"), |f| f.write_all(&[1; 100])))
        })
        .unwrap();
    for capacity in [64, 1000, 4096, 65536, 1 << 20] {
        let mut stream = Flaky::new(0..0);
        stream.inner.get_mut().clone_from(whole.get_ref());
        let mut file = MmioFile::with_capacity(capacity, stream);
        let riff = file.find_chunk(None, Find::Next).unwrap().unwrap();
        while let Some(chunk) = file.next_chunk(Some(&riff)).unwrap() {
            file.ascend(&chunk).unwrap();
        }
        let len = whole.get_ref().len();
        assert!(file.get_ref().bytes_read <= len, "{capacity} bytes");
    }
}
