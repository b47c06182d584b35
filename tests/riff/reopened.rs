//! Chunks of files that others made, opened again: no length is replaced that is not theirs, and no byte
//! after them.

use std::io::{Cursor, Seek, SeekFrom, Write};

use mmio_file::MmioError;
use mmio_file::riff::{Find, FourCc, NewChunk, RiffRead, RiffWrite};

use crate::make::{
    AUDIO, case, children, chunk, enter, find, fmt, lengths, names, read, rf64, rf64_of, riff,
    riff_of, sized,
};

/// Opens each chunk of a file again, LISTs from inside, and finishes it where it ends.
fn finish_each(bytes: &[u8]) -> Vec<u8> {
    let mut file = Cursor::new(bytes.to_vec());
    let riff = enter(&mut file);
    for (_, chunk) in children(&mut file, Some(&riff)) {
        if chunk.form().is_some() {
            file.seek(SeekFrom::Start(chunk.data_offset())).unwrap();
            for (_, inner) in children(&mut file, Some(&chunk)) {
                let mut open = file.reopen(inner).unwrap();
                assert_eq!(file.finish_chunk(&mut open).unwrap().data_range(), inner.data_range());
            }
        }
        let Ok(mut open) = file.reopen(chunk) else { continue };
        let finished = file.finish_chunk(&mut open).unwrap();
        assert_eq!(finished.data_range().start, chunk.data_range().start);
    }
    let mut riff = file.reopen(riff).unwrap();
    file.patch_size(&mut riff).unwrap();
    file.finish_chunk(&mut riff).unwrap();
    file.into_inner()
}

#[test]
fn finishing_a_sound_chunk_where_it_ends_changes_nothing() {
    for name in ["s16.wav", "u8.wav", "info.wav", "bext.wav", "rf64.wav", "ds64_of_24.wav"] {
        assert_eq!(finish_each(&case(name)), case(name), "{name}");
    }
    // Pad bytes may hold anything, and are zeros afterwards.
    let with_pad = |pad| {
        let odd = sized("note", 3, &[b'o', b'd', b'd', pad]);
        riff(&[odd.clone(), chunk("LIST", &[b"INFO", &odd[..]].concat()), fmt()])
    };
    assert_eq!(finish_each(&with_pad(b'x')), with_pad(0));
}

#[test]
fn a_chunk_that_begins_in_the_place_of_a_pad_byte_stays() {
    let bytes = case("info_without_pads.wav");
    let after = finish_each(&bytes);
    assert_eq!(names(&read(&after).1), names(&read(&bytes).1));
    assert_eq!(after[8..], bytes[8..]);
    // The RIFF is padded, since its length is odd.
    let bytes = riff(&[sized("note", 3, b"odd"), chunk("data", AUDIO)]);
    assert_eq!(finish_each(&bytes)[8..], [&bytes[8..], &[0]].concat());
}

#[test]
fn a_list_whose_pad_byte_another_chunk_has_taken_is_not_reopened() {
    let list = sized("LIST", 15, &[b"INFO", &sized("INAM", 3, b"odd")[..]].concat());
    let bytes = riff(&[list, chunk("data", AUDIO)]);
    let mut file = Cursor::new(bytes.clone());
    let riff = enter(&mut file);
    let list = file.find_chunk(Some(&riff), Find::List(None)).unwrap().unwrap();
    let position = file.position();
    let error = file.reopen(list).unwrap_err();
    assert!(matches!(error, MmioError::NotAtEnd { offset: 35, len: 24, .. }), "{error}");
    assert_eq!(file.position(), position);
    assert_eq!(file.into_inner(), bytes);
}

#[test]
fn what_follows_a_riff_of_an_odd_length_is_not_overwritten_by_reopening_it() {
    for tag in ["TAG", "\0", "x"] {
        let first = riff_of(4 + 11, &[sized("note", 3, b"odd")]);
        let bytes = [&first[..], tag.as_bytes()].concat();
        let mut file = Cursor::new(bytes.clone());
        let riff = enter(&mut file);
        let _ = file.reopen(riff);
        assert_eq!(file.into_inner(), bytes, "{tag:?}");
    }
}

#[test]
fn the_first_data_that_is_created_in_an_rf64_has_its_length_in_the_ds64() {
    for stale in [0, 3, 999] {
        for append in [true, false] {
            let mut file = Cursor::new(rf64_of(&[chunk("ds64", &lengths(stale)), fmt()]));
            let riff = enter(&mut file);
            let data = NewChunk::id(FourCc::new(*b"data"));
            if append {
                file.append_chunk(&riff, data, |file| file.write_all(AUDIO)).unwrap();
            } else {
                let mut riff = file.reopen(riff).unwrap();
                file.write_chunk(data, |file| file.write_all(AUDIO)).unwrap();
                file.finish_chunk(&mut riff).unwrap();
            }
            // A second one has not.
            let riff = enter(&mut file);
            let mut riff = file.reopen(riff).unwrap();
            file.write_chunk(data, |file| file.write_all(b"second")).unwrap();
            file.finish_chunk(&mut riff).unwrap();

            let bytes = file.into_inner();
            assert_eq!(bytes[28..36], 16_u64.to_le_bytes());
            let (_, chunks) = read(&bytes);
            assert_eq!(names(&chunks), ["ds64", "fmt ", "data", "data"]);
            assert_eq!(chunks[2].1.data_range(), 76..92, "{stale}, appended: {append}");
            assert_eq!((chunks[3].1.data_len(), chunks[3].1.declared_size()), (6, 6));
        }
    }
}

#[test]
fn the_length_of_data_in_a_ds64_stays_when_the_riff_is_finished() {
    for (long, short) in [(14, 16), (16, 0), (999, 16)] {
        let before = rf64(&lengths(long), &[short]);
        let mut file = Cursor::new(before.clone());
        let riff = enter(&mut file);
        let mut riff = file.reopen(riff).unwrap();
        file.finish_chunk(&mut riff).unwrap();
        let after = file.into_inner();
        assert_eq!((&after[..20], &after[28..]), (&before[..20], &before[28..]));
    }
}

#[test]
fn an_rf64_that_has_its_length_in_its_header_is_no_other_one_meanwhile() {
    // Its `ds64` says 0, which must not be read before the length is there.
    let mut bytes = rf64(&lengths(16), &[u32::MAX]);
    let size = u32::try_from(bytes.len() - 8).unwrap();
    bytes[4..8].copy_from_slice(&size.to_le_bytes());
    let mut file = Cursor::new(bytes.clone());
    let riff = enter(&mut file);
    let mut riff = file.reopen(riff).unwrap();
    file.finish_chunk(&mut riff).unwrap();
    let after = file.into_inner();
    assert_eq!(after[4..8], [0xFF; 4]);
    assert_eq!(after[20..28], u64::from(size).to_le_bytes());
    assert_eq!(find(&read(&after).1, "data").data_len(), 16);
}
