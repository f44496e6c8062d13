#!/usr/bin/env bash
# Ten commands from nothing to a model that has been inspected, timed, used and judged, in the current folder.
set -euo pipefail
frill corpus make --out corpus --size 200
frill corpus stats corpus/tasks.json
frill teacher train --corpus corpus --steps 20 --out teacher
frill distill --corpus corpus --teacher teacher --student tiny-0.5-gap --steps 40 --out student
frill export --student student --out tiny.tflite
frill inspect tiny.tflite
frill bench tiny.tflite --rounds 2
frill features corpus/audio/keyword/00000.wav --out log-mel.npy
frill embed corpus/audio --model tiny.tflite --out embeddings.parquet
frill evaluate --tasks corpus/tasks.json --model tiny.tflite log-mel-statistics --effort quick --out evaluation
