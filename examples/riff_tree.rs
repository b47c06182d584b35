//! Prints the chunks of RIFF files (WAV, AVI, WebP, …): offset, length, name, type.
//!
//! `cargo run --example riff_tree [FILE]…`: the given files, or one in `tests/data`.

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use mmio_file::MmioFile;
use mmio_file::riff::{Chunk, RiffRead};

/// Chunks nested deeper than this are not entered; no format needs it, only hostile files do.
const MAX_DEPTH: usize = 64;

fn main() -> ExitCode {
    let mut paths: Vec<_> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if paths.is_empty() {
        paths.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/info.wav"));
    }
    let mut code = ExitCode::SUCCESS;
    for path in paths {
        println!("{}", path.display());
        if let Err(error) = print_file(&path, &mut io::stdout().lock()) {
            eprintln!("riff_tree: {error}");
            code = ExitCode::FAILURE;
        }
    }
    code
}

fn print_file(path: &Path, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    print_tree(&mut MmioFile::open(path)?, out)
}

/// Prints what is at the position of `file`, and what follows.
pub(crate) fn print_tree(
    file: &mut impl RiffRead,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    // A loop, not a recursion: the depth of a file is its author's choice.
    let mut parents: Vec<Chunk> = Vec::new();
    loop {
        if let Some(chunk) = file.next_chunk(parents.last())? {
            print_chunk(&chunk, parents.len(), out)?;
            if chunk.form().is_some() && parents.len() < MAX_DEPTH {
                parents.push(chunk);
            } else {
                file.ascend(&chunk)?;
            }
        } else if let Some(parent) = parents.pop() {
            file.ascend(&parent)?;
        } else {
            return Ok(());
        }
    }
}

fn print_chunk(chunk: &Chunk, depth: usize, out: &mut impl Write) -> io::Result<()> {
    let (offset, len) = (chunk.data_offset() - 8, chunk.data_len());
    write!(out, "{offset:>10} {len:>10}  {:1$}'{2}'", "", 2 * depth, chunk.id())?;
    if let Some(form) = chunk.form() {
        write!(out, " '{form}'")?;
    }
    if chunk.is_truncated() {
        write!(out, ", truncated: claims {}", chunk.declared_size())?;
    }
    writeln!(out)
}
