#!/usr/bin/env bash
# From a corpus to the files of a released model: release.sh NAME VERSION STUDENT STEPS [CORPUS]
#
# The released ones, of which all others begin with the first:
#
#   examples/release/release.sh frill-m 1 small-1-gap 24000 runs/corpus
#   BOTTLENECK=256 RATE=0.001 START_FROM=frill-m examples/release/release.sh frill-s 1 tiny-1-gap 7000 runs/corpus
#   RATE=0.001 START_FROM=frill-m examples/release/release.sh frill-l 1 small-2-gap 6000 runs/corpus
#   RATE=0.001 START_FROM=frill-m REFIT=yes AUGMENT=light TEMPERATURE=3 SPACING=0.96 \
#     examples/release/release.sh frill-m 2 small-1-gap 30000 runs/corpus
#   RATE=0.001 START_FROM=frill-m REFIT=yes AUGMENT=light SPACING=0.96 SPEEDS='0.9 1.12' \
#     examples/release/release.sh frill-m 3 small-1-gap 18000 runs/corpus
#   BOTTLENECK=256 RATE=0.001 START_FROM=frill-m AUGMENT=light SPACING=0.96 SPEEDS='0.9 1.12' \
#     examples/release/release.sh frill-s 2 tiny-1-gap 7000 runs/corpus
#
# The same files come out only of the same corpus. packages/frill-models/README.md tells on what these were trained.
#
# It can be stopped at any moment; the same command goes on. CORPUS is a folder with the manifest that examples/training-corpus
# builds. Where it is absent the built-in synthetic corpus takes its place: that shows the way, and makes no model worth using.
# From the repository's root. RUNS, TASKS, WINDOWS, DEVICE and OUT can be set from outside too; see below.
set -euo pipefail
name=${1:?name of the model: frill-s, frill-m or frill-l} version=${2:?version: 1, 2, ...}
student=${3:?network, e.g. small-1-gap} steps=${4:?steps of the training} corpus=${5:-}
here=$(cd "$(dirname "$0")" && pwd)
runs=${RUNS:-runs/release} out=${OUT:-packages/frill-models}
cache=$runs/cache
bottleneck=${BOTTLENECK:-512} rate=${RATE:-0.0015} start=(${START_FROM:+--start-from "$START_FROM"})
# For a teacher that was fitted anew: it is another one then.
[ -z "${REFIT:-}" ] || start+=(--refit)
read -ra speeds <<<"${SPEEDS:+--speeds $SPEEDS}"
PATH=$PWD/node_modules/.bin:$PATH
mkdir -p "$runs"

manifest=() where=() conditions=(--conditions clean,reverb,telephone)
if [ -n "$corpus" ]; then
  tasks=${TASKS:-$here/../real-audio/tasks.json}
  # What may be published, and nothing that noise to test under comes from.
  rows=(split=train,noise-train terms=free)
  where=(--where "${rows[@]}")
  manifest=(--manifest "$corpus/manifest.csv" --where "${rows[@]}")
  conditions=(--conditions clean,noise-10,reverb,telephone --noise "$corpus/manifest.csv:split=noise-test")
else
  corpus=$runs/corpus tasks=${TASKS:-$runs/corpus/tasks.json}
  # The teacher has 512 components, and takes one window of each clip that is not for tests.
  [ -e "$corpus/tasks.json" ] || frill corpus make --out "$corpus" --size 700
fi

# teacher.json names this folder, wherever RUNS is.
[ -e runs/release/networks/pretrained.pt ] || "$here/fetch-teachers.sh"
teacher=$runs/teacher
[ -e "$teacher/combined.json" ] || frill teacher combine "$here/teacher.json" --corpus "$corpus" "${where[@]}" \
  --windows "${WINDOWS:-8000}" --cache "$cache" --out "$teacher"

trained=$runs/$name-v$version
frill distill --corpus "$corpus" "${where[@]}" --teacher "$teacher" --windows random --spacing "${SPACING:-0.48}" "${speeds[@]}" --augment "${AUGMENT:-usual}" \
  --temperature "${TEMPERATURE:-2}" --student "$student" --bottleneck "$bottleneck" --head none --targets centred --batch 64 --steps "$steps" \
  --learning-rate "$rate" --averaging 0.999 "${start[@]}" --cache "$cache" --out "$trained"

# Packed once for the files, and again with what was measured of these files.
pack=(frill release pack "$trained" --name "$name" --version "$version" --out "$out" "${manifest[@]}"
  --networks "$here/networks.json" --sources "$here/../training-corpus/sources")
"${pack[@]}"
# By the protocol of docs/noss.
frill evaluate --tasks "$tasks" --effort quick --hop 48 --few-shot 5 --show validation "${conditions[@]}" \
  --model "$name=$out/$name/$name.tflite" "float32=$out/$name/$name-float32.tflite" "teacher=$teacher" mfcc-statistics log-mel-statistics \
  --cache "$cache/evaluation" --out "$trained/evaluation"
frill bench "$out/$name/$name.tflite" --json >"$trained/latency.json"
"${pack[@]}" --evaluation "$trained/evaluation" --latency "$trained/latency.json" ${DEVICE:+--device "$DEVICE"}
