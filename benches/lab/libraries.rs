//! What real libraries do, recorded here: each works over a file in memory that takes note.

use std::error::Error;
use std::io::{Cursor, Read, Seek, Write};

use crate::trace::{Recorder, Trace};

type Outcome = Result<(), Box<dyn Error>>;

/// All of them.
pub(crate) fn all() -> Result<Vec<Trace>, Box<dyn Error>> {
    let mut lab = Lab::default();
    fat(&mut lab)?;
    archive(&mut lab)?;
    wave(&mut lab)?;
    compound(&mut lab)?;
    table(&mut lab)?;
    movie(&mut lab)?;
    tags(&mut lab)?;
    picture(&mut lab)?;
    Ok(lab.traces)
}

#[derive(Default)]
struct Lab {
    traces: Vec<Trace>,
}

impl Lab {
    /// Records what `work` does to a file that has these bytes; returns those that it has then.
    fn record(
        &mut self,
        name: &str,
        mut bytes: Vec<u8>,
        work: impl FnOnce(&mut Recorder) -> Outcome,
    ) -> Result<Vec<u8>, Box<dyn Error>> {
        let mut recorder = Recorder::new(name, std::mem::take(&mut bytes));
        work(&mut recorder)?;
        let (trace, bytes) = recorder.into_parts();
        self.traces.push(trace);
        Ok(bytes)
    }
}

/// Text that compresses, different for every `seed`.
fn text(seed: usize, len: usize) -> Vec<u8> {
    (0..)
        .flat_map(|line| format!("{seed:04} {line:06} {:x}\n", seed * 31 + line * 17).into_bytes())
        .take(len)
        .collect()
}

/// 200 files of 30,000 bytes in a FAT image of 16 MiB.
fn fat(lab: &mut Lab) -> Outcome {
    let name = |index: usize| format!("file-{index}.txt");
    let options = fatfs::FsOptions::new;
    let image = lab.record("fatfs formats", vec![0; 16 << 20], |file| {
        Ok(fatfs::format_volume(file, fatfs::FormatVolumeOptions::new())?)
    })?;
    let image = lab.record("fatfs creates 200 files", image, |file| {
        let volume = fatfs::FileSystem::new(file, options())?;
        for index in 0..200 {
            volume.root_dir().create_file(&name(index))?.write_all(&text(index, 30_000))?;
        }
        Ok(volume.unmount()?)
    })?;
    let image = lab.record("fatfs lists 200 files", image, |file| {
        let volume = fatfs::FileSystem::new(file, options())?;
        assert_eq!(volume.root_dir().iter().count(), 200);
        Ok(())
    })?;
    let image = lab.record("fatfs reads 200 files", image, |file| {
        let volume = fatfs::FileSystem::new(file, options())?;
        for index in 0..200 {
            let mut content = Vec::new();
            volume.root_dir().open_file(&name(index))?.read_to_end(&mut content)?;
            assert_eq!(content.len(), 30_000);
        }
        Ok(())
    })?;
    lab.record("fatfs removes 100 files", image, |file| {
        let volume = fatfs::FileSystem::new(file, options())?;
        for index in (0..200).step_by(2) {
            volume.root_dir().remove(&name(index))?;
        }
        Ok(volume.unmount()?)
    })?;
    Ok(())
}

/// 300 files of 3,000 bytes in a ZIP archive.
fn archive(lab: &mut Lab) -> Outcome {
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let bytes = lab.record("zip writes 300 files", Vec::new(), |file| {
        let mut zip = zip::ZipWriter::new(file);
        for index in 0..300 {
            zip.start_file(format!("folder/{index}.txt"), options)?;
            zip.write_all(&text(index, 3000))?;
        }
        zip.finish()?;
        Ok(())
    })?;
    let bytes = lab.record("zip reads them in order", bytes, |file| {
        let mut zip = zip::ZipArchive::new(file)?;
        let mut content = Vec::new();
        for index in 0..zip.len() {
            zip.by_index(index)?.read_to_end(&mut content)?;
        }
        Ok(())
    })?;
    let bytes = lab.record("zip reads them out of order", bytes, |file| {
        let mut zip = zip::ZipArchive::new(file)?;
        let mut content = Vec::new();
        for index in 0..zip.len() {
            zip.by_index(index * 77 % 300)?.read_to_end(&mut content)?;
        }
        Ok(())
    })?;
    lab.record("zip appends a file", bytes, |file| {
        let mut zip = zip::ZipWriter::new_append(file)?;
        zip.start_file("appended.txt", options)?;
        zip.write_all(b"appended")?;
        zip.finish()?;
        Ok(())
    })?;
    Ok(())
}

/// 100,000 samples in a WAV.
fn wave(lab: &mut Lab) -> Outcome {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let bytes = lab.record("hound writes, flushes each 1,000", Vec::new(), |file| {
        let mut wav = hound::WavWriter::new(file, spec)?;
        for (index, sample) in (0..100_000).zip((0..i16::MAX).cycle()) {
            wav.write_sample(sample)?;
            if index % 1000 == 0 {
                wav.flush()?;
            }
        }
        Ok(wav.finalize()?)
    })?;
    let bytes = lab.record("hound reads", bytes, |file| {
        assert_eq!(hound::WavReader::new(file)?.into_samples::<i16>().count(), 100_000);
        Ok(())
    })?;
    lab.record("hound appends", bytes, |file| {
        let mut wav = hound::WavWriter::new_append(file)?;
        for sample in (0..i16::MAX).take(20_000) {
            wav.write_sample(sample)?;
        }
        Ok(wav.finalize()?)
    })?;
    Ok(())
}

/// 100 streams of 10,000 bytes in a compound file, as in documents of office programs.
fn compound(lab: &mut Lab) -> Outcome {
    let name = |index: usize| format!("/stream-{index}");
    let bytes = lab.record("cfb creates 100 streams", Vec::new(), |file| {
        let mut compound = cfb::CompoundFile::create(file)?;
        for index in 0..100 {
            compound.create_stream(name(index))?.write_all(&text(index, 10_000))?;
        }
        Ok(compound.flush()?)
    })?;
    let bytes = lab.record("cfb reads them", bytes, |file| {
        let mut compound = cfb::CompoundFile::open(file)?;
        let mut content = Vec::new();
        for index in 0..100 {
            compound.open_stream(name(index))?.read_to_end(&mut content)?;
        }
        Ok(())
    })?;
    lab.record("cfb makes every third longer", bytes, |file| {
        let mut compound = cfb::CompoundFile::open(file)?;
        for index in (0..100).step_by(3) {
            let mut stream = compound.open_stream(name(index))?;
            stream.seek(std::io::SeekFrom::End(0))?;
            stream.write_all(&text(index, 2000))?;
        }
        Ok(compound.flush()?)
    })?;
    Ok(())
}

/// 3,000 records in a dBase table.
fn table(lab: &mut Lab) -> Outcome {
    let field = |name| dbase::FieldName::try_from(name);
    let builder = || -> Result<_, Box<dyn Error>> {
        Ok(dbase::TableWriterBuilder::new()
            .add_character_field(field("name")?, 40)
            .add_numeric_field(field("number")?, 10, 0)
            .add_character_field(field("place")?, 60))
    };
    let record = |index: usize| {
        let mut record = dbase::Record::default();
        let text = |text: String| dbase::FieldValue::Character(Some(text));
        record.insert("name".to_owned(), text(format!("name {index}")));
        record.insert("number".to_owned(), dbase::FieldValue::Numeric(Some(17.0)));
        record.insert("place".to_owned(), text(format!("place {index}")));
        record
    };
    let bytes = lab.record("dbase writes 3,000 records", Vec::new(), |file| {
        let mut table = builder()?.build_with_dest(file);
        for index in 0..3000 {
            table.write_record(&record(index))?;
        }
        Ok(table.finalize()?)
    })?;
    let bytes = lab.record("dbase reads them", bytes, |file| {
        assert_eq!(dbase::Reader::new(file)?.iter_records().count(), 3000);
        Ok(())
    })?;
    lab.record("dbase changes every tenth", bytes, |file| {
        let mut table = dbase::File::open(file)?;
        let place = table.field_index("place").ok_or("no such field")?;
        for index in (0..3000).step_by(10) {
            let mut record = table.record(index).ok_or("no such record")?;
            record.read()?;
            record.write_field(place, &Some("elsewhere".to_owned()))?;
        }
        Ok(())
    })?;
    Ok(())
}

/// 1,500 frames of 2,000 to 6,000 bytes, and as many samples of 300, in an MP4.
fn movie(lab: &mut Lab) -> Outcome {
    let bytes = lab.record("mp4 writes two tracks", Vec::new(), |file| {
        let config = mp4::Mp4Config {
            major_brand: "isom".parse()?,
            minor_version: 512,
            compatible_brands: vec!["isom".parse()?],
            timescale: 1000,
        };
        let mut movie = mp4::Mp4Writer::write_start(file, &config)?;
        let video = mp4::Vp9Config { width: 640, height: 360 };
        movie.add_track(&mp4::MediaConfig::Vp9Config(video).into())?;
        movie.add_track(&mp4::MediaConfig::AacConfig(mp4::AacConfig::default()).into())?;
        for index in 0..1500_u32 {
            for (track, len) in [(1, 2000 + index * 7919 % 4000), (2, 300)] {
                let sample = mp4::Mp4Sample {
                    start_time: u64::from(index) * 40,
                    duration: 40,
                    rendering_offset: 0,
                    is_sync: index % 25 == 0,
                    bytes: vec![7; len as usize].into(),
                };
                movie.write_sample(track, &sample)?;
            }
        }
        Ok(movie.write_end()?)
    })?;
    lab.record("mp4 reads both by turns", bytes, |file| {
        let len = file.len();
        let mut movie = mp4::Mp4Reader::read_header(file, len)?;
        for sample in 1..=1500 {
            for track in [1, 2] {
                movie.read_sample(track, sample)?;
            }
        }
        Ok(())
    })?;
    Ok(())
}

/// The tags of a WAV of 200,000 bytes.
fn tags(lab: &mut Lab) -> Outcome {
    use lofty::config::WriteOptions;
    use lofty::file::AudioFile;
    use lofty::probe::Probe;
    use lofty::tag::{Accessor, Tag, TagExt, TagType};

    let mut bytes = Vec::new();
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 44_100,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::new(Cursor::new(&mut bytes), spec)?;
    for sample in (0..i16::MAX).cycle().take(100_000) {
        wav.write_sample(sample)?;
    }
    wav.finalize()?;
    let bytes = lab.record("lofty sets a title", bytes, |file| {
        let mut tag = Tag::new(TagType::RiffInfo);
        tag.set_title("A title".to_owned());
        Ok(tag.save_to(file, WriteOptions::default())?)
    })?;
    lab.record("lofty reads it", bytes, |file| {
        let file =
            Probe::new(std::io::BufReader::with_capacity(1, file)).guess_file_type()?.read()?;
        assert!(file.properties().duration().as_millis() > 0);
        Ok(())
    })?;
    Ok(())
}

/// A grey picture of 1,000 × 1,000 points in a TIFF.
fn picture(lab: &mut Lab) -> Outcome {
    use tiff::decoder::Decoder;
    use tiff::encoder::{TiffEncoder, colortype::Gray8};

    let points: Vec<u8> = (0..=250).cycle().take(1_000_000).collect();
    let bytes = lab.record("tiff writes a picture", Vec::new(), |file| {
        let mut tiff = TiffEncoder::new(file)?;
        let mut picture = tiff.new_image::<Gray8>(1000, 1000)?;
        picture.rows_per_strip(16)?;
        Ok(picture.write_data(&points)?)
    })?;
    lab.record("tiff reads it", bytes, |file| {
        Decoder::new(file)?.read_image()?;
        Ok(())
    })?;
    Ok(())
}
