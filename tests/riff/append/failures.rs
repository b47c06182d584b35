//! What a failure leaves, and what the next call makes of it.

use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom, Write};

use mmio_file::riff::{Chunk, Find, FourCc, NewChunk, RiffRead, RiffWrite};
use mmio_file::{FlushFlags, MmioError, MmioFile};

use super::{TITLE, set_title};
use crate::appended::Stream;
use crate::common::stream::{Class, Fault, Faulty, What};
use crate::make::{case, chunk, enter, fmt, lengths, rf64, rf64_of, riff, riff_of, sized};
use crate::stopping::Stopping;

const NOTE: FourCc = FourCc::new(*b"note");
const NOTE_TEXT: &[u8] = b"A note of an odd length";

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
        // The length of an RF64 is in the `ds64`, and sizes are in what nests.
        let may_change = [FourCc::JUNK, FourCc::LIST, FourCc::RIFF, FourCc::new(*b"ds64")];
        if !may_change.contains(&chunk.id()) && !is_half_written(&chunk) {
            chunks.push((chunk.id(), data));
        }
        file.ascend(&chunk).unwrap();
    }
    (chunks, titles)
}

/// A name that is being replaced begins with `~`; over zeros, that of a `JUNK` may be there by half.
fn is_half_written(chunk: &Chunk) -> bool {
    let name = chunk.id().to_bytes();
    name[0] == b'~' || (name.starts_with(b"J") && name[3] == 0 && chunk.data_len() == 0)
}

fn faults(class: Class) -> Vec<What> {
    let full = ErrorKind::StorageFull;
    let failing = vec![What::Fails(full), What::Interrupted(2)];
    let moving = vec![What::Short(1), What::HalfThenFails(full), What::FailsMidway(full)];
    match class {
        Class::Read | Class::Write => [failing, moving].concat(),
        // These move no bytes.
        _ => [failing, vec![What::FailsMidway(full)]].concat(),
    }
}

#[test]
fn whichever_call_fails_readers_see_the_old_file_or_the_new_and_the_repeat_does_the_job() {
    let names =
        ["s16.wav", "u8.wav", "no_pad.wav", "info.wav", "rf64.wav", "ds64_of_24.wav", "size_0.wav"];
    let more = ["open_sizes.wav", "huge_sizes.wav", "last_chunk_cut.wav", "riff_8_short.wav"];
    let empty = riff(&[chunk("data", b""), b"\x01\x02\x03".to_vec()]);
    let odd = riff_of(99, &[sized("data", 50, b"odd")]);
    let files = names.iter().chain(&more).map(|name| case(name)).chain([empty, odd]);
    let (mut failures, mut repeats) = (0, 0);
    for before in files {
        let old = seen(&before);
        for capacity in [0, 1, 64, 4096, 65536] {
            for class in [Class::Read, Class::Write, Class::Seek, Class::Flush] {
                for what in faults(class) {
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
fn whichever_call_of_a_stream_without_a_buffer_fails_a_chunk_is_appended_once() {
    let add = |stream: &mut dyn Stream| {
        let riff = stream.find_chunk(None, Find::Riff(None))?.unwrap();
        stream.append_chunk(&riff, NewChunk::id(NOTE), |stream| stream.write_all(NOTE_TEXT))
    };
    let mut failures = 0;
    for before in to_be_settled() {
        let mut new = seen(&before);
        new.0.push((NOTE, NOTE_TEXT.to_vec()));
        for class in [Class::Read, Class::Write, Class::Seek, Class::Flush] {
            for after in 0.. {
                let mut stream = Faulty::new(before.clone());
                stream.arm(Fault::once(class, What::Fails(ErrorKind::StorageFull), after));
                let answer = add(&mut stream);
                let has_fired = stream.look().fired.values().sum::<u32>() > 0;
                stream.repair();
                if answer.is_err() {
                    failures += 1;
                    add(&mut stream).unwrap();
                }
                let now = seen(&stream.content());
                assert!(now == new, "{}: {class:?} after {after}", text(&before));
                if !has_fired {
                    break;
                }
            }
        }
    }
    println!("{failures} failures");
    assert!(failures > 1000);
}

#[test]
fn a_flush_that_fails_is_reported_with_the_end_of_what_was_written() {
    let faulty = Faulty::new(riff(&[chunk("data", b"pcm.")]));
    faulty.arm(Fault::once(Class::Flush, What::Fails(ErrorKind::StorageFull), 0));
    let stream: &mut dyn Stream = &mut faulty.clone();
    let riff = enter(stream);
    let error = stream.append_chunk(&riff, NewChunk::id(NOTE), |_| Ok(())).unwrap_err();
    let error: MmioError = error.downcast().unwrap();
    // After the header of the new chunk.
    assert!(matches!(error, MmioError::CannotWrite { offset: 32, .. }), "{error}");
}

#[test]
fn content_that_fails_leaves_the_old_file_to_every_reader() {
    let before = case("u8.wav");
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
    let stream = Faulty::new(case("open_sizes.wav"));
    let file: &mut dyn Stream = &mut MmioFile::new(stream.clone());
    let riff = enter(file);
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
    file.flush().unwrap();
    assert_eq!(stream.look().log.iter().rfind(|call| call.class == Class::Write).unwrap().at, 60);
}

/// Files in which each kind of size is corrected, some by several bytes.
fn to_be_settled() -> Vec<Vec<u8>> {
    let loud = |len: usize| vec![0xFE; len];
    let frames = [chunk("00dc", &loud(300)), sized("00dc", 999, b"cut")].concat();
    let movi = |size| sized("LIST", size, &[b"movi", &frames[..]].concat());
    let list = sized("LIST", 999, &[b"INFO", &sized("INAM", 99, b"Old")[..]].concat());
    let mut files = vec![
        riff_of(0, &[fmt(), sized("data", 0, &loud(70_001))]),
        riff_of(4, &[fmt(), sized("data", 0, &loud(70_001))]),
        riff(&[chunk("data", &loud(500))]),
        riff(&[chunk("data", &loud(201)), chunk("LIST", b"INFOINAM\x02\0\0\0A\0")]),
        riff(&[chunk("data", b"pcm"), vec![0; 600]]),
        [riff(&[chunk("data", b"pcm")]), vec![0; 600]].concat(),
        riff(&[chunk("data", b""), b"\x01\x02\x03".to_vec()]),
        [riff(&[chunk("data", b"pcm")]), vec![0; 60], b"\x01\x02\x03\x04\x05\x06".to_vec()]
            .concat(),
        [riff(&[chunk("data", b"pcm")]), vec![0; 1], b"\x01\x02\x03\x04\x05\x06\x07".to_vec()]
            .concat(),
        // With a part of the next header, the pad byte would be the first of a name.
        riff(&[chunk("none", b""), sized("odd ", 1, b"!p"), b"stray".to_vec()]),
        // With its pad byte, the one inside reaches past the end of the other.
        riff(&[sized("RIFF", 999, &[b"WAVE", &sized("data", 99, b"odd")[..]].concat())]),
        // What a failed append has left, and more than the next one takes.
        [riff(&[chunk("data", b"pcm")]), sized("JUNK", u32::MAX, &loud(99))].concat(),
        riff_of(99, &[chunk("data", b"pcm"), sized("LIST", 50, b"INF")]),
        riff_of(0x7FFF_FFFF, &[chunk("data", b"pcm"), list]),
    ];
    for size in [0, 4, 36, 280, 0x0001_0000, 0x7FFF_FFFF, u32::MAX] {
        files.push(riff_of(size, &[fmt(), sized("data", 0, &loud(301))]));
        files.push(riff_of(size, &[fmt(), sized("data", u32::MAX, &loud(600))]));
        files.push(riff_of(size, &[fmt(), sized("data", 0x7FFF_FFFF, &loud(259))]));
    }
    for size in [0, 4, 0x0001_0000, 0x7FFF_FFFF, u32::MAX] {
        files.push(riff_of(size, &[chunk("LIST", b"hdrl"), movi(0)]));
    }
    for size in [0, 0x7FFF_FFFF, u32::MAX] {
        files.push(riff_of(size, &[chunk("LIST", b"hdrl"), movi(u32::MAX)]));
    }
    for (long, short) in
        [(0, 0), (0, u32::MAX), (14, 16), (999, 16), (1 << 40, 16), (999, u32::MAX)]
    {
        files.push(rf64(&lengths(long), &[short]));
    }
    files.push(rf64_of(&[chunk("ds64", &[0; 28]), vec![0; 16], sized("data", 0, &loud(300))]));
    files
}

/// The bytes, but for long audio.
fn text(bytes: &[u8]) -> String {
    let loud = [0xFE; 40].escape_ascii().to_string();
    bytes.escape_ascii().to_string().replace(&loud, "")
}

/// Has the stream stop after each byte that it is given, in each of the files, at each capacity; the call
/// that failed is made again. Hands on what the file was, and what it is after the failure and at the end.
fn stop_everywhere(
    act: impl Fn(&mut dyn Stream) -> io::Result<()>,
    check: impl Fn(&[u8], &[u8], &[u8]),
) {
    let mut stops = 0;
    for before in to_be_settled() {
        for capacity in [0, 1, 16, 64, 4096] {
            for after in 0.. {
                let stream = Stopping::new(&before, after);
                let mut file = MmioFile::with_capacity(capacity, stream.clone());
                let answer = act(&mut file);
                if answer.is_ok() {
                    let _ = file.flush(FlushFlags::empty());
                }
                let failed = stream.content();
                stream.repair();
                if answer.is_err() {
                    let again = act(&mut file);
                    again.unwrap_or_else(|error| {
                        panic!("{}, then {}: {error}", text(&before), text(&failed))
                    });
                }
                file.flush(FlushFlags::empty()).unwrap();
                check(&before, &failed, &stream.content());
                if !stream.has_stopped() {
                    break;
                }
                stops += 1;
            }
        }
    }
    println!("{stops} times");
    assert!(stops > 3000);
}

#[test]
fn at_whatever_byte_the_stream_stops_the_next_call_appends_once() {
    let append = |file: &mut dyn Stream| {
        let riff = enter(file);
        file.append_chunk(&riff, NewChunk::id(NOTE), |file| file.write_all(NOTE_TEXT))
    };
    stop_everywhere(append, |before, failed, after| {
        let old = seen(before);
        let mut new = old.clone();
        new.0.push((NOTE, NOTE_TEXT.to_vec()));
        let is_either = [&old, &new].contains(&&seen(failed));
        assert!(is_either, "{} has become {}", text(before), text(failed));
        let is_new = seen(after) == new;
        assert!(is_new, "{}, then {}, then {}", text(before), text(failed), text(after));
    });
}

#[test]
fn at_whatever_byte_the_stream_stops_the_next_call_sets_the_title() {
    stop_everywhere(set_title, |before, failed, after| {
        let old = seen(before);
        let now = seen(failed);
        let has_title = now.1.last().is_some_and(|title| title == TITLE);
        let is_either = now.0 == old.0 && (now.1 == old.1 || has_title);
        assert!(is_either, "{} has become {}", text(before), text(failed));
        let is_new = seen(after) == (old.0, vec![TITLE.to_vec()]);
        assert!(is_new, "{}, then {}, then {}", text(before), text(failed), text(after));
    });
}

#[test]
fn a_call_that_is_given_up_leaves_the_old_file_or_the_new_one_also_when_the_file_is_closed() {
    let mut failures = 0;
    for before in to_be_settled() {
        for capacity in [1, 16, 64, 4096] {
            for after in 0.. {
                let stream = Stopping::new(&before, after);
                let mut file = MmioFile::with_capacity(capacity, stream.clone());
                let answer = set_title(&mut file);
                stream.repair();
                file.close().unwrap();
                if answer.is_ok() {
                    break;
                }
                failures += 1;
                let (old, now) = (seen(&before), seen(&stream.content()));
                let has_title = now.1.last().is_some_and(|title| title == TITLE);
                let is_either = now.0 == old.0 && (now.1 == old.1 || has_title);
                assert!(is_either, "{} has become {}", text(&before), text(&stream.content()));
            }
        }
    }
    println!("{failures} failures");
    assert!(failures > 1000);
}
