#!/usr/bin/env bash
# Latency of .tflite files on an Android phone by Google's benchmark_model, in interleaved rounds: docs/phone.md.
#
#     examples/phone/benchmark-model.sh BENCHMARK_MODEL MODELS... > phone.txt
#
# BENCHMARK_MODEL is the tool for the phone's processor. A model is a .tflite file, or the folder of a study's students.
# ROUNDS, RUNS, SECONDS_A_ROUND and WARMUP in the environment change the protocol; RUN_ON=here runs on this machine instead.
set -euo pipefail

[ $# -ge 2 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
tool=$1; shift
rounds=${ROUNDS:-5} runs=${RUNS:-30} seconds=${SECONDS_A_ROUND:-0.25} warmup=${WARMUP:-1}
place=/data/local/tmp/frill

case ${RUN_ON:-phone} in
  phone) on() { adb shell "$@"; }; bring() { adb push "$1" "$place/$2" >/dev/null; } ;;
  here) place=$(mktemp -d); on() { bash -c "$*"; }; bring() { cp "$1" "$place/$2"; } ;;
esac

on mkdir -p "$place"
bring "$tool" benchmark_model
on chmod +x "$place/benchmark_model"
names=()
for model in "$@"; do
  # A student's file is called model.tflite; its folder has the name.
  if [ -d "$model" ]; then files=("$model"/*/model.tflite); else files=("$model"); fi
  for file in "${files[@]}"; do
    name=$(basename "$file" .tflite)
    [ "$name" != model ] || name=$(basename "$(dirname "$file")")
    bring "$file" "$name.tflite"
    names+=("$name")
  done
done

if [ "${RUN_ON:-phone}" = phone ]; then
  echo "frill-device: $(adb shell getprop ro.product.manufacturer | tr -d '\r') $(adb shell getprop ro.product.model | tr -d '\r')"
  echo "frill-processor: $(adb shell getprop ro.board.platform | tr -d '\r')"
  echo "frill-system: Android $(adb shell getprop ro.build.version.release | tr -d '\r')"
else
  echo "frill-device: $(hostname)"
  echo "frill-processor: $(uname -m)"
  echo "frill-system: $(uname -sr)"
fi
echo "frill-cores: $(on nproc | tr -d '\r')"
echo "frill-started: $(date -u +%Y-%m-%dT%H:%M:%SZ)"
began=$SECONDS

measure() {
  on "$place/benchmark_model" "--graph=$place/$1.tflite" --num_threads=1 --use_xnnpack=true \
    "--num_runs=$runs" "--min_secs=$seconds" "--warmup_min_secs=$warmup" 2>&1 | tr -d '\r'
}

for round in $(seq "$rounds"); do
  echo "round $round of $rounds" >&2
  # The first model runs twice in every round: how far it is from itself is what no difference looks like.
  measure "${names[0]}"
  # All others in a new order, so that a phone that slows down slows all down alike.
  for name in $(printf '%s\n' "${names[@]:1}" | shuf); do measure "$name"; done
  measure "${names[0]}"
done
echo "frill-seconds: $((SECONDS - began))"
