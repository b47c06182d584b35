//! Appending to files that others made: what is settled, what is refused, and what a failure leaves.

use std::fs;
use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use mmio_file::riff::{Chunk, Find, FourCc, NewChunk, RiffRead, RiffWrite};
use mmio_file::{FlushFlags, MmioError, MmioFile};

use crate::common::stream::{Class, Fault, Faulty, What};

const INAM: FourCc = FourCc::new(*b"INAM");
const TITLE: &[u8] = b"A title\0";

fn data(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)).unwrap()
}

/// A chunk whose size says what it likes, without a pad byte.
fn sized(id: &str, size: u32, data: &[u8]) -> Vec<u8> {
    [id.as_bytes(), &size.to_le_bytes(), data].concat()
}

fn chunk(id: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = sized(id, u32::try_from(data.len()).unwrap(), data);
    bytes.extend(&[0][..data.len() % 2]);
    bytes
}

fn riff_of(size: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    sized("RIFF", size, &[b"WAVE", &chunks.concat()[..]].concat())
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    riff_of(4 + u32::try_from(chunks.concat().len()).unwrap(), chunks)
}

fn enter(file: &mut (impl Read + Seek)) -> Chunk {
    file.find_chunk(None, Find::Riff(None)).unwrap().unwrap()
}

fn set_title<S: Read + Write + Seek>(file: &mut S) -> io::Result<()> {
    let riff = file.find_chunk(None, Find::Riff(None))?.unwrap();
    file.set_info(&riff, &[(INAM, TITLE)])
}

/// The file with a title.
fn titled(bytes: &[u8]) -> Vec<u8> {
    let mut file = Cursor::new(bytes.to_vec());
    set_title(&mut file).unwrap();
    let riff = enter(&mut file);
    assert_eq!(file.info(&riff).unwrap(), [(INAM, TITLE.to_vec())]);
    assert_eq!((riff.declared_size(), riff.is_truncated()), (riff.data_len(), false));
    file.into_inner()
}

/// Where a chunk of the first RIFF is, and what its header says.
fn place(bytes: &[u8], name: &str) -> (u64, u64, u64) {
    let mut file = Cursor::new(bytes);
    let riff = enter(&mut file);
    let id = Find::Id(name.parse().unwrap());
    let chunk = file.find_chunk(Some(&riff), id).unwrap().unwrap();
    (chunk.data_offset(), chunk.data_len(), chunk.declared_size())
}

fn refused(bytes: &[u8]) -> MmioError {
    let mut file = MmioFile::new(Cursor::new(bytes.to_vec()));
    file.seek(SeekFrom::Start(5)).unwrap();
    let riff = file.find_chunk(None, Find::Riff(None)).unwrap().unwrap();
    file.seek(SeekFrom::Start(5)).unwrap();
    let error = file.set_info(&riff, &[(INAM, TITLE)]).unwrap_err();
    assert_eq!(file.stream_position().unwrap(), 5);
    assert!(!file.is_dirty());
    assert_eq!(file.into_inner().unwrap().into_inner(), bytes);
    error.downcast().unwrap()
}

// What is settled.

#[test]
fn a_riff_that_was_too_small_gets_its_size_and_the_audio_stays() {
    let before = data("riff_8_short.wav");
    let after = titled(&before);
    assert_eq!(after[8..60], before[8..60]);
    assert_eq!(place(&after, "data"), (44, 16, 16));
}

#[test]
fn open_and_huge_sizes_are_settled() {
    for name in ["open_sizes.wav", "huge_sizes.wav"] {
        let before = data(name);
        let after = titled(&before);
        assert_eq!(after[44..60], before[44..60]);
        assert_eq!(after[40..44], [16, 0, 0, 0]);
        assert_eq!(after[4..8], u32::try_from(after.len() - 8).unwrap().to_le_bytes());
    }
}

#[test]
fn a_data_of_0_is_settled_whatever_the_riff_says() {
    for (riff_size, len) in [(0, 10), (36, 11), (4, 5001), (0x7FFF_FFFF, 12)] {
        let audio = vec![0xFE; len];
        let before = riff_of(riff_size, &[sized("data", 0, &audio)]);
        let after = titled(&before);
        assert_eq!(place(&after, "data"), (20, len as u64, len as u64));
        assert_eq!(after[20..20 + len], audio);
    }
}

#[test]
fn a_list_that_was_cut_is_settled_with_its_last_child() {
    let before = data("last_chunk_cut.wav");
    let mut file = Cursor::new(before);
    let riff = enter(&mut file);
    file.append_chunk(&riff, NewChunk::id(FourCc::new(*b"note")), |file| file.write_all(b"hi"))
        .unwrap();
    let riff = enter(&mut file);
    assert_eq!(file.info(&riff).unwrap(), [(INAM, b"Old tit".to_vec())]);
    let after = file.into_inner();
    // The pad byte of the text is part of the list.
    assert_eq!(place(&after, "LIST"), (68, 20, 20));
    assert_eq!(place(&after, "note"), (96, 2, 2));
}

#[test]
fn lists_that_were_cut_in_lists_are_settled_all_the_way_in() {
    for cut in 1..12 {
        let deep = chunk("note", b"A note that is cut");
        let deep = chunk("LIST", &[b"two ", &deep[..]].concat());
        let deep = chunk("LIST", &[b"one ", &chunk("none", b"")[..], &deep].concat());
        let mut before = riff(&[deep]);
        before.truncate(before.len() - cut);
        let after = titled(&before);
        let mut file = Cursor::new(&after);
        let mut parent = enter(&mut file);
        for _ in 0..2 {
            parent = file.find_chunk(Some(&parent), Find::List(None)).unwrap().unwrap();
            assert!(!parent.is_truncated());
        }
        let note = file.find_chunk(Some(&parent), Find::Next).unwrap().unwrap();
        assert_eq!((note.data_len(), note.is_truncated()), (18 - cut as u64, false));
    }
}

#[test]
fn a_chunk_that_was_cut_is_settled() {
    let after = titled(&data("fmt_cut.wav"));
    assert_eq!(place(&after, "fmt"), (20, 14, 14));
    assert_eq!(place(&after, "LIST").0, 42);
}

#[test]
fn a_list_that_was_cut_before_its_type_becomes_junk() {
    for len in 0..4 {
        let before = riff_of(99, &[chunk("data", b"pcm"), sized("LIST", 50, &b"INF"[..len])]);
        let after = titled(&before);
        assert_eq!(place(&after, "JUNK").1, len as u64);
        assert_eq!(place(&after, "data"), (20, 3, 3));
    }
}

#[test]
fn a_killed_movie_is_settled() {
    let frames = [chunk("00dc", b"frame"), sized("00dc", 99, b"cut")].concat();
    let movi = sized("LIST", 0, &[b"movi", &frames[..]].concat());
    let before = riff_of(0, &[chunk("LIST", b"hdrl"), movi]);
    let after = titled(&before);
    let mut file = Cursor::new(&after);
    let riff = enter(&mut file);
    let movi = Find::List(Some(FourCc::new(*b"movi")));
    let movi = file.find_chunk(Some(&riff), movi).unwrap().unwrap();
    assert_eq!(movi.declared_size(), 4 + 14 + 12);
    let mut frames = Vec::new();
    while let Some(frame) = file.next_chunk(Some(&movi)).unwrap() {
        frames.push((frame.data_len(), frame.is_truncated()));
        file.ascend(&frame).unwrap();
    }
    assert_eq!(frames, [(5, false), (3, false)]);
}

#[test]
fn a_ds64_whose_data_is_sound_stays_as_it_was() {
    for name in ["ds64_of_24.wav", "rf64.wav"] {
        let before = data(name);
        let after = titled(&before);
        assert_eq!(after[28..before.len()], before[28..], "{name}");
        assert_eq!(after[20..28], (after.len() as u64 - 8).to_le_bytes());
    }
    // A length that the header has too, or instead, is not put there.
    let mut ds64 = data("rf64.wav");
    ds64[28..36].fill(0);
    ds64[76..80].copy_from_slice(&32_u32.to_le_bytes());
    assert_eq!(titled(&ds64)[28..112], ds64[28..]);
}

#[test]
fn the_data_of_an_rf64_that_was_cut_is_settled_in_the_ds64() {
    for cut in [1, 2, 15, 31] {
        let mut before = data("rf64.wav");
        before.truncate(before.len() - cut);
        let after = titled(&before);
        let len = 32 - cut as u64;
        assert_eq!(after[28..36], len.to_le_bytes());
        assert_eq!(place(&after, "data"), (80, len, len));
    }
}

/// Its size becomes all ones, and the chunk behind the zeros must be found by that size too.
#[test]
fn an_open_data_after_zeros_is_found_when_it_is_settled() {
    let mut before =
        riff_of(u32::MAX, &[chunk("ds64", &[0; 28]), vec![0; 16], sized("data", 0, &[0xFE; 20])]);
    before[..4].copy_from_slice(b"RF64");
    assert_eq!(place(&titled(&before), "data").1, 20);
}

#[test]
fn reopening_an_rf64_replaces_no_length_that_is_not_the_riffs() {
    let mut before = data("rf64.wav");
    before[28..36].copy_from_slice(&16_u64.to_le_bytes());
    before[76..80].copy_from_slice(&32_u32.to_le_bytes());
    let mut file = Cursor::new(before.clone());
    let riff = enter(&mut file);
    let mut riff = file.reopen(riff).unwrap();
    file.finish_chunk(&mut riff).unwrap();
    assert_eq!(file.into_inner(), before);
}

#[test]
fn zeros_and_stray_bytes_at_the_end_are_overwritten() {
    for end in [vec![0; 5], vec![0; 8], vec![0; 5000], b"\x01\x02\x03\x04\x05\x06\x07".to_vec()] {
        for inside in [true, false] {
            let mut before = [riff(&[chunk("data", b"pcm")]), end.clone()].concat();
            if inside {
                let size = u32::try_from(before.len() - 8).unwrap();
                before[4..8].copy_from_slice(&size.to_le_bytes());
            }
            let after = titled(&before);
            assert_eq!(place(&after, "LIST").0, 32);
        }
    }
}

// What is refused.

#[test]
fn what_follows_the_riff_is_not_overwritten() {
    let error = refused(&data("tag_after_riff.wav"));
    assert!(matches!(error, MmioError::NotAtEnd { offset: 60, len: 128, .. }), "{error}");
    assert_eq!((error.kind(), error.mmio_code()), (ErrorKind::InvalidData, 272));
    let error = refused(&data("second_riff.wav"));
    assert!(matches!(error, MmioError::NotAtEnd { offset: 60, len: 60, .. }), "{error}");
    for next in ["RIFX", "FORM", "RF64", "note", "APET"] {
        for pad in [0, 8] {
            let first = [riff(&[chunk("data", b"pcm")]), vec![0; pad]].concat();
            let error = refused(&[first, chunk(next, b"WAVE and more")].concat());
            let start = 24 + pad as u64;
            let MmioError::NotAtEnd { offset, len, .. } = error else { panic!("{error}") };
            assert_eq!((offset, len), (start, 22), "{next}");
        }
    }
}

#[test]
fn what_follows_the_last_chunk_in_the_riff_is_not_overwritten() {
    let inside = [chunk("data", b"pcm"), vec![0; 5000], chunk("note", b"far")];
    let error = refused(&riff(&inside));
    assert!(matches!(error, MmioError::NotAtEnd { offset: 5024, len: 12, .. }), "{error}");
}

#[test]
fn a_last_chunk_without_a_name_is_not_settled() {
    for bytes in [&b"\x01\x02\x03\x04\xFF\xFF\xFF\xFFabcd"[..], b"\xFFabc\x63\0\0\0abcd"] {
        let error = refused(&riff(&[chunk("data", b"pcm"), bytes.to_vec()]));
        assert!(matches!(error, MmioError::InvalidFile { offset: 24, .. }), "{error}");
    }
}

#[test]
fn what_is_no_riff_is_refused_as_such() {
    for name in ["rifx.wav", "tone.aiff"] {
        let before = data(name);
        let error = Cursor::new(&before).find_chunk(None, Find::Riff(None)).unwrap_err();
        assert!(matches!(error, MmioError::InvalidFile { offset: 0, .. }));
    }
    // A chunk that is none, found or stale.
    let before = riff(&[chunk("data", b"pcm"), chunk("LIST", b"INFO")]);
    let mut file = Cursor::new(before.clone());
    let riff = enter(&mut file);
    let list = file.find_chunk(Some(&riff), Find::List(None)).unwrap().unwrap();
    let error = file.append_chunk(&list, NewChunk::id(INAM), |_| Ok(())).unwrap_err();
    let error: MmioError = error.downcast().unwrap();
    assert!(matches!(error, MmioError::InvalidFile { offset: 24, .. }), "{error}");
    assert_eq!(file.into_inner(), before);
}

#[test]
fn a_size_that_can_not_be_described_is_refused_before_anything_is_written() {
    for size in [0xFFFF_FFFF, 0xFFFF_FFE8, 1 << 40, u64::MAX] {
        let before = riff(&[chunk("data", b"pcm")]);
        let mut file = Cursor::new(before.clone());
        let riff = enter(&mut file);
        let new = NewChunk::id(INAM).with_size(size);
        let error = file.append_chunk(&riff, new, |_| Ok(())).unwrap_err();
        let error: MmioError = error.downcast().unwrap();
        assert!(matches!(error, MmioError::ChunkTooLong { .. }), "{error}");
        assert_eq!(file.into_inner(), before);
    }
}

// INFO.

#[test]
fn a_list_is_replaced_and_the_old_one_is_junk() {
    let before = data("info.wav");
    let after = titled(&before);
    assert_eq!(&after[36..40], b"JUNK");
    assert_eq!((&after[8..36], &after[40..128]), (&before[8..36], &before[40..]));
    // No items, no list.
    let mut file = Cursor::new(after);
    file.set_position(7);
    let riff = enter(&mut file);
    file.set_position(7);
    file.set_info(&riff, &[]).unwrap();
    assert_eq!(file.position(), 7);
    assert!(file.info(&riff).unwrap().is_empty());
    let len = file.get_ref().len();
    file.set_info(&riff, &[]).unwrap();
    assert_eq!(file.get_ref().len(), len);
}

#[test]
fn info_reads_all_lists_in_order_and_leaves_the_position() {
    let first =
        chunk("LIST", &[b"INFO", &chunk("INAM", b"one\0")[..], &chunk("IART", b"")].concat());
    let second = chunk("LIST", &[b"INFO", &chunk("INAM", b"two")[..]].concat());
    let other = chunk("LIST", &[b"adtl", &chunk("INAM", b"no\0")[..]].concat());
    let mut file = Cursor::new(riff(&[first, other, second]));
    let riff = enter(&mut file);
    file.set_position(3);
    let expected = [("INAM", "one\0"), ("IART", ""), ("INAM", "two")];
    let expected = expected.map(|(id, text)| (id.parse().unwrap(), text.as_bytes().to_vec()));
    assert_eq!(file.info(&riff).unwrap(), expected);
    assert_eq!(file.position(), 3);
    // Both become one.
    set_title(&mut file).unwrap();
    let riff = enter(&mut file);
    assert_eq!(file.info(&riff).unwrap(), [(INAM, TITLE.to_vec())]);
}

#[test]
fn an_open_list_that_is_dropped_leaves_no_chunks_behind() {
    let items = chunk("INAM", b"A title\0");
    let list = sized("LIST", 0, &[b"INFO", &items[..]].concat());
    let mut file = Cursor::new(riff(&[chunk("data", b"pcm"), list]));
    let riff = enter(&mut file);
    assert_eq!(file.info(&riff).unwrap().len(), 1);
    file.set_info(&riff, &[]).unwrap();
    assert_eq!(place(file.get_ref(), "JUNK").1, 20);
}

// What a failure leaves.

type Items = Vec<(FourCc, Vec<u8>)>;

/// What a reader sees: the names and data of all chunks, and the title.
fn seen(bytes: &[u8]) -> (Items, Vec<Vec<u8>>) {
    let mut file = Cursor::new(bytes);
    let riff = enter(&mut file);
    let titles = file.info(&riff).unwrap().into_iter().map(|(_, text)| text).collect();
    let mut chunks = Vec::new();
    file.seek(SeekFrom::Start(riff.data_offset())).unwrap();
    while let Some(chunk) = file.next_chunk(Some(&riff)).unwrap() {
        let mut data = Vec::new();
        file.chunk_reader(&chunk).read_to_end(&mut data).unwrap();
        // The length of an RF64 is in the `ds64`.
        let may_change = [FourCc::JUNK, FourCc::LIST, FourCc::new(*b"ds64")];
        // A name that is being replaced begins with `~`.
        if !may_change.contains(&chunk.id()) && chunk.id().to_bytes()[0] != b'~' {
            chunks.push((chunk.id(), data));
        }
        file.ascend(&chunk).unwrap();
    }
    (chunks, titles)
}

fn faults() -> Vec<What> {
    let full = ErrorKind::StorageFull;
    let moving = vec![What::Short(1), What::HalfThenFails(full), What::FailsMidway(full)];
    [vec![What::Fails(full), What::Interrupted(2)], moving].concat()
}

#[test]
fn whichever_call_fails_readers_see_the_old_file_or_the_new_and_the_repeat_does_the_job() {
    let names =
        ["s16.wav", "u8.wav", "no_pad.wav", "info.wav", "rf64.wav", "ds64_of_24.wav", "size_0.wav"];
    let more = ["open_sizes.wav", "huge_sizes.wav", "last_chunk_cut.wav", "riff_8_short.wav"];
    let empty = riff(&[chunk("data", b""), b"\x01\x02\x03".to_vec()]);
    let odd = riff_of(99, &[sized("data", 50, b"odd")]);
    let files = names.iter().chain(&more).map(|name| data(name)).chain([empty, odd]);
    let (mut failures, mut repeats) = (0, 0);
    for before in files {
        let old = seen(&before);
        for capacity in [0, 1, 16, 64, 4096, 65536] {
            for class in [Class::Read, Class::Write, Class::Seek, Class::Flush] {
                for what in faults() {
                    for after in 0.. {
                        let stream = Faulty::new(before.clone());
                        let mut file = MmioFile::with_capacity(capacity, stream.clone());
                        file.rewind().unwrap();
                        stream.arm(Fault::once(class, what, after));
                        let mut is_done = set_title(&mut file).is_ok();
                        let has_fired = stream.look().fired.values().sum::<u32>() > 0;
                        stream.repair();
                        while !is_done {
                            failures += 1;
                            let now = seen(&stream.content());
                            assert!(
                                now == old || now.1.last().is_some_and(|text| text == TITLE),
                                "{capacity} bytes, {class:?} {what:?} after {after}: {now:?}"
                            );
                            assert_eq!(now.0, old.0);
                            repeats += 1;
                            is_done = set_title(&mut file).is_ok();
                        }
                        file.flush(FlushFlags::empty()).unwrap();
                        let now = seen(&stream.content());
                        assert_eq!(
                            now.0, old.0,
                            "{capacity} bytes, {class:?} {what:?} after {after}"
                        );
                        assert_eq!(
                            now.1,
                            [TITLE],
                            "{capacity} bytes, {class:?} {what:?} after {after}"
                        );
                        if !has_fired {
                            break;
                        }
                    }
                }
            }
        }
    }
    println!("{failures} failures, {repeats} repeats");
    assert!(failures > 1000);
}

#[test]
fn content_that_fails_leaves_the_old_file_to_every_reader() {
    let before = data("u8.wav");
    let mut file = Cursor::new(before.clone());
    let riff = enter(&mut file);
    file.set_position(9);
    let note = NewChunk::id(FourCc::new(*b"note"));
    let error = file
        .append_chunk(&riff, note, |file| {
            file.write_all(b"half a no")?;
            Err::<(), _>(io::Error::other("no more"))
        })
        .unwrap_err();
    assert_eq!(error.to_string(), "no more");
    assert_eq!(file.position(), 9);
    assert_eq!(seen(file.get_ref()), seen(&before));
    assert_eq!(file.get_ref()[..before.len()], before);
    set_title(&mut file).unwrap();
    assert_eq!(seen(file.get_ref()), (seen(&before).0, vec![TITLE.to_vec()]));
}

#[test]
fn each_step_is_on_the_stream_before_the_next() {
    // What reaches the stream between two flushes is one write, or the order would be up to it.
    let stream = Faulty::new(data("open_sizes.wav"));
    let mut file = MmioFile::new(stream.clone());
    let riff = enter(&mut file);
    let note = NewChunk::id(FourCc::new(*b"note"));
    stream.forget_calls();
    file.append_chunk(&riff, note, |file| file.write_all(&vec![7; 50_000])).unwrap();
    let writes: Vec<_> = stream
        .look()
        .log
        .iter()
        .filter(|call| call.class == Class::Write)
        .map(|call| call.at)
        .collect();
    assert_eq!(writes, [40, 60, 68, 64, 4, 60, 61]);
    file.flush(FlushFlags::empty()).unwrap();
    assert_eq!(stream.look().log.iter().rfind(|call| call.class == Class::Write).unwrap().at, 60);
}
