#!/usr/bin/env bash
# From a corpus to the files of a released model: release.sh NAME VERSION STUDENT STEPS [CORPUS]
#
#   examples/release/release.sh frill-s 1 small-1-gap 60000 runs/corpus
#
# It can be stopped at any moment; the same command goes on. CORPUS is a folder with the manifest that examples/training-corpus
# builds. Where it is absent the built-in synthetic corpus takes its place: that shows the way, and makes no model worth using.
# From the repository's root. RUNS, TASKS, WINDOWS, DEVICE and OUT can be set from outside; see below.
set -euo pipefail
name=${1:?name of the model: frill-s, frill-m or frill-l} version=${2:?version: 1, 2, ...}
student=${3:?network, e.g. small-1-gap} steps=${4:?steps of the training} corpus=${5:-}
here=$(cd "$(dirname "$0")" && pwd)
runs=${RUNS:-runs/release} out=${OUT:-packages/frill-models}
cache=$runs/cache
mkdir -p "$runs"

manifest=() where=()
if [ -n "$corpus" ]; then
  tasks=${TASKS:-$here/../real-audio/tasks.json}
  # What may be published, and nothing that noise to test under comes from.
  rows=(split=train,noise-train terms=free)
  where=(--where "${rows[@]}")
  manifest=(--manifest "$corpus/manifest.csv" --where "${rows[@]}")
else
  corpus=$runs/corpus tasks=${TASKS:-$runs/corpus/tasks.json}
  [ -e "$corpus/tasks.json" ] || frill corpus make --out "$corpus" --size 200
fi

[ -e "$runs/networks/pretrained.pt" ] || "$here/fetch-teachers.sh" "$runs/networks"
teacher=$runs/teacher
[ -e "$teacher/combined.json" ] || frill teacher combine "$here/teacher.json" --corpus "$corpus" "${where[@]}" \
  --windows "${WINDOWS:-8000}" --cache "$cache" --out "$teacher"

trained=$runs/$name-v$version
frill distill --corpus "$corpus" "${where[@]}" --teacher "$teacher" --windows random --spacing 0.48 --augment usual \
  --student "$student" --bottleneck 512 --head none --targets centred --batch 64 --steps "$steps" --learning-rate 0.0015 \
  --averaging 0.999 --cache "$cache" --out "$trained"

# Packed once for the files, and again with what was measured of these files.
pack=(frill release pack "$trained" --name "$name" --version "$version" --out "$out" "${manifest[@]}"
  --networks "$here/networks.json" --sources "$here/../training-corpus/sources")
"${pack[@]}"
frill evaluate --tasks "$tasks" --model "$name=$out/$name/$name.tflite" "float32=$out/$name/$name-float32.tflite" \
  "teacher=$teacher" mfcc-statistics log-mel-statistics --few-shot 5 --cache "$cache/evaluation" --out "$trained/evaluation"
frill bench "$out/$name/$name.tflite" --json >"$trained/latency.json"
"${pack[@]}" --evaluation "$trained/evaluation" --latency "$trained/latency.json" ${DEVICE:+--device "$DEVICE"}
