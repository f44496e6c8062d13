#!/usr/bin/env bash
# The table of docs/noss: eleven tasks of real audio by the published protocol, clean and under conditions, with few-shot curves and
# heads, for YAMNet, two baselines, our TRILL and its students, and any models that are named. From the repository's root, with the
# recordings in ../shared/data. Stopped, it goes on.
#
#   bash examples/real-audio/noss.sh [OUT] [NAME=MODEL ...]
#
# NOISE names the sounds for the conditions with noise, which no model was trained on.
set -euo pipefail
[ -d ../shared/data ] || { echo 'The recordings are not in ../shared/data. To build it: npx tsx examples/real-audio/fetch.ts' >&2; exit 1; }
out=${1:-runs/noss/evaluation}
tasks=examples/real-audio/tasks.json
npx frill study run --tasks $tasks --teacher trill --students small-2-gap,tiny-0.5-flat --steps 188 --hop 96 --out runs/noss
npx frill evaluate --tasks $tasks examples/real-audio/more-tasks.json --few-shot 1 5 10 50 --heads \
  --conditions clean,noise-10,noise-0,reverb,telephone,quiet,clipped,opus-16k \
  --noise "${NOISE:-../shared/data/esc10/metadata.csv}" --show best-on-test --out "$out" --model \
  log-mel-statistics mfcc-statistics \
  YAMNet=../shared/data/models/yamnet_scores_embedding1024.tflite \
  TRILL=runs/noss/teacher \
  small-2-gap=runs/noss/students/small-2-gap/model.tflite \
  tiny-0.5-flat=runs/noss/students/tiny-0.5-flat/model.tflite "${@:2}"
