#!/usr/bin/env bash
# Reads and appends to RIFF files beside FFmpeg, SoX, libsndfile, MediaInfo and libwebp, and compares.
#
#     ci/beside_readers.sh [FOLDER]...
#
# It takes the files of `tests/data`, those that these programs make here in the ways they have (piped,
# killed, cut off, of odd sizes, RF64), and those of the folders, at any depth. Each is walked; a copy of it
# gets a title and a chunk; chunks, audio, pictures and titles are compared, by `tests/riff/beside.rs`, which
# prints what it found. Installs what is missing where it can (Debian, as root).
#
# `MMIO_RIFF_KEEP=FOLDER` keeps the files that are made; `CUTS=100` cuts each of five files at that many places.
set -euo pipefail
cd "$(dirname "$0")/.."

install_readers() {
    local missing="" pair
    for pair in ffmpeg:ffmpeg sox:sox sndfile-convert:sndfile-programs mediainfo:mediainfo cwebp:webp; do
        command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair##*:}"
    done
    [ -n "$missing" ] || return 0
    echo "installing$missing"
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

ffm() { ffmpeg -nostdin -v error -y "$@"; }

# What a program leaves when the system kills it as its file reaches this many KiB, at the same byte in each run.
killed() {
    local kib=$1
    shift
    { (ulimit -f "$kib"; "$@") >/dev/null </dev/null || true; } 2>/dev/null
}

# A second of sound, and an odd bit of it; a picture that moves, and one that does not.
make_sources() {
    ffm -f lavfi -i "sine=f=440:r=8000:d=1" -c:a pcm_s16le -bitexact source.wav
    sox source.wav -b 8 -e unsigned odd.wav trim 0 101s
    ffm -f lavfi -i testsrc=s=48x32:r=10:d=1 -c:v rawvideo -pix_fmt bgr24 -bitexact source.avi
    ffm -i source.avi -frames:v 1 -update 1 picture.png
    ffm -i source.avi -frames:v 3 moving-%d.png
}

make_wavs_of_ffmpeg() {
    local codec
    for codec in pcm_u8 pcm_s16le pcm_s24le pcm_s32le pcm_f32le pcm_f64le pcm_alaw pcm_mulaw adpcm_ms \
        adpcm_ima_wav adpcm_yamaha g726 mp2 ac3 aac flac; do
        ffm -i source.wav -c:a $codec -strict -2 "ffmpeg-$codec.wav"
        ffm -i odd.wav -c:a $codec -strict -2 -metadata title=Old -metadata comment=odd "ffmpeg-$codec-tags.wav"
        ffm -i odd.wav -c:a $codec -strict -2 -f wav pipe:1 >"ffmpeg-$codec-piped.wav"
    done
    ffm -i source.wav -ac 6 ffmpeg-6.wav
    ffm -i odd.wav -c copy -fflags +bitexact ffmpeg-bitexact.wav
    ffm -i odd.wav -c copy -write_bext 1 -metadata description="a tone" ffmpeg-bext.wav
    ffm -i source.wav -c copy -write_peak on ffmpeg-peak.wav
    ffm -i source.wav -c copy -write_peak only ffmpeg-only-peak.wav
    ffm -i source.wav -c copy -write_id3v2 1 -metadata title=Old -f aiff ffmpeg.aiff
    ffm -i source.wav -t 0 -c copy ffmpeg-empty.wav
    local how
    for how in always auto; do
        ffm -i source.wav -c copy -rf64 $how "ffmpeg-rf64-$how.wav"
        ffm -i odd.wav -c copy -rf64 $how -metadata title=Old "ffmpeg-rf64-$how-odd.wav"
        ffm -i odd.wav -c copy -rf64 $how -f wav pipe:1 >"ffmpeg-rf64-$how-piped.wav"
    done
    ffm -i source.wav -c copy -f w64 ffmpeg.w64
}

make_avis() {
    local codec how
    for codec in mjpeg mpeg4 rawvideo huffyuv ffv1 h264 msvideo1 cinepak; do
        how=(-i source.avi -i source.wav -c:v $codec -shortest)
        ffm "${how[@]}" -c:a pcm_s16le "avi-$codec.avi"
        ffm "${how[@]}" -c:a pcm_u8 -f avi pipe:1 >"avi-$codec-piped.avi"
    done
    ffm -i source.avi -i odd.wav -c:v mjpeg -c:a mp3 -metadata title=Old -metadata artist=Odd avi-tags.avi
    ffm -i source.avi -i odd.wav -c:v mjpeg -c:a ac3 -reserve_index_space 4000 avi-index.avi
    ffm -i source.avi -an -c:v copy -write_channel_mask 0 avi-silent.avi
    ffm -i source.wav -vn -c:a copy avi-no-picture.avi
}

make_wavs_of_sox() {
    local how
    for how in "-b 8" "-b 16" "-b 24" "-b 32" "-e float -b 32" "-e a-law" "-e u-law" "-e ms-adpcm" "-e ima-adpcm" \
        "-e gsm"; do
        # shellcheck disable=SC2086
        for source in source odd; do
            sox -q $source.wav $how "sox-$source${how// /}.wav"
            sox -q $source.wav $how --comment "Old comment" "sox-$source${how// /}-tags.wav"
            sox -q $source.wav $how -t wav - 2>/dev/null >"sox-$source${how// /}-piped.wav"
        done
    done
    sox -q source.wav -c 2 -t wavpcm sox-wavpcm.wav
    sox -q source.wav sox-empty.wav trim 0 0
    sox -q source.wav -B sox-rifx.wav
    sox -q source.wav sox.w64
}

make_wavs_of_libsndfile() {
    local how
    for how in pcmu8 pcm16 pcm24 pcm32 float32 float64 ulaw alaw ima-adpcm ms-adpcm gsm610; do
        sndfile-convert -$how source.wav sndfile-$how.wav >/dev/null
        sndfile-convert -$how odd.wav sndfile-$how-odd.wav >/dev/null
    done
    for how in pcmu8 pcm16 float32; do
        sndfile-convert -$how source.wav sndfile-$how.rf64 >/dev/null
        sndfile-convert -$how odd.wav sndfile-$how-odd.rf64 >/dev/null
    done
    sndfile-convert source.wav sndfile.w64 >/dev/null
    sndfile-metadata-set --str-title Old --str-artist Odd odd.wav sndfile-tags.wav
    sndfile-metadata-set --bext-description "a tone" --bext-originator Odd source.wav sndfile-bext.wav
    sndfile-concat source.wav odd.wav sndfile-concat.wav
}

make_webps() {
    cwebp -quiet -q 30 picture.png -o webp-lossy.webp
    cwebp -quiet -lossless picture.png -o webp-lossless.webp
    cwebp -quiet -q 30 -alpha_q 20 moving-1.png -o webp-alpha.webp
    img2webp -lossy -d 100 moving-*.png -o webp-anim.webp >/dev/null 2>&1
    img2webp -lossless moving-*.png -o webp-anim-lossless.webp >/dev/null 2>&1
    ffm -i source.avi -frames:v 3 moving.gif
    gif2webp -quiet moving.gif -o webp-gif.webp
    printf 'odd' >odd.txt
    local what
    for what in exif icc xmp; do
        webpmux -set $what odd.txt webp-lossy.webp -o webp-$what.webp >/dev/null 2>&1
        webpmux -set $what odd.txt webp-anim.webp -o webp-anim-$what.webp >/dev/null 2>&1
    done
}

# A writer that is killed has put no size right.
make_killed() {
    local kib
    ffm -f lavfi -i sine=r=48000:d=4 long.wav
    for kib in 1 4 20 70 200; do
        killed $kib ffmpeg -f lavfi -i sine=r=48000 -ac 2 -flush_packets 1 -y killed-ffmpeg-$kib.wav
        killed $kib ffmpeg -f lavfi -i sine=r=48000 -rf64 always -flush_packets 1 -y killed-rf64-$kib.wav
        killed $kib ffmpeg -f lavfi -i sine=r=48000 -rf64 auto -flush_packets 1 -y killed-reserve-$kib.wav
        killed $kib ffmpeg -f lavfi -i testsrc=s=48x32 -f lavfi -i sine=r=8000 -c:v mjpeg -c:a pcm_u8 \
            -flush_packets 1 -y killed-$kib.avi
        killed $kib sox -q -n -r 48000 killed-sox-$kib.wav synth 30 sine 440
        killed $kib sndfile-convert -float64 long.wav killed-sndfile-$kib.wav
    done
}

# Files cut off at regular intervals.
make_cut() {
    local name len at
    ffm -i odd.wav -c copy -metadata title=Old -metadata artist=Odd -bitexact cut-tags.wav
    ffm -i odd.wav -c copy -rf64 always -bitexact cut-rf64.wav
    sndfile-metadata-set --str-title Old --str-artist Odd odd.wav cut-last.wav
    cp avi-mjpeg.avi cut-movie.avi
    cp webp-anim.webp cut-picture.webp
    for name in cut-tags.wav cut-rf64.wav cut-last.wav cut-movie.avi cut-picture.webp; do
        len=$(stat -c %s "$name")
        for at in $(seq 13 $((len / ${CUTS:-8} + 1)) "$len"); do
            head -c "$at" "$name" >"${name%.*}-at-$at.${name##*.}"
        done
    done
}

# What follows a RIFF, and what an editor of bytes does to sizes.
make_patched() {
    { cat odd.wav; printf 'TAG%-125s' "Old title"; } >patched-id3v1.wav
    { cat source.wav; printf 'APETAGEX\320\007\0\0\040\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'; } >patched-ape.wav
    cat source.wav source.wav >patched-twice.wav
    cat avi-mjpeg.avi avi-mjpeg.avi >patched-twice.avi
    { cat source.wav; head -c 5000 /dev/zero; } >patched-zeros.wav
    { cat source.wav; printf 'stray'; } >patched-stray.wav
    local size n=0
    for size in '\0\0\0\0' '\377\377\377\377' '\377\377\377\177' '\0\0\0\200' '\044\0\0\0' '\0\020\0\0'; do
        n=$((n + 1))
        for name in source.wav odd.wav; do
            cp $name "patched-riff-$n-$name"
            # shellcheck disable=SC2059
            printf "$size" | dd of="patched-riff-$n-$name" bs=1 seek=4 conv=notrunc status=none
            cp "patched-riff-$n-$name" "patched-both-$n-$name"
            # shellcheck disable=SC2059
            printf "$size" | dd of="patched-both-$n-$name" bs=1 seek=40 conv=notrunc status=none
        done
    done
}

install_readers
made=${MMIO_RIFF_KEEP:-$(mktemp -d)}
[ -n "${MMIO_RIFF_KEEP:-}" ] || trap 'rm -rf "$made"' EXIT
mkdir -p "$made"
(
    cd "$made"
    for make in sources wavs_of_ffmpeg avis wavs_of_sox wavs_of_libsndfile webps killed cut patched; do
        "make_$make"
    done
    rm -f ./*.png ./*.txt ./*.gif
)
echo "made $(find "$made" -type f | wc -l) files"
folders=$made
for folder; do folders=$folders:$folder; done
MMIO_RIFF_FOLDERS=$folders cargo test -q --test riff beside -- --nocapture
