#!/bin/sh
# Makes the compressed recordings that the tests decode: 8000 samples (0.5 s at 16 kHz) of 0.4 sin(2 pi 200 t),
# which the tests compute as well; the stereo file has half the amplitude on the right.
#
# Made with SoX 14.4.2 and LAME 3.100 (Debian: sox libsox-fmt-mp3 lame).
set -eu
cd "$(dirname "$0")"
folder="$(mktemp -d)"
trap 'rm -r "$folder"' EXIT
wav="$folder/tone.wav"
# -R: the same random numbers each time; -D: no dither.
sox -R -D -r 16000 -n -b 16 "$wav" synth 8000s sine 200 vol 0.4
sox -R -D "$wav" -C 8 tone.flac
sox -R -D "$wav" -C 8 stereo.flac remix 1 1v0.5
sox -R -D "$wav" -C 3 tone.ogg
# LAME itself, since it writes delay and padding into the file and SoX does not; with a variable rate, since it
# scales constant ones by 0.95.
lame --quiet -V 2 "$wav" tone.mp3
