//! Sizes that claim more than there is, and sizes that were never patched.

use std::io::{Cursor, Seek, SeekFrom};

use mmio_file::riff::FourCc;

use crate::make::{
    AUDIO, case, children, chunk, data_of, find, fmt, names, read, riff, riff_of, sized,
};

#[test]
fn a_child_that_fits_neither_riff_nor_file_ends_with_the_riff_if_that_leaves_it_data() {
    let bytes =
        [riff_of(4 + 24 + 8 + 4, &[fmt(), sized("note", 99, b"abcd")]), vec![0; 9]].concat();
    let (riff, chunks) = read(&bytes);
    let note = find(&chunks, "note");
    assert_eq!((riff.data_len(), note.data_len(), note.is_truncated()), (40, 4, true));
    // Else with the file.
    for riff_size in [4 + 24 + 8, 4 + 24 + 2] {
        let bytes = [riff_of(riff_size, &[fmt(), sized("note", 99, b"abcd")]), vec![0; 9]].concat();
        let (riff, chunks) = read(&bytes);
        let note = find(&chunks, "note");
        assert_eq!((note.data_len(), note.is_truncated()), (13, true), "{riff_size}");
        assert_eq!(riff.data_range().end, bytes.len() as u64);
    }
    // And a `data` always.
    for size in [99, u32::MAX] {
        let bytes = riff_of(4 + 24 + 8 + 4, &[fmt(), sized("data", size, AUDIO)]);
        assert_eq!(data_of(&bytes), (44..60, size == 99));
    }
}

#[test]
fn the_sizes_of_a_pipe_mean_to_the_end() {
    assert_eq!(data_of(&case("open_sizes.wav")), (44..60, false));
}

#[test]
fn the_huge_sizes_of_a_killed_recorder_are_cut_down() {
    assert_eq!(data_of(&case("huge_sizes.wav")), (44..60, true));
}

#[test]
fn a_chunk_in_which_the_file_was_cut_is_truncated() {
    let (_, chunks) = read(&case("last_chunk_cut.wav"));
    assert_eq!(find(&chunks, "data").data_range(), 44..60);
    assert!(find(&chunks, "LIST").is_truncated());
    let (_, chunks) = read(&case("fmt_cut.wav"));
    assert_eq!((chunks[0].1.data_len(), chunks[0].1.is_truncated()), (14, true));
}

#[test]
fn samples_after_a_data_of_0_belong_to_it_whatever_the_riff_says() {
    let loud = b"\xFE\x13\xFA\x15\xF0\x12\xFD\x14\x10\x20";
    for riff_size in [0, 4, 36, 40, 1000, 0x7FFF_FFFF, u32::MAX] {
        for audio in [&loud[..], &loud[..8], &[0; 5000]] {
            let bytes = riff_of(riff_size, &[fmt(), sized("data", 0, audio)]);
            let end = bytes.len() as u64;
            assert_eq!(data_of(&bytes), (44..end, false), "{riff_size}");
            assert_eq!(read(&bytes).0.data_range().end, end);
        }
    }
}

#[test]
fn a_data_of_0_before_a_chunk_is_empty() {
    let cut = sized("LIST", 99, b"INFOINAM");
    for next in [chunk("LIST", b"INFO"), chunk("note", b"odd"), cut, sized("JUNK", u32::MAX, b"")] {
        let bytes = riff(&[fmt(), chunk("data", b""), next]);
        assert_eq!(data_of(&bytes), (44..44, false));
    }
    // Other names must fit.
    let bytes = riff(&[fmt(), chunk("data", b""), sized("note", 99, b"INFOINAM")]);
    assert_eq!(data_of(&bytes), (44..60, false));
}

#[test]
fn fewer_than_eight_bytes_after_a_data_of_0_are_stray() {
    for len in 0..8 {
        let bytes = riff_of(36, &[fmt(), sized("data", 0, &AUDIO[..len])]);
        assert_eq!(data_of(&bytes), (44..44, false), "{len} bytes");
    }
}

#[test]
fn an_empty_recording_before_a_tag_or_another_riff_is_empty() {
    let mut tag = b"TAGTitle".to_vec();
    tag.resize(128, b' ');
    for next in [tag, riff(&[fmt()]), sized("RIFX", 0x4000_0000, b"WAVE")] {
        let bytes = [riff(&[fmt(), chunk("data", b"")]), next].concat();
        assert_eq!(data_of(&bytes), (44..44, false));
    }
}

#[test]
fn the_movie_of_a_killed_recorder_is_entered() {
    let frames = [chunk("00dc", b"frame"), chunk("01wb", b"sound"), sized("00dc", 99, b"cut")];
    let movi = |size| sized("LIST", size, &[b"movi", &frames.concat()[..]].concat());
    let hdrl = chunk("LIST", b"hdrl");
    for riff_size in [0, u32::MAX, 4] {
        let bytes = riff_of(riff_size, &[hdrl.clone(), movi(0)]);
        let (_, chunks) = read(&bytes);
        let movi = find(&chunks[1..], "LIST");
        assert_eq!(movi.form(), Some(FourCc::new(*b"movi")));
        assert_eq!(movi.data_range().end, bytes.len() as u64, "{riff_size}");
        let mut file = Cursor::new(&bytes[..]);
        file.seek(SeekFrom::Start(movi.data_offset())).unwrap();
        assert_eq!(names(&children(&mut file, Some(movi))), ["00dc", "01wb", "00dc"]);
    }
}

#[test]
fn a_list_of_0_before_another_chunk_is_empty() {
    for next in [chunk("idx1", b"index"), chunk("LIST", b"INFO"), vec![0; 16], AUDIO.to_vec()] {
        let bytes = riff(&[chunk("LIST", b""), next]);
        let (_, chunks) = read(&bytes);
        assert_eq!((chunks[0].1.data_len(), chunks[0].1.form()), (0, None));
    }
    // A type alone shows nothing.
    let bytes = riff(&[sized("LIST", 0, b"movi"), vec![0; 16]]);
    assert_eq!(read(&bytes).1[0].1.data_len(), 0);
}
