#!/usr/bin/env bash
# Builds the training corpus: build.sh CORPUS CLONES PACKAGES [more options of frill corpus build]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
corpus=${1:?folder of the corpus} clones=${2:?folder with clones} packages=${3:?folder with packages}
# The held-out languages let the evaluation ask for languages that no model has heard.
exec frill corpus build "$here/sources" --out "$corpus" --repositories "$clones" --packages "$packages" \
  --tasks "$here/../real-audio/tasks.json" \
  --held-out bg cs da el eu lt mr nb nn no pa ro sk sl sv th ur "${@:4}"
