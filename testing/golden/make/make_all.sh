#!/bin/sh
# usage: make_all.sh DATA OUT [SEED]
# Needs Debian's python3-numpy, python3-scipy, python3-sklearn, python3-torch, python3-soundfile (PYTHON overrides the interpreter).
set -eu
data=$1 out=$2 seed=${3:-20250}
here=$(dirname "$0")
python=${PYTHON:-/usr/bin/python3}
"$python" "$here/make_frontend.py" --data "$data" --out "$out" --compact --seed $((seed + 1))
"$python" "$here/make_resample.py" --out "$out" --seed $((seed + 2))
"$python" "$here/make_metrics.py" --out "$out" --seed $((seed + 3))
"$python" "$here/make_probes.py" --data "$data" --out "$out" --features mean_std --seed $((seed + 4))
"$python" "$here/make_network.py" --out "$out" --seed $((seed + 5))
"$python" "$here/make_triplet.py" --out "$out" --seed $((seed + 6))
"$python" "$here/make_lowrank.py" --out "$out" --seed $((seed + 7))
"$python" "$here/make_fakequant.py" --out "$out" --seed $((seed + 8))
"$python" "$here/make_stats.py" --out "$out" --seed $((seed + 9))
"$python" "$here/check_golden.py" --data "$data" --golden "$out"
