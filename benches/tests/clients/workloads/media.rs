//! Films, sounds and pictures: `mp4`, `webm`, `lofty` and `tiff`.

use std::cell::RefCell;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};

use mmio_file::Storage;

use super::Outcome;

const FRAMES: u32 = 1500;

/// The two samples of a frame: the number of the track, and the bytes.
fn samples(frame: u32) -> [(u32, Vec<u8>); 2] {
    let video = vec![7; (2000 + frame * 7919 % 4000) as usize];
    [(1, video), (2, vec![7; 300])]
}

/// Writes 1,500 frames of 2,000 to 6,000 bytes, and as many sound samples of 300.
pub(crate) fn mp4_write(stream: &mut (impl Write + Seek)) -> Outcome {
    let config = mp4::Mp4Config {
        major_brand: "isom".parse()?,
        minor_version: 512,
        compatible_brands: vec!["isom".parse()?],
        timescale: 1000,
    };
    let mut movie = mp4::Mp4Writer::write_start(stream, &config)?;
    let video = mp4::Vp9Config { width: 640, height: 360 };
    movie.add_track(&mp4::MediaConfig::Vp9Config(video).into())?;
    movie.add_track(&mp4::MediaConfig::AacConfig(mp4::AacConfig::default()).into())?;
    for frame in 0..FRAMES {
        for (track, bytes) in samples(frame) {
            let sample = mp4::Mp4Sample {
                start_time: u64::from(frame) * 40,
                duration: 40,
                rendering_offset: 0,
                is_sync: frame % 25 == 0,
                bytes: bytes.into(),
            };
            movie.write_sample(track, &sample)?;
        }
    }
    Ok(movie.write_end()?)
}

/// Reads the samples of both tracks in turn, and checks them.
pub(crate) fn mp4_check(stream: &mut (impl Read + Seek)) -> Outcome {
    let len = stream.seek(SeekFrom::End(0))?;
    stream.rewind()?;
    let mut movie = mp4::Mp4Reader::read_header(stream, len)?;
    for frame in 0..FRAMES {
        for (track, bytes) in samples(frame) {
            let sample = movie.read_sample(track, frame + 1)?.ok_or("no such sample")?;
            assert!(sample.bytes == bytes, "track {track}, frame {frame}");
        }
    }
    Ok(())
}

/// Writes the same frames and samples.
#[cfg(feature = "webm")]
pub(crate) fn webm_write(stream: &mut (impl Write + Seek)) -> Outcome {
    use webm::mux::{AudioCodecId, SegmentBuilder, SegmentMode, VideoCodecId, Writer};

    let movie = SegmentBuilder::new(Writer::new(stream))?.set_mode(SegmentMode::File)?;
    let (movie, _) = movie.add_video_track(640, 360, VideoCodecId::VP9, Some(1))?;
    let (movie, _) = movie.add_audio_track(48_000, 2, AudioCodecId::Opus, Some(2))?;
    let mut movie = movie.build();
    for frame in 0..FRAMES {
        for (track, bytes) in samples(frame) {
            let is_key = track == 2 || frame % 25 == 0;
            movie.add_frame(u64::from(track), &bytes, u64::from(frame) * 40_000_000, is_key)?;
        }
    }
    movie.finalize(None).map_err(|_| "the film cannot be finished")?;
    Ok(())
}

/// Reads the samples with `matroska-demuxer`, since `webm` only writes, and checks them.
#[cfg(feature = "webm")]
pub(crate) fn webm_check(stream: &mut (impl Read + Seek)) -> Outcome {
    let mut movie = matroska_demuxer::MatroskaFile::open(stream)?;
    let mut frame = matroska_demuxer::Frame::default();
    for number in 0..FRAMES {
        for (track, bytes) in samples(number) {
            assert!(movie.next_frame(&mut frame)?, "frame {number} is missing");
            assert_eq!((frame.track, frame.timestamp), (u64::from(track), u64::from(number) * 40));
            assert!(frame.data == bytes, "track {track}, frame {number}");
        }
    }
    assert!(!movie.next_frame(&mut frame)?);
    Ok(())
}

const SAMPLES: usize = 100_000;

fn wave() -> impl Iterator<Item = i16> {
    (0..i16::MAX).cycle().take(SAMPLES)
}

/// Writes a WAV of 200,000 bytes without tags.
pub(crate) fn untagged(stream: &mut (impl Write + Seek)) -> Outcome {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 44_100,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::new(stream, spec)?;
    for sample in wave() {
        wav.write_sample(sample)?;
    }
    Ok(wav.finalize()?)
}

/// Gives the WAV a title.
pub(crate) fn lofty_title(stream: &mut impl lofty::io::FileLike) -> Outcome {
    use lofty::tag::{Accessor, Tag, TagExt, TagType};

    let mut tag = Tag::new(TagType::RiffInfo);
    tag.set_title("A title".to_owned());
    Ok(tag.save_to(stream, lofty::config::WriteOptions::default())?)
}

/// Reads the title, and checks it.
pub(crate) fn lofty_read(stream: &mut (impl BufRead + Seek)) -> Outcome {
    use lofty::file::{AudioFile, TaggedFileExt};
    use lofty::tag::{Accessor, Tag, TagType};

    let file = lofty::probe::Probe::new(stream).guess_file_type()?.read()?;
    assert_eq!(file.tag(TagType::RiffInfo).and_then(Tag::title).as_deref(), Some("A title"));
    assert!(file.properties().duration().as_millis() > 0);
    Ok(())
}

/// Checks the title and the samples.
pub(crate) fn lofty_check(stream: &mut (impl Read + Seek)) -> Outcome {
    lofty_read(&mut BufReader::new(&mut *stream))?;
    stream.rewind()?;
    let samples = hound::WavReader::new(stream)?.into_samples().collect::<Result<Vec<i16>, _>>()?;
    assert!(samples.into_iter().eq(wave()));
    Ok(())
}

/// What `lofty` asks for beyond reading, writing and seeking, for any [`Storage`].
pub(crate) struct Taggable<'s, S>(RefCell<&'s mut S>);

impl<'s, S> Taggable<'s, S> {
    pub(crate) fn new(storage: &'s mut S) -> Self {
        Self(RefCell::new(storage))
    }
}

impl<S: Storage> Read for Taggable<'_, S> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.get_mut().read(out)
    }
}

impl<S: Storage> Write for Taggable<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.get_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::flush(self.0.get_mut())
    }
}

impl<S: Storage> Seek for Taggable<'_, S> {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.0.get_mut().seek(target)
    }
}

impl<S: Storage> lofty::io::Length for Taggable<'_, S> {
    fn len(&self) -> io::Result<u64> {
        let mut stream = self.0.borrow_mut();
        let position = stream.stream_position()?;
        let len = stream.seek(SeekFrom::End(0))?;
        stream.seek(SeekFrom::Start(position))?;
        Ok(len)
    }
}

impl<S: Storage> lofty::io::Truncate for Taggable<'_, S> {
    fn truncate(&mut self, len: u64) -> io::Result<()> {
        Storage::set_len(*self.0.get_mut(), len)
    }
}

/// A grey picture of 1,000 × 1,000 points.
fn points() -> Vec<u8> {
    (0..=250).cycle().take(1_000_000).collect()
}

/// Writes the picture in strips of 16 rows.
pub(crate) fn tiff_write(stream: &mut (impl Write + Seek)) -> Outcome {
    let mut tiff = tiff::encoder::TiffEncoder::new(stream)?;
    let mut picture = tiff.new_image::<tiff::encoder::colortype::Gray8>(1000, 1000)?;
    picture.rows_per_strip(16)?;
    Ok(picture.write_data(&points())?)
}

/// Reads the picture, and checks it.
pub(crate) fn tiff_check(stream: &mut (impl Read + Seek)) -> Outcome {
    let picture = tiff::decoder::Decoder::new(stream)?.read_image()?;
    assert!(matches!(picture, tiff::decoder::DecodingResult::U8(read) if read == points()));
    Ok(())
}
