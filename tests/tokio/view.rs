//! Code that blocks over an async file: the same bytes as over a stream that blocks.

use std::io::{Cursor, Read, Seek, SeekFrom, Write};

use mmio_file::riff::{Find, FourCc, NewChunk, RiffRead, RiffWrite};
use mmio_file::tokio::MmioFile;
use mmio_file::{FlushFlags, MmioError};

use crate::poll::{run, run_at_most};
use crate::stream::{Mood, Scripted};

fn chunk(id: &str, data: &[u8]) -> Vec<u8> {
    let len = u32::try_from(data.len()).unwrap();
    [id.as_bytes(), &len.to_le_bytes(), data, &[0][..data.len() % 2]].concat()
}

/// A WAV with this many bytes of audio, and a chunk after it.
fn wav(audio: usize) -> Vec<u8> {
    let chunks = [chunk("fmt ", &[1; 16]), chunk("data", &vec![7; audio]), chunk("note", b"odd")];
    chunk("RIFF", &[b"WAVE", &chunks.concat()[..]].concat())
}

fn waiting(bytes: &[u8]) -> Scripted {
    Scripted::new(bytes, 7, Mood { waits: 2, fails: 0, is_short: true })
}

const TITLE: &[u8] = b"A title that is a little long\0";

#[test]
fn a_walk_finds_what_one_that_blocks_finds() {
    for audio in [0, 1, 5000, 70_000] {
        let bytes = wav(audio);
        let mut blocking = Cursor::new(&bytes[..]);
        let stream = waiting(&bytes);
        let mut file = MmioFile::with_capacity(512, stream);
        let riff = blocking.descend(None, Find::Riff(None)).unwrap();
        assert_eq!(run(file.with_view(|view| view.descend(None, Find::Riff(None)))).unwrap(), riff);
        loop {
            let expected = blocking.next_chunk(Some(&riff)).unwrap();
            let found = run(file.with_view(|view| view.next_chunk(Some(&riff)))).unwrap();
            assert_eq!(found, expected);
            let Some(chunk) = found else { break };
            blocking.ascend(&chunk).unwrap();
            run(file.with_view(|view| view.ascend(&chunk))).unwrap();
        }
    }
}

#[test]
fn appending_and_a_title_give_the_bytes_that_blocking_gives() {
    for audio in [0, 1, 5000, 70_000] {
        for capacity in [2048, 65_536] {
            let items = [(FourCc::new(*b"INAM"), TITLE)];
            let more = NewChunk::id(FourCc::new(*b"more"));
            let mut blocking = Cursor::new(wav(audio));
            let riff = blocking.descend(None, Find::Riff(None)).unwrap();
            blocking.append_chunk(&riff, more, |file| file.write_all(b"hello")).unwrap();
            blocking.set_info(&riff, &items).unwrap();

            let stream = waiting(&wav(audio));
            let mut file = MmioFile::with_capacity(capacity, stream.clone());
            let riff = run(file.with_view(|view| view.descend(None, Find::Riff(None)))).unwrap();
            run(file.with_view(|view| {
                Ok(view.append_chunk(&riff, more, |view| view.write_all(b"hello")))
            }))
            .unwrap()
            .unwrap();
            run(file.with_view(|view| Ok(view.set_info(&riff, &items)))).unwrap().unwrap();
            run(file.flush(FlushFlags::empty())).unwrap();
            assert_eq!(stream.disk().bytes, *blocking.get_ref(), "{audio}, {capacity}");
            let position = run(file.seek(SeekFrom::Current(0))).unwrap();
            assert_eq!(position, blocking.position());
        }
    }
}

#[test]
fn what_does_not_fit_is_named_after_bounded_calls_and_nothing_is_written() {
    let bytes = vec![3; 100_000];
    let stream = waiting(&bytes);
    let mut file = MmioFile::with_capacity(1024, stream.clone());
    let all = |view: &mut mmio_file::tokio::View<'_>| {
        view.write_all(b"changed").unwrap();
        let mut sum = 0_u64;
        for offset in (0..100_000).step_by(64) {
            view.seek(SeekFrom::Start(offset)).map_err(|_| gone())?;
            let mut byte = [0];
            view.read_exact(&mut byte).map_err(|_| gone())?;
            sum += u64::from(byte[0]);
        }
        Ok(sum)
    };
    let error = run(file.with_view(all)).unwrap_err();
    assert!(matches!(error, MmioError::ViewTooLarge { capacity: 1024, .. }), "{error:?}");
    assert!(stream.disk().calls < 4000, "{} polls", stream.disk().calls);

    let error = run(file.with_view(|view| Ok(view.write_all(&[0; 1025]).is_ok()))).unwrap_err();
    assert!(matches!(error, MmioError::ViewTooLarge { .. }), "{error:?}");
    assert!(!file.is_dirty());
    assert_eq!(run(file.seek(SeekFrom::Current(0))).unwrap(), 0);
}

/// Some error; that of a run which missed a page does not count.
fn gone() -> MmioError {
    mmio_file::MmioFile::new(Cursor::new(Vec::new())).set_capacity(usize::MAX).unwrap_err()
}

#[test]
fn a_view_dropped_at_any_poll_can_be_begun_again() {
    let items = [(FourCc::new(*b"INAM"), TITLE)];
    let mut blocking = Cursor::new(wav(300));
    let riff = blocking.descend(None, Find::Riff(None)).unwrap();
    blocking.set_info(&riff, &items).unwrap();
    for polls in 0..60 {
        let stream = waiting(&wav(300));
        let mut file = MmioFile::with_capacity(2048, stream.clone());
        let riff = run(file.with_view(|view| view.descend(None, Find::Riff(None)))).unwrap();
        let before = run(file.seek(SeekFrom::Current(0))).unwrap();
        let answer = run_at_most(polls, file.with_view(|view| Ok(view.set_info(&riff, &items))));
        if answer.is_none() {
            assert_eq!(run(file.seek(SeekFrom::Current(0))).unwrap(), before);
            run(file.with_view(|view| Ok(view.set_info(&riff, &items)))).unwrap().unwrap();
        }
        run(file.flush(FlushFlags::empty())).unwrap();
        let mut made = Cursor::new(stream.disk().bytes.clone());
        let riff = made.descend(None, Find::Riff(None)).unwrap();
        assert_eq!(made.info(&riff).unwrap(), [(FourCc::new(*b"INAM"), TITLE.to_vec())]);
    }
}

#[test]
fn a_run_reads_what_it_has_written_over_what_is_there() {
    let stream = waiting(b"abcdefgh");
    let mut file = MmioFile::with_capacity(16, stream);
    let seen = run(file.with_view(|view| {
        Ok((|| {
            view.seek(SeekFrom::Start(2))?;
            view.write_all(b"XY")?;
            view.seek(SeekFrom::Start(10))?;
            view.write_all(b"Z")?;
            let end = view.seek(SeekFrom::End(0))?;
            view.rewind()?;
            let mut bytes = Vec::new();
            view.read_to_end(&mut bytes)?;
            std::io::Result::Ok((end, bytes))
        })())
    }))
    .unwrap()
    .unwrap();
    assert_eq!(seen, (11, b"abXYefgh\0\0Z".to_vec()));
}
