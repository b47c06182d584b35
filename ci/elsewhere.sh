#!/usr/bin/env bash
# The tests where other machines are: Windows under Wine, and s390x, which is big-endian, under QEMU.
#
#     ci/elsewhere.sh [windows] [s390x]
#
# For a Debian system without rustup's targets: Debian's rustc-web builds std for both. It needs root to
# install the linkers and emulators, and keeps the rest in a cache outside the repository. The first run
# takes five CPU-minutes more than the next. The gate does not run it.
#
# A test is skipped only for a fault of the emulator that `elsewhere.rs`, which knows nothing of the crate,
# shows in the same run.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=${XDG_CACHE_HOME:-$HOME/.cache}/mmio-file-elsewhere
sysroot=$cache/toolchain/usr
windows=x86_64-pc-windows-gnu
s390x=s390x-unknown-linux-gnu

step() { printf '\n== %s\n' "$*"; }

install_emulators() {
    local missing="" pair
    for pair in x86_64-w64-mingw32-gcc:gcc-mingw-w64-x86-64-posix /usr/lib/wine/wine64:wine64 \
        s390x-linux-gnu-gcc:gcc-s390x-linux-gnu /usr/s390x-linux-gnu/lib/libc.so.6:libc6-dev-s390x-cross \
        qemu-s390x:qemu-user; do
        command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair##*:}"
    done
    [ -n "$missing" ] || return 0
    step "install$missing"
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# The compiler conflicts with rustup and with Debian's own rustc, so it is unpacked, not installed.
unpack_compiler() {
    [ ! -x "$sysroot/bin/rustc" ] || return 0
    step "unpack the compiler"
    rm -rf "$cache/debs" "$cache/toolchain"
    mkdir -p "$cache/debs"
    local std
    apt-get update -qq
    # The version is in the name of the package that has the compiler's own library.
    std=$(apt-cache depends libstd-rust-web-dev | awk '$1 == "Depends:" && $2 ~ /^libstd-rust-web-[0-9]/ { print $2 }')
    (cd "$cache/debs" && apt-get download -qq rustc-web libstd-rust-web-dev "$std" rust-web-src libllvm22)
    for package in "$cache"/debs/*.deb; do
        # The compiler comes last: it is what shows that all is unpacked.
        case $package in */rustc-web_*) ;; *) dpkg-deb -x "$package" "$cache/toolchain" ;; esac
    done
    dpkg-deb -x "$cache"/debs/rustc-web_*.deb "$cache/toolchain"
}

# Puts std for a target where the compiler looks for it, so that each later build finds it ready.
build_std() {
    local target=$1 libraries=$sysroot/lib/rustlib/$1/lib
    [ ! -e "$libraries/complete" ] || return 0
    step "build std for $target"
    mkdir -p "$cache/std/src" "$libraries"
    printf '[package]\nname = "std-elsewhere"\nedition = "2024"\n' >"$cache/std/Cargo.toml"
    : >"$cache/std/src/lib.rs"
    (cd "$cache/std" && RUSTC_BOOTSTRAP=1 nice cargo build -q --release -Z build-std=std,panic_unwind,test --target "$target" --target-dir target)
    cp "$cache/std/target/$target/release/deps"/lib*.{rlib,rmeta} "$libraries"
    if [ "$target" = $windows ]; then
        local object
        for object in rsbegin rsend; do
            RUSTC_BOOTSTRAP=1 "$RUSTC" --target "$target" --emit obj -o "$libraries/$object.o" \
                "$sysroot/lib/rustlib/src/rust/library/rtstartup/$object.rs"
        done
    fi
    touch "$libraries/complete"
}

# Wine 8 lacks the library from which std takes random numbers.
provide_random_numbers() {
    local library=$cache/wine/bcryptprimitives
    [ ! -e "$library.dll" ] || return 0
    mkdir -p "$cache/wine"
    cat >"$library.c" <<'C'
unsigned char __stdcall SystemFunction036(void *, unsigned long);
__declspec(dllexport) int __stdcall ProcessPrng(void *bytes, unsigned long long len)
{ return SystemFunction036(bytes, len); }
C
    x86_64-w64-mingw32-gcc -shared -o "$library.dll" "$library.c" -ladvapi32
}

# QEMU has the kernel start what a program starts, and the kernel knows nothing of s390x unless it is told.
# It is told in namespaces of users and mounts, in which everybody is who they are outside, and which end
# with this script. Linux before 6.7 refuses; then `a-program-starts-itself` fails, and skips what it must.
let_programs_start_programs() {
    local magic='\x7fELF\x02\x02\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x16'
    local mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff'
    local register=/proc/sys/fs/binfmt_misc/register holder enter
    read -r holder < <(exec unshare --user --mount sh -c 'echo $$ && exec sleep infinity') || return
    # shellcheck disable=SC2064
    trap "kill $holder" EXIT
    enter=(nsenter --user --mount --wd --target "$holder")
    echo 0 0 4294967295 >"/proc/$holder/uid_map" &&
        echo 0 0 4294967295 >"/proc/$holder/gid_map" &&
        "${enter[@]}" mount -t binfmt_misc none "${register%/*}" &&
        "${enter[@]}" tee "$register" <<<":s390x:M::$magic:$mask:$(command -v qemu-s390x):PF" >/dev/null &&
        CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_RUNNER="${enter[*]} $CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_RUNNER"
}

# Skips tests for a claim that does not hold in the emulator. Where it does hold, they run.
skip_unless() {
    local claim=$1 said name
    shift
    if ! said=$("${runner[@]}" "$cache/claims-$target.exe" "$claim"); then
        echo "skipped $# for what $emulator does to every program: $said"
        for name; do skips+=(--skip "$name"); done
    fi
}

find_skips() {
    skips=()
    "$RUSTC" --edition 2024 --target "$target" -C linker="$linker" -o "$cache/claims-$target.exe" ci/elsewhere.rs
    # A program that can't run at all would excuse everything.
    "${runner[@]}" "$cache/claims-$target.exe" nothing
    skip_unless a-lock-is-unlocked \
        hazards::a_neighbours_byte_is_kept_by_emptying_the_buffer_under_a_lock
    skip_unless a-name-that-is-too-long-is-no-missing-file \
        open::any_other_refusal_is_reported_as_the_system_reports_it
    skip_unless a-program-starts-itself \
        disk_full::a_limit_that_is_reached_and_lifted_loses_nothing \
        disk_full::what_a_flush_promised_survives_a_kill_and_what_was_not_written_is_untouched \
        hazards::a_process_that_ends_without_drop_writes_nothing \
        open::too_many_open_files_has_a_number_of_its_own \
        programs::custom_stream_works_alike_over_each_storage \
        programs::disk_full_loses_nothing \
        programs::edit_in_place_halves_the_volume_and_the_rate \
        programs::edit_in_place_leaves_alone_what_is_not_a_wav \
        programs::insert_and_delete_edits_the_middle_of_a_file \
        programs::journal_is_killed_and_leaves_the_old_file_or_the_new_one \
        programs::riff_tree_prints_the_tree \
        real::a_killed_process_leaves_no_half_edited_file \
        real::processes_that_edit_at_once_take_turns \
        riff::a_recorder_that_is_killed_leaves_a_whole_file \
        riff::a_recording_is_given_its_title \
        riff::riff_tree_marks_what_is_truncated_and_names_what_is_not_a_riff \
        riff::the_examples_run_without_arguments \
        riff::wav_tags_lists_what_it_has_set \
        sharing::on_unix_a_plain_open_is_neither_refused_nor_noticed \
        sharing::only_readers_that_deny_writing_get_in_together \
        sharing::two_writers_never_both_get_in \
        sharing::an_open_that_gets_the_lock_truncates_the_file \
        sharing::an_open_that_is_refused_truncates_nothing
}

run_tests() {
    local log=$cache/$target.log
    nice cargo test --no-fail-fast --all-features --target "$target" -- "${skips[@]}" 2>&1 | tee "$log" | grep -v ' \.\.\. ok$' || failed=1
    awk -v target="$target" '
        /^test result:/ { passed += $4; failed += $6; ignored += $8; skipped += $12 }
        END { printf "\n%s: %d passed, %d failed, %d skipped, %d ignored\n", target, passed, failed, skipped, ignored }
    ' "$log" | tee -a "$cache/closing"
}

export RUSTC=$sysroot/bin/rustc RUSTDOC=$sysroot/bin/rustdoc LD_LIBRARY_PATH=$sysroot/lib/x86_64-linux-gnu
export CARGO_TARGET_DIR=$cache/target
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=/usr/lib/wine/wine64
export CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_LINKER=s390x-linux-gnu-gcc
export CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_RUNNER=qemu-s390x QEMU_LD_PREFIX=/usr/s390x-linux-gnu
export WINEPREFIX=$cache/wine/prefix WINEDEBUG=-all WINEPATH="Z:$cache/wine"

install_emulators
unpack_compiler
provide_random_numbers
failed=0
rm -f "$cache/closing"
[ $# -gt 0 ] || set -- windows s390x
for machine; do
    case $machine in
        windows) target=$windows emulator=Wine linker=$CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER
            read -ra runner <<<"$CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER" ;;
        s390x) target=$s390x emulator=QEMU linker=$CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_LINKER
            let_programs_start_programs || true
            read -ra runner <<<"$CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_RUNNER" ;;
        *) echo "usage: ci/elsewhere.sh [windows] [s390x]" >&2; exit 2 ;;
    esac
    build_std "$target"
    step "the tests for $target under $emulator"
    find_skips
    run_tests
done
step "closing lines"
cat "$cache/closing"
exit $failed
