#!/usr/bin/env bash
# The table of docs/noss: our TRILL, two students that it teaches, YAMNet and two baselines on six tasks of real audio, by the
# published protocol. From the repository's root, with the recordings in ../shared/data. Stopped, it goes on.
set -euo pipefail
tasks=examples/real-audio/tasks.json
npx frill study run --tasks $tasks --teacher trill --students small-2-gap,tiny-0.5-flat --steps 188 --hop 96 --out runs/noss
npx frill evaluate --tasks $tasks --few-shot 1 5 10 50 --out "${1:-runs/noss/evaluation}" --model \
  log-mel-statistics mfcc-statistics \
  YAMNet=../shared/data/models/yamnet_scores_embedding1024.tflite \
  TRILL=runs/noss/teacher \
  small-2-gap=runs/noss/students/small-2-gap/model.tflite \
  tiny-0.5-flat=runs/noss/students/tiny-0.5-flat/model.tflite
