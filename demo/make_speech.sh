#!/usr/bin/env bash
# Makes demo/speech.wav, the recording that `cargo xtask demo` converts: festival's kal_diphone, a voice
# that the default voice has never heard in training. 16 kHz, mono, 16 bit.
#
# Needs Debian's festival and festvox-kallpc16k (made with 1:2.5.0-9 and 2.4-1):
#   apt-get install --no-install-recommends festival festvox-kallpc16k
# The kal_diphone voice may be used, copied and modified freely (its copyright file says how).
set -euo pipefail
cd "$(dirname "$0")"

text2wave -eval '(voice_kal_diphone)' -F 16000 -otype riff -o speech.wav.partial <<'TEXT'
The syrinx is the voice of a bird. It sits where the windpipe divides, and it can sing two notes at the
same time. Today a small program gives my words to somebody else.
TEXT
mv speech.wav.partial speech.wav
