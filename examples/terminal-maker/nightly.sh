#!/bin/sh
# A terminal maker's nightly: its own terminal profile in every dialect, with seeds that are new each
# night, and what goes wrong on the line. A failure prints the command that plays it again.
set -eu
cd "$(dirname "$0")"
seed=${SEED:-$(date +%Y%m%d)}
till bench run . --seed "$seed" --repeat "${REPEAT:-20}" --junit "${JUNIT:-junit.xml}" --html "${HTML:-report.html}"
till sim --terminal demo --seeds "${RUNS:-2000}" --from "$seed"
