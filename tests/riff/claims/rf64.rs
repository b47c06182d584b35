//! Lengths in a `ds64`.

use crate::make::{
    AUDIO, case, chunk, data_of, find, fmt, lengths, names, read, rf64, riff, riff_of, sized,
};

#[test]
fn three_lengths_are_enough_for_a_ds64() {
    assert_eq!(data_of(&case("ds64_of_24.wav")), (76..92, false));
    for more in [&b""[..], b"\x01", b"\x01\0\0\0", b"\xFF\xFF\xFF\xFFdata"] {
        let bytes = rf64(&[&lengths(16), more].concat(), &[u32::MAX]);
        let (data, is_truncated) = data_of(&bytes);
        assert_eq!((data.end - data.start, is_truncated), (16, false));
    }
}

#[test]
fn a_table_is_believed_as_far_as_it_fits() {
    let entry = |id: &[u8; 4], len: u64| [&id[..], &len.to_le_bytes()].concat();
    let table = [entry(b"levl", 4), entry(b"more", 4)].concat();
    let ds64 = [&lengths(0)[..], &99_u32.to_le_bytes(), &table].concat();
    let all =
        [chunk("ds64", &ds64), sized("levl", u32::MAX, b"abcd"), sized("more", u32::MAX, b"")];
    let mut bytes = riff_of(u32::MAX, &all);
    bytes[..4].copy_from_slice(b"RF64");
    let (_, chunks) = read(&bytes);
    assert_eq!(find(&chunks, "levl").data_len(), 4);
    assert!(find(&chunks, "more").is_truncated());
}

#[test]
fn the_first_data_has_the_length_of_the_ds64() {
    let len_of = |bytes: &[u8]| {
        let (_, chunks) = read(bytes);
        find(&chunks, "data").data_len()
    };
    for size in [0, 4, 16, 99, u32::MAX] {
        assert_eq!(len_of(&rf64(&lengths(14), &[size])), 14, "{size}");
    }
    // Not where it is 0 or does not fit.
    assert_eq!(len_of(&rf64(&lengths(0), &[12])), 12);
    assert_eq!(len_of(&rf64(&lengths(17), &[12])), 12);
    assert_eq!(len_of(&rf64(&lengths(u64::MAX), &[12])), 12);
    // And no other one has.
    let bytes = rf64(&lengths(16), &[u32::MAX, 12]);
    let (_, chunks) = read(&bytes);
    assert_eq!((chunks[2].1.data_len(), chunks[3].1.data_len()), (16, 12));
}

#[test]
fn only_an_outermost_rf64_needs_a_ds64() {
    let bytes = riff(&[fmt(), chunk("RF64", b"WAVE"), chunk("data", AUDIO)]);
    assert_eq!(names(&read(&bytes).1), ["fmt ", "RF64", "data"]);
}
