//! Documents, tables, and logs: `cfb`, `dbase`, `binrw` and `mcap`.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{Read, Seek, SeekFrom, Write};

use binrw::{BinRead, BinWrite};
use mcap::sans_io::indexed_reader::{IndexedReadEvent, IndexedReader, IndexedReaderOptions};
use mcap::sans_io::summary_reader::{SummaryReadEvent, SummaryReader};

use super::{Outcome, Stream, bytes};

const STREAMS: usize = 100;

fn stream_name(index: usize) -> String {
    format!("/stream-{index}")
}

/// Creates a compound file, as office programs do, with 100 streams of 10,000 bytes.
pub(crate) fn cfb_create(stream: &mut impl Stream) -> Outcome {
    let mut compound = cfb::CompoundFile::create(stream)?;
    for index in 0..STREAMS {
        compound.create_stream(stream_name(index))?.write_all(bytes(index, 10_000))?;
    }
    Ok(compound.flush()?)
}

/// Makes every third stream 2,000 bytes longer.
pub(crate) fn cfb_lengthen(stream: &mut impl Stream) -> Outcome {
    let mut compound = cfb::CompoundFile::open(stream)?;
    for index in (0..STREAMS).step_by(3) {
        let mut stream = compound.open_stream(stream_name(index))?;
        stream.seek(SeekFrom::End(0))?;
        stream.write_all(bytes(index, 2000))?;
    }
    Ok(compound.flush()?)
}

/// Reads all streams, and checks them.
pub(crate) fn cfb_check(stream: &mut (impl Read + Seek), is_lengthened: bool) -> Outcome {
    let mut compound = cfb::CompoundFile::open(stream)?;
    let mut content = Vec::new();
    for index in 0..STREAMS {
        content.clear();
        compound.open_stream(stream_name(index))?.read_to_end(&mut content)?;
        let (start, end) = content.split_at(10_000);
        assert!(start == bytes(index, 10_000), "stream {index}");
        let added = if is_lengthened && index % 3 == 0 { 2000 } else { 0 };
        assert!(end == bytes(index, added), "stream {index}");
    }
    Ok(())
}

const ROWS: usize = 3000;

/// Writes a table of 3,000 records.
pub(crate) fn dbase_write(stream: &mut (impl Write + Seek)) -> Outcome {
    let field = |name| dbase::FieldName::try_from(name);
    let text = |text: String| dbase::FieldValue::Character(Some(text));
    let mut table = dbase::TableWriterBuilder::new()
        .add_character_field(field("name")?, 40)
        .add_numeric_field(field("number")?, 10, 0)
        .add_character_field(field("place")?, 60)
        .build_with_dest(stream);
    for index in 0..ROWS {
        let mut record = dbase::Record::default();
        record.insert("name".to_owned(), text(format!("name {index}")));
        record.insert("number".to_owned(), dbase::FieldValue::Numeric(Some(17.0)));
        record.insert("place".to_owned(), text(format!("place {index}")));
        table.write_record(&record)?;
    }
    Ok(table.finalize()?)
}

/// Changes a field of every tenth record.
pub(crate) fn dbase_change(stream: &mut impl Stream) -> Outcome {
    let mut table = dbase::File::open(stream)?;
    let place = table.field_index("place").ok_or("no such field")?;
    for index in (0..ROWS).step_by(10) {
        let mut record = table.record(index).ok_or("no such record")?;
        record.read()?;
        record.write_field(place, &Some("elsewhere".to_owned()))?;
    }
    Ok(())
}

/// Reads all records, and checks them.
pub(crate) fn dbase_check(stream: &mut (impl Read + Seek), is_changed: bool) -> Outcome {
    let mut table = dbase::Reader::new(stream)?;
    let mut count = 0;
    for (index, record) in table.iter_records().enumerate() {
        let record = record?;
        let place = if is_changed && index % 10 == 0 {
            "elsewhere".to_owned()
        } else {
            format!("place {index}")
        };
        for (name, value) in [("name", format!("name {index}")), ("place", place)] {
            assert_eq!(record.get(name), Some(&dbase::FieldValue::Character(Some(value))));
        }
        count += 1;
    }
    assert_eq!(count, ROWS);
    Ok(())
}

/// The head of a file of [`Entry`]s, which counts them.
#[derive(BinRead, BinWrite)]
#[brw(little, magic = b"TEST")]
struct Head {
    count: u32,
}

#[derive(BinRead, BinWrite, Debug, PartialEq)]
#[brw(little)]
struct Entry {
    number: u32,
    square: u64,
    name: [u8; 16],
}

impl Entry {
    fn new(number: u32) -> Self {
        let name = *bytes(number as usize, 16).first_chunk().expect("16 bytes");
        Self { number, square: u64::from(number).pow(2), name }
    }
}

const ENTRIES: u32 = 5000;

/// Writes 5,000 structures, and their number into the head after each hundred.
pub(crate) fn binrw_write(stream: &mut (impl Write + Seek)) -> Outcome {
    Head { count: 0 }.write(stream)?;
    for number in 0..ENTRIES {
        Entry::new(number).write(stream)?;
        if number % 100 == 99 {
            let end = stream.stream_position()?;
            stream.rewind()?;
            Head { count: number + 1 }.write(stream)?;
            stream.seek(SeekFrom::Start(end))?;
        }
    }
    Ok(())
}

/// Reads all structures, and checks them.
pub(crate) fn binrw_check(stream: &mut (impl Read + Seek)) -> Outcome {
    assert_eq!(Head::read(stream)?.count, ENTRIES);
    for number in 0..ENTRIES {
        assert_eq!(Entry::read(stream)?, Entry::new(number));
    }
    Ok(())
}

const MESSAGES: u32 = 10_000;
const TOPICS: [&str; 4] = ["/camera", "/lidar", "/odometry", "/status"];

fn message(sequence: u32) -> &'static [u8] {
    bytes(sequence as usize, 100 + sequence as usize % 50)
}

/// Logs 10,000 messages of four topics, with an index of each.
pub(crate) fn mcap_write(stream: &mut (impl Write + Seek)) -> Outcome {
    let options = mcap::WriteOptions::new().compression(None).chunk_size(Some(128 * 1024));
    let mut log = options.create(stream)?;
    let channels: Vec<u16> = TOPICS
        .iter()
        .map(|topic| log.add_channel(0, topic, "bytes", &BTreeMap::new()))
        .collect::<Result<_, _>>()?;
    for (sequence, &channel_id) in (0..MESSAGES).zip(channels.iter().cycle()) {
        let log_time = u64::from(sequence) * 1_000_000;
        let header =
            mcap::records::MessageHeader { channel_id, sequence, log_time, publish_time: log_time };
        log.write_to_known_channel(&header, message(sequence))?;
    }
    log.finish()?;
    Ok(())
}

/// Reads all messages from start to end, and checks them.
pub(crate) fn mcap_check(stream: &mut impl Read) -> Outcome {
    let mut count = 0;
    for read in mcap::io::MessageReader::new(stream) {
        let read = read?;
        assert_eq!(read.sequence, count);
        assert_eq!(read.channel.topic, TOPICS[count as usize % TOPICS.len()]);
        assert!(*read.data == *message(count), "message {count}");
        count += 1;
    }
    assert_eq!(count, MESSAGES);
    Ok(())
}

/// Finds the messages of one topic in the second half through the index, and checks them.
pub(crate) fn mcap_find(stream: &mut (impl Read + Seek)) -> Outcome {
    let summary = mcap_summary(stream)?;
    let options = IndexedReaderOptions::new()
        .include_topics([TOPICS[1]])
        .starting_at(u64::from(MESSAGES / 2) * 1_000_000);
    let mut reader = IndexedReader::new_with_options(&summary, options)?;
    let mut chunk = Vec::new();
    let mut count = 0;
    while let Some(event) = reader.next_event() {
        match event? {
            IndexedReadEvent::ReadChunkRequest { offset, length } => {
                stream.seek(SeekFrom::Start(offset))?;
                chunk.resize(length, 0);
                stream.read_exact(&mut chunk)?;
                reader.insert_chunk_record_data(offset, &chunk)?;
            }
            IndexedReadEvent::Message { header, data } => {
                assert!(data == message(header.sequence), "message {}", header.sequence);
                count += 1;
            }
        }
    }
    assert_eq!(count, MESSAGES / 2 / 4);
    Ok(())
}

fn mcap_summary(stream: &mut (impl Read + Seek)) -> Result<mcap::Summary, Box<dyn Error>> {
    let mut reader = SummaryReader::new();
    while let Some(event) = reader.next_event() {
        match event? {
            SummaryReadEvent::ReadRequest(len) => {
                let n = stream.read(reader.insert(len))?;
                reader.notify_read(n);
            }
            SummaryReadEvent::SeekRequest(target) => reader.notify_seeked(stream.seek(target)?),
        }
    }
    Ok(reader.finish().ok_or("no summary")?)
}
