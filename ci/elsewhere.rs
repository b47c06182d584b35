//! Where the emulators of `elsewhere.sh` differ from the systems that they stand for, shown with std alone.
//!
//! Takes the name of a claim, and exits with 0 if it holds.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::process::{Command, ExitCode};
use std::{env, fs};

fn main() -> ExitCode {
    let claim = env::args().nth(1).unwrap_or_default();
    let outcome = match claim.as_str() {
        "a-lock-is-unlocked" => a_lock_is_unlocked(),
        "a-name-that-is-too-long-is-no-missing-file" => a_name_that_is_too_long_is_no_missing_file(),
        "a-program-starts-itself" => a_program_starts_itself(),
        "nothing" => Ok(()),
        _ => Err(io::Error::other("there is no such claim")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{claim}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn a_lock_is_unlocked() -> io::Result<()> {
    let path = env::temp_dir().join(format!("elsewhere-{}", std::process::id()));
    let file = File::create(&path)?;
    let outcome = file.lock().and_then(|()| file.unlock());
    fs::remove_file(path)?;
    outcome
}

/// Unix and Windows have an error of its own for such a name.
fn a_name_that_is_too_long_is_no_missing_file() -> io::Result<()> {
    let path = env::temp_dir().join("a name that is too long".repeat(20));
    match File::create(&path) {
        Err(error) if error.kind() == ErrorKind::InvalidFilename => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(io::Error::other("it was created")),
    }
}

fn a_program_starts_itself() -> io::Result<()> {
    let status = Command::new(env::current_exe()?).arg("nothing").status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(status.to_string())) }
}
