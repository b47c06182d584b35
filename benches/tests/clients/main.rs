//! Real libraries over `MmioFile`, unchanged. What they made is checked from the file's bytes, and
//! by other programs where those are installed.

mod workloads;

use std::fs::{self, File};
use std::io::{self, BufRead, Cursor, Seek, Write};
use std::path::Path;
use std::process::Command;

use mmio_file::MmioFile;
use tempfile::TempDir;
use workloads::{Outcome, Stream, documents, media};

/// Buffers of one page, of few small pages, and the default.
const CAPACITIES: [usize; 4] = [0, 48, 4096, 64 * 1024];

/// Runs `work` on an empty file at every capacity, closes it, and has `check` look at what is there.
fn on_files(work: impl Fn(&mut MmioFile) -> Outcome, check: impl Fn(&Path) -> Outcome) -> Outcome {
    for capacity in CAPACITIES {
        let folder = TempDir::new()?;
        let path = folder.path().join("file");
        let mut options = MmioFile::options();
        let mut file =
            options.read(true).write(true).create_new(true).capacity(capacity).open(&path)?;
        work(&mut file)?;
        file.close()?;
        check(&path)?;
    }
    Ok(())
}

/// Has an installed program accept the file; says so where it is not installed.
fn accepted_by(program: &str, arguments: &[&str], path: &Path) {
    match Command::new(program).args(arguments).arg(path).output() {
        Ok(output) => assert!(output.status.success(), "{program}: {output:?}"),
        Err(error) => println!("not checked by {program}: {error}"),
    }
}

#[test]
fn zip_writes_an_archive_and_appends_to_it() -> Outcome {
    on_files(
        |file| {
            workloads::zip_write(file)?;
            workloads::zip_append(file)
        },
        |path| {
            workloads::zip_check(&mut File::open(path)?, 51)?;
            accepted_by("python3", &["-m", "zipfile", "-t"], path);
            Ok(())
        },
    )
}

#[test]
fn hound_writes_appends_and_reads_a_wav() -> Outcome {
    on_files(
        |file| {
            workloads::wav_write(file)?;
            file.rewind()?;
            workloads::wav_check(file, false)?;
            workloads::wav_append(file)
        },
        |path| {
            workloads::wav_check(&mut File::open(path)?, true)?;
            assert_eq!(fs::metadata(path)?.len(), 44 + 4 * workloads::WAV_SAMPLES as u64);
            accepted_by("soxi", &[], path);
            Ok(())
        },
    )
}

#[test]
fn fatfs_formats_fills_and_deletes() -> Outcome {
    on_files(
        |file| {
            file.set_len(workloads::FAT_LEN)?;
            workloads::fat_fill(file)
        },
        |path| {
            workloads::fat_check(File::options().read(true).write(true).open(path)?)?;
            accepted_by("fsck.fat", &["-n"], path);
            Ok(())
        },
    )
}

#[test]
fn image_encodes_and_decodes() -> Outcome {
    type Encode = fn(&mut MmioFile) -> Outcome;
    let formats: [(image::ImageFormat, Encode); 2] = [
        (image::ImageFormat::Png, workloads::png_encode),
        (image::ImageFormat::WebP, workloads::webp_encode),
    ];
    for (format, encode) in formats {
        on_files(encode, |path| {
            let from_bytes = image::load_from_memory(&fs::read(path)?)?;
            assert_eq!(from_bytes.to_rgb8(), workloads::picture());
            // `BufRead + Seek` is what a decoder asks for.
            workloads::picture_check(MmioFile::open(path)?, format)
        })?;
    }
    Ok(())
}

#[test]
fn byteorder_reads_and_writes_typed_fields() -> Outcome {
    on_files(
        |file| {
            workloads::records_write(file)?;
            file.rewind()?;
            Ok(workloads::records_check(file)?)
        },
        |path| Ok(workloads::records_check(&mut Cursor::new(fs::read(path)?))?),
    )
}

#[test]
fn csv_and_lines_read_what_csv_wrote() -> Outcome {
    on_files(
        |file| {
            workloads::csv_write(file)?;
            file.rewind()?;
            workloads::csv_check(file)
        },
        |path| {
            workloads::csv_check(&mut File::open(path)?)?;
            let text = fs::read_to_string(path)?;
            let lines: io::Result<Vec<_>> = MmioFile::open(path)?.lines().collect();
            assert!(lines?.iter().eq(text.lines()));
            Ok(())
        },
    )
}

#[test]
fn std_copies_into_it_and_out_of_it() -> Outcome {
    let content = workloads::text(1, 10_000);
    on_files(
        |file| {
            assert_eq!(io::copy(&mut content.as_bytes(), file)?, content.len() as u64);
            file.rewind()?;
            let mut back = Vec::new();
            assert_eq!(io::copy(file, &mut back)?, content.len() as u64);
            assert_eq!(back, content.as_bytes());
            Ok(())
        },
        |path| {
            assert_eq!(fs::read_to_string(path)?, content);
            Ok(())
        },
    )
}

#[test]
fn cfb_creates_lengthens_and_reads_streams() -> Outcome {
    on_files(
        |file| {
            documents::cfb_create(file)?;
            file.rewind()?;
            documents::cfb_check(file, false)?;
            file.rewind()?;
            documents::cfb_lengthen(file)
        },
        |path| documents::cfb_check(&mut File::open(path)?, true),
    )
}

#[test]
fn dbase_writes_changes_and_reads_records() -> Outcome {
    on_files(
        |file| {
            documents::dbase_write(file)?;
            file.rewind()?;
            documents::dbase_check(file, false)?;
            file.rewind()?;
            documents::dbase_change(file)
        },
        |path| documents::dbase_check(&mut File::open(path)?, true),
    )
}

#[test]
fn binrw_writes_and_reads_structures() -> Outcome {
    on_files(
        |file| {
            documents::binrw_write(file)?;
            file.rewind()?;
            documents::binrw_check(file)
        },
        |path| documents::binrw_check(&mut Cursor::new(fs::read(path)?)),
    )
}

#[test]
fn mcap_writes_reads_and_finds_messages() -> Outcome {
    on_files(
        |file| {
            documents::mcap_write(file)?;
            file.rewind()?;
            documents::mcap_check(file)?;
            file.rewind()?;
            documents::mcap_find(file)
        },
        |path| documents::mcap_check(&mut File::open(path)?),
    )
}

#[test]
fn mp4_writes_and_reads_two_tracks() -> Outcome {
    on_files(
        |file| {
            media::mp4_write(file)?;
            media::mp4_check(file)
        },
        |path| media::mp4_check(&mut File::open(path)?),
    )
}

#[test]
#[cfg(feature = "webm")]
fn webm_writes_two_tracks() -> Outcome {
    on_files(
        |file| {
            media::webm_write(file)?;
            file.rewind()?;
            media::webm_check(file)
        },
        |path| {
            accepted_by("ffprobe", &["-v", "error"], path);
            media::webm_check(&mut File::open(path)?)
        },
    )
}

#[test]
fn lofty_sets_a_title_and_reads_it() -> Outcome {
    on_files(
        |file| {
            media::untagged(file)?;
            file.rewind()?;
            media::lofty_title(&mut media::Taggable::new(file))?;
            file.rewind()?;
            media::lofty_read(file)
        },
        |path| media::lofty_check(&mut File::open(path)?),
    )
}

#[test]
fn tiff_writes_and_reads_a_picture() -> Outcome {
    on_files(
        |file| {
            media::tiff_write(file)?;
            file.rewind()?;
            media::tiff_check(file)
        },
        |path| media::tiff_check(&mut File::open(path)?),
    )
}

#[test]
fn it_is_a_stream_like_any_other() {
    fn is_a_stream<S: Stream + BufRead + Send + Sync + 'static>() {}
    is_a_stream::<MmioFile>();
    is_a_stream::<MmioFile<File>>();
    let _: Box<dyn Write + Send> = Box::new(MmioFile::new(Cursor::new(Vec::new())));
}
