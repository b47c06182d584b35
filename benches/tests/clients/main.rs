//! Real libraries over `MmioFile`, unchanged. What they made is checked from the file's bytes, and
//! by other programs where those are installed.

mod workloads;

use std::fs::{self, File};
use std::io::{self, BufRead, Cursor, Read, Seek, Write};
use std::path::Path;
use std::process::Command;

use mmio_file::MmioFile;
use tempfile::TempDir;
use workloads::{Outcome, Stream};

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
            let mut archive = zip::ZipArchive::new(File::open(path)?)?;
            assert_eq!(archive.len(), 51);
            for index in 0..50 {
                let mut content = String::new();
                archive.by_name(&format!("folder/{index}.txt"))?.read_to_string(&mut content)?;
                assert_eq!(content, workloads::text(index, 60));
            }
            let mut content = String::new();
            archive.by_name("appended.txt")?.read_to_string(&mut content)?;
            assert_eq!(content, "appended");
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
            let samples = i64::from(workloads::WAV_SAMPLES);
            assert_eq!(workloads::wav_sum(file)?, samples * (samples - 1) / 2);
            workloads::wav_append(file)
        },
        |path| {
            assert_eq!(workloads::wav_sum(&mut File::open(path)?)?, 0);
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
            let decoded =
                image::ImageReader::with_format(MmioFile::open(path)?, format).decode()?;
            assert_eq!(decoded.to_rgb8(), workloads::picture());
            Ok(())
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
fn it_is_a_stream_like_any_other() {
    fn is_a_stream<S: Stream + BufRead + Send + Sync + 'static>() {}
    is_a_stream::<MmioFile>();
    is_a_stream::<MmioFile<File>>();
    let _: Box<dyn Write + Send> = Box::new(MmioFile::new(Cursor::new(Vec::new())));
}
