#!/bin/sh
# Speaks the texts of this folder, each into a WAV file beside it: 8 kHz, 16 bits, one
# channel, as the phone line plays them. Needs espeak-ng and sox.
set -eu
cd "$(dirname "$0")"
for text in *.txt; do
	espeak-ng -v en -s 165 -f "$text" --stdout |
		sox -t wav - -R -r 8000 -b 16 -c 1 "${text%.txt}.wav" norm -6 silence 1 0.01 0.1% reverse silence 1 0.01 0.1% reverse
done
