//! What the page "With other crates" shows, compiled and run: each newtype and `impl` is a file here, and
//! the page has the same lines.

use std::fs::{self, File};
use std::io::{BufReader, Cursor, Seek};

use mmio_file::{FlushFlags, MmioFile};

/// What is shown, in one module, as a program would have it.
#[allow(unreachable_pub, reason = "it is shown as a program would have it")]
mod shared {
    include!("shared.rs");
    include!("lofty.rs");
    include!("mp4ameta.rs");
    include!("symphonia.rs");
    include!("redb.rs");
}

use shared::Shared;

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[test]
fn what_is_tested_here_is_what_the_page_shows() {
    let page = include_str!("../../../src/with_other_crates.rs").replace("\r\n", "\n");
    let page: String = page
        .lines()
        .filter_map(|line| line.strip_prefix("//!"))
        .fold(String::new(), |page, line| page + line.strip_prefix(' ').unwrap_or(line) + "\n");
    let shown = [
        include_str!("shared.rs"),
        include_str!("lofty.rs"),
        include_str!("mp4ameta.rs"),
        include_str!("symphonia.rs"),
        include_str!("redb.rs"),
    ];
    for code in shown {
        assert!(
            page.contains(&format!("```ignore\n{}```\n", code.replace("\r\n", "\n"))),
            "{code}"
        );
    }
    assert_eq!(page.matches("```ignore\n").count(), shown.len());
}

/// A new file in a folder, with a buffer of four pages: small enough that the library works through it.
fn file(folder: &tempfile::TempDir, content: &[u8]) -> MmioFile {
    let path = folder.path().join("file");
    fs::write(&path, content).unwrap();
    MmioFile::options().read(true).write(true).capacity(16 * 1024).open(path).unwrap()
}

fn tone() -> &'static [u8] {
    include_bytes!("../../../tests/data/tone.wav")
}

#[test]
fn lofty_sets_a_title_and_deletes_it() -> Outcome {
    use lofty::config::WriteOptions;
    use lofty::file::TaggedFileExt;
    use lofty::probe::Probe;
    use lofty::tag::{Accessor, Tag, TagExt, TagType};

    let folder = tempfile::tempdir()?;
    let path = folder.path().join("file");
    let shared = Shared::new(file(&folder, tone()));
    let mut tag = Tag::new(TagType::RiffInfo);
    tag.set_title("A title".to_owned());
    tag.save_to(&mut shared.clone(), WriteOptions::default())?;
    shared.file().flush(FlushFlags::empty())?;

    let read = Probe::new(BufReader::new(File::open(&path)?)).guess_file_type()?.read()?;
    assert_eq!(read.tag(TagType::RiffInfo).and_then(Tag::title).as_deref(), Some("A title"));

    // Deleting makes the file shorter.
    shared.file().rewind()?;
    TagType::RiffInfo.remove_from(&mut shared.clone(), WriteOptions::default())?;
    shared.file().flush(FlushFlags::empty())?;
    assert_eq!(fs::read(&path)?, tone());
    Ok(())
}

/// A movie of one track.
fn movie() -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let config = mp4::Mp4Config {
        major_brand: "M4A ".parse()?,
        minor_version: 512,
        compatible_brands: vec!["M4A ".parse()?],
        timescale: 1000,
    };
    let mut movie = mp4::Mp4Writer::write_start(Cursor::new(Vec::new()), &config)?;
    let video = mp4::Vp9Config { width: 640, height: 360 };
    movie.add_track(&mp4::MediaConfig::Vp9Config(video).into())?;
    for index in 0..100 {
        let sample = mp4::Mp4Sample {
            start_time: index * 40,
            duration: 40,
            rendering_offset: 0,
            is_sync: true,
            bytes: vec![7; 300].into(),
        };
        movie.write_sample(1, &sample)?;
    }
    movie.write_end()?;
    Ok(movie.into_writer().into_inner())
}

#[test]
fn mp4ameta_sets_a_title_and_deletes_it() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("file");
    let movie = movie()?;
    let shared = Shared::new(file(&folder, &movie));
    let mut tag = mp4ameta::Tag::read_from(&mut shared.clone())?;
    for title in ["A title", &"A longer title".repeat(1000), "A"] {
        tag.set_title(title);
        tag.write_to(&mut shared.clone())?;
        shared.file().flush(FlushFlags::empty())?;
        assert_eq!(mp4ameta::Tag::read_from_path(&path)?.title(), Some(title));
    }
    // Byte for byte what the library makes of a file that is not buffered.
    let plain = folder.path().join("plain");
    fs::write(&plain, movie)?;
    let mut tag = mp4ameta::Tag::read_from_path(&plain)?;
    for title in ["A title", &"A longer title".repeat(1000), "A"] {
        tag.set_title(title);
        tag.write_to_path(&plain)?;
    }
    assert!(fs::read(path)? == fs::read(plain)?);
    Ok(())
}

#[test]
fn symphonia_reads_the_samples_of_a_wav() -> Outcome {
    use symphonia::core::formats::{FormatOptions, probe::Hint};
    use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
    use symphonia::core::meta::MetadataOptions;

    let folder = tempfile::tempdir()?;
    let shared = Shared::new(file(&folder, tone()));
    let stream = MediaSourceStream::new(Box::new(shared), MediaSourceStreamOptions::default());
    let mut format = symphonia::default::get_probe().probe(
        &Hint::new(),
        stream,
        FormatOptions::default(),
        MetadataOptions::default(),
    )?;
    let mut data = Vec::new();
    while let Some(packet) = format.next_packet()? {
        data.extend_from_slice(&packet.data);
    }
    assert!(data == tone()[44..]);
    Ok(())
}

#[test]
fn redb_keeps_a_table_in_it() -> Outcome {
    const TABLE: redb::TableDefinition<'_, u64, &str> = redb::TableDefinition::new("table");

    let folder = tempfile::tempdir()?;
    let path = folder.path().join("file");
    let database = redb::Builder::new().create_with_backend(Shared::new(file(&folder, b"")))?;
    for round in 0..5 {
        let transaction = database.begin_write()?;
        {
            let mut table = transaction.open_table(TABLE)?;
            for key in 0..1000 {
                table.insert(5 * key + round, "some text")?;
            }
        }
        transaction.commit()?;
    }
    drop(database);

    // It is a database like any other.
    let database = redb::Database::open(path)?;
    let table = redb::ReadableDatabase::begin_read(&database)?.open_table(TABLE)?;
    assert_eq!(redb::ReadableTableMetadata::len(&table)?, 5000);
    Ok(())
}

#[test]
fn las_owns_the_file_and_gives_it_back() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("file");
    let mut writer = las::Writer::new(MmioFile::create(&path)?, las::Header::default())?;
    for x in 0..1000 {
        writer.write_point(las::Point { x: f64::from(x), ..Default::default() })?;
    }
    writer.into_inner()?.close()?;

    assert_eq!(las::Reader::new(File::open(path)?)?.header().number_of_points(), 1000);
    Ok(())
}

#[test]
fn what_a_library_keeps_is_flushed_by_the_other_clone() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("file");
    let shared = Shared::new(MmioFile::create(&path)?);
    let mut writer = las::Writer::new(shared.clone(), las::Header::default())?;
    writer.write_point(las::Point::default())?;
    writer.close()?;
    drop(writer);
    shared.file().flush(FlushFlags::empty())?;
    assert_eq!(las::Reader::new(File::open(path)?)?.header().number_of_points(), 1);
    Ok(())
}
