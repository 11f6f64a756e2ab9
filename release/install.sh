#!/bin/sh
# Puts Syrinx into this user's folders, or takes it away again. Needs no root and no network.
set -eu

system='@SYSTEM@'
architecture='@ARCHITECTURE@'

usage() {
    cat <<'END'
usage: ./install.sh [--prefix FOLDER] [--uninstall]

Puts the plugin where hosts look for it, and programs, manual and completions below FOLDER (~/.local unless named).
Run again, it replaces what it put there. With --uninstall it takes away what it put there and nothing else; voices and
presets stay.
END
}

fail() {
    printf 'install.sh: %s\n' "$1" >&2
    exit 1
}

# Whether this machine is the one that the archive is for.
check_machine() {
    case $(uname -s) in
        Linux) here_system=linux ;;
        Darwin) here_system=macos ;;
        *) here_system=$(uname -s) ;;
    esac
    case $(uname -m) in
        arm64) here_architecture=aarch64 ;;
        amd64) here_architecture=x86_64 ;;
        *) here_architecture=$(uname -m) ;;
    esac
    [ "$here_system $here_architecture" = "$system $architecture" ] ||
        fail "this archive is for $system on $architecture, and this is $here_system on $here_architecture"
}

# Writes down that something of ours lies at a path: note KIND PATH.
note() {
    printf '%s %s\n' "$1" "$2" >>"$work/new"
}

# Makes a folder and those above it; what was not there before is taken away in the end.
make_folder() {
    [ -d "$1" ] && return
    make_folder "$(dirname "$1")"
    mkdir "$1"
    note folder "$1"
}

# Puts a file in its place at once, even if the one that lies there is in use: put FROM TO.
put() {
    make_folder "$(dirname "$2")"
    cp "$1" "$2.syrinx-new"
    mv -f "$2.syrinx-new" "$2"
    unquarantine "$2"
    note file "$2"
}

# Puts all files of a folder into another one: put_all FROM INTO.
put_all() {
    for file in "$1"/*; do
        put "$file" "$2/$(basename "$file")"
    done
}

# Puts a plugin into a folder for plugins, in place of the one that was there: put_plugin FROM INTO.
put_plugin() {
    make_folder "$2"
    fresh="$2/.syrinx-new"
    place="$2/$(basename "$1")"
    rm -rf "$fresh"
    cp -R "$1" "$fresh"
    rm -rf "$place"
    mv "$fresh" "$place"
    unquarantine "$place"
    note plugin "$place"
    printf 'installed %s\n' "$place"
}

# macOS keeps programs from running that a browser brought, unless a known company vouches for them.
unquarantine() {
    if [ "$system" = macos ]; then
        xattr -dr com.apple.quarantine "$1" 2>/dev/null || true
    fi
}

# What the last installation wrote down, and what one before it left that was broken off.
read_record() {
    if [ -f "$record" ]; then
        cat "$record" >"$work/old"
    else
        : >"$work/old"
    fi
}

# Takes away the files and plugins of a list, and those of its folders that are empty then.
take_away() {
    while IFS=' ' read -r kind path; do
        case $kind in
            file) rm -f "$path" ;;
            plugin) rm -rf "$path" ;;
            *) continue ;;
        esac
        printf 'removed %s\n' "$path"
    done <"$1"
    # Deep ones first.
    sed -n 's/^folder //p' "$1" | sort -r | while IFS= read -r path; do
        rmdir "$path" 2>/dev/null || true
    done
}

# Writes the record of what lies there now, however far it went: the new things and the old ones that are still there.
write_record() {
    make_folder "$(dirname "$record")"
    note file "$record"
    cat "$work/kept" "$work/new" | sort -u >"$record"
}

clean_up() {
    status=$?
    if [ "$status" -ne 0 ] && [ -s "$work/new" ]; then
        # Broken off: what the last installation put there is still ours to take away.
        cp "$work/old" "$work/kept"
        write_record || true
    fi
    rm -rf "$work"
    exit "$status"
}

install() {
    : >"$work/new"
    if [ "$system" = macos ]; then
        put_plugin "$here/Syrinx.vst3" "$HOME/Library/Audio/Plug-Ins/VST3"
        put_plugin "$here/Syrinx.clap" "$HOME/Library/Audio/Plug-Ins/CLAP"
    else
        put_plugin "$here/Syrinx.vst3" "$HOME/.vst3"
        put_plugin "$here/Syrinx" "$HOME/.clap"
    fi
    put_all "$here/bin" "$prefix/bin"
    printf 'installed %s and %s\n' "$prefix/bin/syrinx" "$prefix/bin/syrinx-live"
    put_all "$here/lib/syrinx" "$prefix/lib/syrinx"
    put_all "$here/share/man" "$prefix/share/man/man1"
    put "$here/share/completions/syrinx.bash" "$prefix/share/bash-completion/completions/syrinx"
    put "$here/share/completions/_syrinx" "$prefix/share/zsh/site-functions/_syrinx"
    put "$here/share/completions/syrinx.fish" "$prefix/share/fish/vendor_completions.d/syrinx.fish"
    # What an older version put there and this one does not have, without the folders, which stay ours.
    sort -u "$work/new" >"$work/now"
    grep -v '^folder ' "$work/old" | sort | comm -23 - "$work/now" | grep -Fxv "file $record" >"$work/stale" || true
    take_away "$work/stale"
    sed -n '/^folder /p' "$work/old" >"$work/kept"
    write_record
    printf 'installed runtime, manual and completions below %s\n' "$prefix"
    case ":$PATH:" in
        *":$prefix/bin:"*) program=syrinx ;;
        *) program="$prefix/bin/syrinx" ;;
    esac
    printf 'Try it: %s self-test\n' "$program"
}

uninstall() {
    if ! [ -s "$work/old" ]; then
        printf 'nothing is installed below %s\n' "$prefix"
        return
    fi
    take_away "$work/old"
}

[ -n "${HOME:-}" ] || fail 'HOME is not set'
here=$(CDPATH='' cd "$(dirname "$0")" && pwd -P)
prefix="$HOME/.local"
what=install
while [ $# -gt 0 ]; do
    case $1 in
        --prefix)
            [ $# -ge 2 ] || fail '--prefix needs a folder'
            prefix=$2
            shift
            ;;
        --prefix=*) prefix=${1#--prefix=} ;;
        --uninstall) what=uninstall ;;
        -h | --help)
            usage
            exit 0
            ;;
        *)
            usage >&2
            fail "what is $1?"
            ;;
    esac
    shift
done
case $prefix in
    '') fail '--prefix needs a folder' ;;
    /*) ;;
    *) prefix="$PWD/$prefix" ;;
esac
prefix=${prefix%/}
record="$prefix/lib/syrinx/installed"

check_machine
work=$(mktemp -d)
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
read_record
"$what"
