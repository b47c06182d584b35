//! The programs of `examples/`, where cargo puts them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// An example, beside the test that runs it: `target/<profile>/examples`.
pub(crate) fn example(name: &str) -> Command {
    let mut program = std::env::current_exe().unwrap();
    program.pop();
    program.pop();
    program.push("examples");
    program.push(name);
    program.set_extension(std::env::consts::EXE_EXTENSION);
    assert!(program.exists(), "{} is not built: `cargo build --examples`", program.display());
    Command::new(program)
}

/// A file of `tests/data`.
pub(crate) fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}
