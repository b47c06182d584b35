//! Traces of real libraries: each works over a file in memory that records the calls.

use std::error::Error;
use std::io::{BufReader, Cursor, Read, Write};

use crate::trace::{Recorder, Trace};
use crate::workloads::{Outcome, bytes, documents, media};

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
            volume.root_dir().create_file(&name(index))?.write_all(bytes(index, 30_000))?;
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
            zip.write_all(bytes(index, 3000))?;
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

/// A compound file of 100 streams.
fn compound(lab: &mut Lab) -> Outcome {
    let bytes = lab.record("cfb creates 100 streams", Vec::new(), documents::cfb_create)?;
    let bytes = lab.record("cfb reads them", bytes, |file| documents::cfb_check(file, false))?;
    lab.record("cfb makes every third longer", bytes, documents::cfb_lengthen)?;
    Ok(())
}

/// A table of 3,000 records.
fn table(lab: &mut Lab) -> Outcome {
    let bytes = lab.record("dbase writes 3,000 records", Vec::new(), documents::dbase_write)?;
    let bytes =
        lab.record("dbase reads them", bytes, |file| documents::dbase_check(file, false))?;
    lab.record("dbase changes every tenth", bytes, documents::dbase_change)?;
    Ok(())
}

/// A film of 1,500 frames, with sound.
fn movie(lab: &mut Lab) -> Outcome {
    let bytes = lab.record("mp4 writes two tracks", Vec::new(), media::mp4_write)?;
    lab.record("mp4 reads both by turns", bytes, media::mp4_check)?;
    Ok(())
}

/// The tags of a WAV of 200,000 bytes.
fn tags(lab: &mut Lab) -> Outcome {
    let mut bytes = Cursor::new(Vec::new());
    media::untagged(&mut bytes)?;
    let bytes = lab.record("lofty sets a title", bytes.into_inner(), media::lofty_title)?;
    lab.record("lofty reads it", bytes, |file| {
        media::lofty_read(&mut BufReader::with_capacity(1, file))
    })?;
    Ok(())
}

/// A grey picture of 1,000 × 1,000 points.
fn picture(lab: &mut Lab) -> Outcome {
    let bytes = lab.record("tiff writes a picture", Vec::new(), media::tiff_write)?;
    lab.record("tiff reads it", bytes, media::tiff_check)?;
    Ok(())
}
