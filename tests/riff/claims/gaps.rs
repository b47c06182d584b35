//! Pad bytes, zeros and stray bytes between chunks and after them.

use std::io::{Cursor, Read, Seek, SeekFrom};

use mmio_file::riff::RiffRead;

use crate::make::{AUDIO, case, children, chunk, find, fmt, names, read, riff, riff_of, sized};

#[test]
fn a_pad_byte_missing_in_the_middle_is_noticed() {
    let bytes = case("info_without_pads.wav");
    let (_, chunks) = read(&bytes);
    assert_eq!(names(&chunks), ["fmt ", "LIST", "data"]);
    let list = *find(&chunks, "LIST");
    let mut file = Cursor::new(&bytes[..]);
    file.seek(SeekFrom::Start(list.data_offset())).unwrap();
    let mut texts = Vec::new();
    while let Some(item) = file.next_chunk(Some(&list)).unwrap() {
        let mut text = String::new();
        file.chunk_reader(&item).read_to_string(&mut text).unwrap();
        texts.push((item.id().to_string(), text));
        file.ascend(&item).unwrap();
    }
    let expected = [("ISFT", "recorder\0"), ("INAM", "Old name\0")];
    assert_eq!(texts, expected.map(|(id, text)| (id.to_owned(), text.to_owned())));
}

#[test]
fn a_pad_byte_that_is_there_is_passed_over_whatever_it_holds() {
    for pad in [0, b'x', 0xFF] {
        let odd = sized("note", 3, &[b'o', b'd', b'd', pad]);
        let (_, chunks) = read(&riff(&[odd.clone(), chunk("data", AUDIO)]));
        assert_eq!(names(&chunks), ["note", "data"]);
        // A LIST that was cut is still one.
        let (_, chunks) = read(&riff(&[odd, sized("LIST", 99, b"INFO")]));
        assert_eq!(names(&chunks), ["note", "LIST"]);
    }
    // Without one, what does not fit is not taken for a chunk.
    let bytes = riff(&[sized("note", 3, b"odd"), sized("more", 99, b"abcdefgh")]);
    assert_ne!(names(&read(&bytes).1), ["note", "more"]);
}

#[test]
fn zeros_between_chunks_are_passed_over_up_to_4_kib() {
    for zeros in [1, 2, 7, 8, 9, 100, 4095, 4096] {
        let bytes = riff(&[fmt(), vec![0; zeros], chunk("data", AUDIO), vec![0; zeros]]);
        let (_, chunks) = read(&bytes);
        assert_eq!(names(&chunks)[..2], ["fmt ", "data"], "{zeros} zeros");
    }
    for zeros in [4097, 5000] {
        let bytes = riff(&[fmt(), vec![0; zeros], chunk("data", AUDIO)]);
        assert_eq!(names(&read(&bytes).1), ["fmt "], "{zeros} zeros");
    }
}

#[test]
fn zeros_that_no_chunk_follows_are_the_end() {
    for end in [&b""[..], b"\x01\x02\x03\x04\x05\x06\x07\x08", b"note\xFF\0\0\0", b"no"] {
        for zeros in [8, 30, 4096] {
            let bytes = riff(&[fmt(), vec![0; zeros], end.to_vec()]);
            assert_eq!(names(&read(&bytes).1), ["fmt "], "{zeros} zeros, {end:?}");
        }
    }
}

#[test]
fn zeros_between_riffs_are_passed_over_too() {
    let bytes = [riff(&[fmt()]), vec![0; 512], riff(&[fmt()])].concat();
    assert_eq!(children(&mut Cursor::new(bytes), None).len(), 2);
}

#[test]
fn a_gigabyte_of_zeros_costs_no_walk() {
    /// Zeros after what there is, and a count of what was read of them.
    struct Preallocated(Cursor<Vec<u8>>, u64);
    const LEN: u64 = 1 << 30;
    impl Read for Preallocated {
        fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
            let n = self.0.read(bytes)?;
            bytes[n..].fill(0);
            self.1 += (bytes.len() - n) as u64;
            self.0.seek_relative((bytes.len() - n).try_into().unwrap())?;
            Ok(bytes.len())
        }
    }
    impl Seek for Preallocated {
        fn seek(&mut self, target: SeekFrom) -> std::io::Result<u64> {
            match target {
                SeekFrom::End(distance) => {
                    self.0.seek(SeekFrom::Start(LEN.strict_add_signed(distance)))
                }
                target => self.0.seek(target),
            }
        }
    }
    let bytes = riff_of(u32::try_from(LEN - 8).unwrap(), &[fmt(), chunk("data", AUDIO)]);
    let mut file = Preallocated(Cursor::new(bytes), 0);
    let riff = file.next_chunk(None).unwrap().unwrap();
    assert_eq!(names(&children(&mut file, Some(&riff))), ["fmt ", "data"]);
    assert!(file.1 < 10_000, "{} zeros were read", file.1);
}
