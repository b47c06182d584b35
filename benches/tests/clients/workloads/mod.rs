//! What real libraries do to a stream, each as a function of the stream alone, so that the same
//! work can be done to a file, over std's buffers, and over `MmioFile`. What ends in `_check` reads
//! what another function wrote, and panics if it differs.

pub(crate) mod documents;
pub(crate) mod media;

use std::error::Error;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::LazyLock;

use byteorder::{LittleEndian, ReadBytesExt, WriteBytesExt};

pub(crate) type Outcome = Result<(), Box<dyn Error>>;

/// What these libraries require of a stream that they both read and write. Those that require less
/// work over std's buffers too.
pub(crate) trait Stream: Read + Write + Seek {}
impl<S: Read + Write + Seek> Stream for S {}

/// Text that compresses, different for every `seed`.
pub(crate) fn text(seed: usize, lines: usize) -> String {
    let line = |line| format!("{seed:04} {line:06} {:x}", seed * 31 + line * 17);
    (0..lines).map(line).collect::<Vec<_>>().join("\n")
}

/// Bytes of text, different for every `seed`. They are made only once, so that they cost no time.
pub(crate) fn bytes(seed: usize, len: usize) -> &'static [u8] {
    static TEXT: LazyLock<String> = LazyLock::new(|| text(1, 10_000));
    let start = seed * 101 % (TEXT.len() - len);
    &TEXT.as_bytes()[start..start + len]
}

pub(crate) fn zip_write(stream: &mut (impl Write + Seek)) -> Outcome {
    let mut zip = zip::ZipWriter::new(stream);
    for index in 0..50 {
        zip.start_file(format!("folder/{index}.txt"), zip_options())?;
        zip.write_all(text(index, 60).as_bytes())?;
    }
    zip.finish()?;
    Ok(())
}

/// Adds one file to the archive that [`zip_write`] made.
pub(crate) fn zip_append(stream: &mut impl Stream) -> Outcome {
    stream.rewind()?;
    let mut zip = zip::ZipWriter::new_append(stream)?;
    zip.start_file("appended.txt", zip_options())?;
    zip.write_all(b"appended")?;
    zip.finish()?;
    Ok(())
}

/// Checks what [`zip_write`] and, if there is one more, [`zip_append`] wrote.
pub(crate) fn zip_check(stream: &mut (impl Read + Seek), files: usize) -> Outcome {
    let mut archive = zip::ZipArchive::new(stream)?;
    assert_eq!(archive.len(), files);
    for index in 0..files {
        let mut content = String::new();
        archive.by_index(index)?.read_to_string(&mut content)?;
        let expected = if index < 50 { text(index, 60) } else { "appended".to_owned() };
        assert_eq!(content, expected);
    }
    Ok(())
}

fn zip_options() -> zip::write::SimpleFileOptions {
    zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated)
}

pub(crate) const WAV_SAMPLES: i16 = 20_000;

pub(crate) fn wav_write(stream: &mut (impl Write + Seek)) -> Outcome {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::new(stream, spec)?;
    for sample in 0..WAV_SAMPLES {
        wav.write_sample(sample)?;
        if sample % 1000 == 0 {
            // Makes the header right, as a recorder does.
            wav.flush()?;
        }
    }
    wav.finalize()?;
    Ok(())
}

/// Appends as many samples again to those of [`wav_write`].
pub(crate) fn wav_append(stream: &mut impl Stream) -> Outcome {
    stream.rewind()?;
    let mut wav = hound::WavWriter::new_append(stream)?;
    for sample in 0..WAV_SAMPLES {
        wav.write_sample(-sample)?;
    }
    wav.finalize()?;
    Ok(())
}

/// Checks the sum of the samples, after [`wav_write`] or after [`wav_append`].
pub(crate) fn wav_check(stream: &mut impl Read, is_appended: bool) -> Outcome {
    let samples = i64::from(WAV_SAMPLES);
    assert_eq!(wav_sum(stream)?, if is_appended { 0 } else { samples * (samples - 1) / 2 });
    Ok(())
}

fn wav_sum(stream: &mut impl Read) -> Result<i64, hound::Error> {
    hound::WavReader::new(stream)?.samples::<i32>().map(|sample| sample.map(i64::from)).sum()
}

pub(crate) const FAT_LEN: u64 = 4 * 1024 * 1024;
pub(crate) const FAT_FILES: usize = 60;

/// Formats `stream`, which is [`FAT_LEN`] bytes long, fills it with files, and deletes every other.
pub(crate) fn fat_fill(stream: &mut impl Stream) -> Outcome {
    fatfs::format_volume(&mut *stream, fatfs::FormatVolumeOptions::new())?;
    stream.rewind()?;
    let volume = fatfs::FileSystem::new(stream, fatfs::FsOptions::new())?;
    let root = volume.root_dir();
    for index in 0..FAT_FILES {
        root.create_file(&format!("file-{index}.txt"))?.write_all(text(index, 200).as_bytes())?;
    }
    for index in (0..FAT_FILES).step_by(2) {
        root.remove(&format!("file-{index}.txt"))?;
    }
    drop(root);
    volume.unmount()?;
    Ok(())
}

/// Checks what [`fat_fill`] made.
pub(crate) fn fat_check(stream: impl Stream) -> Outcome {
    let volume = fatfs::FileSystem::new(stream, fatfs::FsOptions::new())?;
    let root = volume.root_dir();
    assert_eq!(root.iter().count(), FAT_FILES / 2);
    for index in (1..FAT_FILES).step_by(2) {
        let mut content = String::new();
        root.open_file(&format!("file-{index}.txt"))?.read_to_string(&mut content)?;
        assert_eq!(content, text(index, 200));
    }
    Ok(())
}

pub(crate) fn picture() -> image::RgbImage {
    image::RgbImage::from_fn(160, 120, |x, y| {
        image::Rgb([x, y, x ^ y].map(|value| u8::try_from(value % 256).unwrap_or(0)))
    })
}

pub(crate) fn png_encode(stream: &mut (impl Write + Seek)) -> Outcome {
    picture().write_to(stream, image::ImageFormat::Png)?;
    Ok(())
}

pub(crate) fn webp_encode(stream: &mut (impl Write + Seek)) -> Outcome {
    picture().write_to(stream, image::ImageFormat::WebP)?;
    Ok(())
}

pub(crate) fn picture_check(
    stream: impl io::BufRead + Seek,
    format: image::ImageFormat,
) -> Outcome {
    let decoded = image::ImageReader::with_format(stream, format).decode()?;
    assert_eq!(decoded.to_rgb8(), picture());
    Ok(())
}

pub(crate) const RECORDS: u32 = 5000;

/// Typed fields: records of a number and its square, counted in a header as they are written.
pub(crate) fn records_write(stream: &mut (impl Write + Seek)) -> Outcome {
    stream.write_u32::<LittleEndian>(0)?;
    for record in 0..RECORDS {
        stream.write_u32::<LittleEndian>(record)?;
        stream.write_u64::<LittleEndian>(u64::from(record).pow(2))?;
        if record % 100 == 99 {
            let end = stream.stream_position()?;
            stream.rewind()?;
            stream.write_u32::<LittleEndian>(record + 1)?;
            stream.seek(SeekFrom::Start(end))?;
        }
    }
    Ok(())
}

pub(crate) fn records_check(stream: &mut impl Read) -> io::Result<()> {
    assert_eq!(stream.read_u32::<LittleEndian>()?, RECORDS);
    for record in 0..RECORDS {
        assert_eq!(stream.read_u32::<LittleEndian>()?, record);
        assert_eq!(stream.read_u64::<LittleEndian>()?, u64::from(record).pow(2));
    }
    Ok(())
}

pub(crate) const ROWS: usize = 2000;

pub(crate) fn csv_write(stream: &mut impl Write) -> Outcome {
    let mut csv = csv::Writer::from_writer(stream);
    for row in 0..ROWS {
        csv.write_record([row.to_string(), format!("name, \"{row}\"")])?;
    }
    csv.flush()?;
    Ok(())
}

pub(crate) fn csv_check(stream: &mut impl Read) -> Outcome {
    let mut csv = csv::ReaderBuilder::new().has_headers(false).from_reader(stream);
    let mut rows = 0;
    for (row, record) in csv.records().enumerate() {
        assert_eq!(&record?[1], format!("name, \"{row}\""));
        rows += 1;
    }
    assert_eq!(rows, ROWS);
    Ok(())
}
