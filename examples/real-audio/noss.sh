#!/usr/bin/env bash
# The tables of docs/noss: tasks of real audio, clean and under conditions, with few-shot curves and heads, for the released models, the
# networks that taught them, YAMNet, Google's speech_embedding and two baselines. From the repository's root. Stopped, it goes on.
#
#   bash examples/real-audio/noss.sh [OUT] [NAME=MODEL ...]
#
# CONDITIONS names others, for example clean,noise-0,quiet,clipped,opus-16k.
#
# It needs the recordings in ../shared/data, or as `npx tsx examples/real-audio/fetch.ts` builds them, the corpus in runs/corpus
# (examples/training-corpus) and the teacher in runs/release (examples/release). EFFORT=full takes every probe to its optimum and a window every 0.17 s.
set -euo pipefail
[ -d ../shared/data ] || { echo 'The recordings are not in ../shared/data. To build it: npx tsx examples/real-audio/fetch.ts' >&2; exit 1; }
out=${1:-runs/noss} corpus=${CORPUS:-runs/corpus} teacher=${TEACHER:-runs/release/teacher} networks=runs/release/networks
[ -d "$networks" ] || examples/release/fetch-teachers.sh "$networks"
speech=${SPEECH_EMBEDDING:-runs/release/speech-embedding}
[ -e "$speech/combined.json" ] || npx frill teacher combine examples/real-audio/speech-embedding.json --corpus "$corpus" \
  --where split=train terms=free --windows 2000 --out "$speech"
protocol=(--effort quick --hop 48)
[ "${EFFORT:-quick}" = quick ] || protocol=(--effort full)
models=(frill-s frill-m frill-l teacher="$teacher" YAMNet=../shared/data/models/yamnet_scores_embedding1024.tflite
  speech-embedding="$speech" mfcc-statistics log-mel-statistics "${@:2}")
# The first versions of frill-s and frill-m heard recordings that are noise to test under today (lists/heard-noise.txt). The noise is of
# the others, as far as their licences are free.
noise=$corpus/unheard-noise.csv
grep -vFf examples/real-audio/lists/heard-noise.txt "$corpus/manifest.csv" | grep -v ,copyleft, >"$noise"
evaluate() { npx frill evaluate "${protocol[@]}" --cache "$out/cache" --model "${models[@]}" "$@"; }

evaluate --tasks examples/real-audio/tasks.json --few-shot 5 --heads --show validation \
  --conditions "${CONDITIONS:-clean,noise-10,reverb,telephone}" --noise "$noise:split=noise-test" --out "$out/evaluation"
evaluate --tasks examples/real-audio/more-tasks.json --few-shot 5 --out "$out/more"
