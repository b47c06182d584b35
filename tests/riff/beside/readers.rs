//! What other programs say about a file. `None` where one is not installed, or does not take the file.

use std::path::Path;
use std::process::Command;

/// What a program prints that succeeds.
fn printed(program: &str, arguments: &[&str], path: &Path) -> Option<String> {
    let output = Command::new(program).args(arguments).arg(path).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Those of the programs that are missing.
pub(super) fn missing() -> Vec<&'static str> {
    let all = ["ffmpeg", "ffprobe", "mediainfo", "sndfile-info", "soxi", "webpinfo"];
    let is_missing = |name: &&str| Command::new(name).arg("--help").output().is_err();
    all.into_iter().filter(is_missing).collect()
}

/// A hash of all that `FFmpeg` plays and shows of a file.
pub(super) fn decoded(path: &Path) -> Option<String> {
    hash(path, &[])
}

/// A hash of what `FFmpeg` takes from a file to decode it.
pub(super) fn encoded(path: &Path) -> Option<String> {
    hash(path, &["-c", "copy"])
}

fn hash(path: &Path, how: &[&str]) -> Option<String> {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "quiet", "-i"]).arg(path);
    command.args(["-map", "0:a?", "-map", "0:v?"]).args(how).args(["-f", "md5", "-"]);
    let output = command.output().ok()?;
    let hash = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !hash.is_empty()).then_some(hash)
}

/// Where `FFmpeg` finds packets of data, and how long they are, in the order of the file.
pub(super) fn packets(path: &Path) -> Option<Vec<(u64, u64)>> {
    let arguments = ["-v", "quiet", "-show_entries", "packet=size,pos", "-of", "csv=p=0"];
    let parse = |line: &str| {
        let (len, offset) = line.split_once(',')?;
        Some((offset.trim_end_matches(',').parse().ok()?, len.parse().ok()?))
    };
    let mut packets: Vec<_> =
        printed("ffprobe", &arguments, path)?.lines().filter_map(parse).collect();
    packets.sort_unstable();
    Some(packets)
}

pub(super) fn title_of_ffmpeg(path: &Path) -> Option<String> {
    let arguments = ["-v", "quiet", "-show_entries", "format_tags=title", "-of", "csv=p=0"];
    Some(printed("ffprobe", &arguments, path)?.trim().to_owned())
}

pub(super) fn title_of_mediainfo(path: &Path) -> Option<String> {
    let title = printed("mediainfo", &["--Output=General;%Format%|%Title%"], path)?;
    let (format, title) = title.trim().split_once('|')?;
    (!format.is_empty()).then(|| title.to_owned())
}

/// How many samples a channel has, by `SoX`.
pub(super) fn samples_of_sox(path: &Path) -> Option<u64> {
    printed("soxi", &["-s"], path)?.trim().parse().ok()
}

/// What libsndfile says: how many samples a channel has, and the names of the chunks.
pub(super) struct Sndfile {
    pub(super) samples: u64,
    pub(super) names: Vec<String>,
}

pub(super) fn sndfile(path: &Path) -> Option<Sndfile> {
    let text = printed("sndfile-info", &[], path)?;
    let samples = text.lines().find_map(|line| line.strip_prefix("Frames      : "))?;
    // "fmt  : 16", or "*** note : 3 (unknown marker)"; what is in a LIST is indented.
    let name = |line: &str| {
        let (name, rest) = line.trim_start_matches("*** ").split_at_checked(4)?;
        rest.starts_with(" : ").then(|| name.to_owned())
    };
    let inside = text.lines().skip_while(|line| line.trim() != "WAVE");
    let chunks = inside.take_while(|line| *line != "End");
    Some(Sndfile {
        samples: samples.trim().parse().ok()?,
        names: chunks.filter_map(name).collect(),
    })
}

/// The chunks of a picture: name, offset, and length with header and pad byte.
pub(super) fn webp_chunks(path: &Path) -> Option<Vec<(String, u64, u64)>> {
    let parse = |line: &str| {
        let (name, rest) = line.strip_prefix("Chunk ")?.split_at_checked(4)?;
        let (offset, len) = rest.trim().strip_prefix("at offset")?.split_once(", length")?;
        Some((name.to_owned(), offset.trim().parse().ok()?, len.trim().parse().ok()?))
    };
    Some(printed("webpinfo", &[], path)?.lines().filter_map(parse).collect())
}
