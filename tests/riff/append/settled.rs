//! What is corrected before something is appended.

use std::io::{Cursor, Write};

use mmio_file::riff::{Find, FourCc, NewChunk, RiffRead, RiffWrite};

use super::{INAM, place, titled};
use crate::make::{case, chunk, enter, lengths, rf64, riff, riff_of, sized};

#[test]
fn a_riff_that_was_too_small_gets_its_size_and_the_audio_stays() {
    let before = case("riff_8_short.wav");
    let after = titled(&before);
    assert_eq!(after[8..60], before[8..60]);
    assert_eq!(place(&after, "data"), (44, 16, 16));
}

#[test]
fn open_and_huge_sizes_are_settled() {
    for name in ["open_sizes.wav", "huge_sizes.wav"] {
        let before = case(name);
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
    let before = case("last_chunk_cut.wav");
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
        let mut file = Cursor::new(&after[..]);
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
    let after = titled(&case("fmt_cut.wav"));
    assert_eq!(place(&after, "fmt "), (20, 14, 14));
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
    let mut file = Cursor::new(&after[..]);
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
        let before = case(name);
        let after = titled(&before);
        assert_eq!(after[28..before.len()], before[28..], "{name}");
        assert_eq!(after[20..28], (after.len() as u64 - 8).to_le_bytes());
    }
    // A length that the header has too, or instead, is not put there.
    let mut ds64 = case("rf64.wav");
    ds64[28..36].fill(0);
    ds64[76..80].copy_from_slice(&32_u32.to_le_bytes());
    assert_eq!(titled(&ds64)[28..112], ds64[28..]);
}

#[test]
fn the_data_of_an_rf64_that_was_cut_is_settled_in_the_ds64() {
    for cut in [1, 2, 15, 31] {
        let mut before = case("rf64.wav");
        before.truncate(before.len() - cut);
        let after = titled(&before);
        let len = 32 - cut as u64;
        assert_eq!(after[28..36], len.to_le_bytes());
        assert_eq!(place(&after, "data"), (80, len, len));
    }
}

/// Its size becomes all ones, and the chunk after the zeros must be found by that size too.
#[test]
fn an_open_data_after_zeros_is_found_when_it_is_settled() {
    let mut before =
        riff_of(u32::MAX, &[chunk("ds64", &[0; 28]), vec![0; 16], sized("data", 0, &[0xFE; 20])]);
    before[..4].copy_from_slice(b"RF64");
    assert_eq!(place(&titled(&before), "data").1, 20);
}

#[test]
fn reopening_an_rf64_replaces_no_length_that_is_not_the_riffs() {
    let mut before = case("rf64.wav");
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

#[test]
fn a_length_in_the_ds64_that_does_not_fit_is_settled_and_the_header_stays() {
    for (long, short) in [(999, 16), (17, 12), (1 << 40, 16), (u64::MAX, 0)] {
        let before = rf64(&lengths(long), &[short]);
        let end = before.len() - 16 + if short == 0 { 16 } else { short as usize };
        let before = &before[..end];
        let after = titled(before);
        let len = end as u64 - 76;
        assert_eq!(after[28..36], len.to_le_bytes(), "{long}, {short}");
        assert_eq!(place(&after, "data").1, len);
        if short != 0 {
            assert_eq!(after[72..end], before[72..]);
        }
    }
}

#[test]
fn a_length_in_the_ds64_that_fits_stays_whatever_the_header_says() {
    for short in [0, 4, 14, 99, u32::MAX] {
        let before = rf64(&lengths(14), &[short]);
        // What is left of the audio is no chunk, and ends the RIFF.
        let before = &before[..before.len() - 2];
        let after = titled(before);
        assert_eq!(after[28..before.len()], before[28..], "{short}");
        assert_eq!(place(&after, "data"), (76, 14, 14));
    }
}
