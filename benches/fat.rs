//! A FAT image by `fatfs`: a real program, which jumps between table, folder and data all the time.

mod common;

use std::fs::File;
use std::io::{self, Cursor, Read};

use criterion::{Criterion, criterion_group, criterion_main};

use common::candidates::{BufReadWrite, FsCommon, Memory, Ours, OursPositioned, PlainFile, Rabuf};
use common::table::{Before, EQUAL, Table};
use common::workloads::{MIB, fat_image};

fn in_memory(mut file: File) -> io::Result<Cursor<Vec<u8>>> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(Cursor::new(bytes))
}

fn fat(criterion: &mut Criterion) {
    for (name, memory) in [("equal", EQUAL), ("defaults", Memory::Default)] {
        Table::new(criterion, name, memory)
            .row("FAT image", Before::Bytes(8 * MIB), 1, fat_image)
            .run::<Ours>(fat_image)
            .run::<OursPositioned>(fat_image)
            .run::<BufReadWrite>(fat_image)
            .run::<Rabuf>(fat_image)
            .run::<FsCommon>(fat_image)
            .run::<PlainFile>(fat_image)
            // The limit: no file at all, only what `fatfs` itself takes.
            .run_as("memory", in_memory, fat_image);
    }
}

criterion_group!(benches, fat);
criterion_main!(benches);
