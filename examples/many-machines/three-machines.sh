#!/usr/bin/env bash
# A study of 24 small students of the combined teacher, made by three machines, of which one is killed: three-machines.sh [FOLDER]
#
# The machines are processes of this one, each with a folder of its own. Needs redis-server, and for the teacher what
# examples/release/fetch-teachers.sh needs. It ends when all students are there, and says how to measure their latency twice. It can be
# stopped at any moment; the same command goes on. From the repository's root. TASKS, CORPUS, TEACHER and STEPS can be set from outside.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
run=${1:-runs/three-machines}
tasks=${TASKS:-examples/real-audio/tasks.json} corpus=${CORPUS:-../shared/corpus/core}
teacher=${TEACHER:-runs/release/teacher} steps=${STEPS:-100}
port=${PORT:-6399} files=${FILES:-7499}
mkdir -p "$run"

if [ ! -e "$teacher/combined.json" ]; then
  [ -e runs/release/networks/pretrained.pt ] || "$here/../release/fetch-teachers.sh"
  frill teacher combine "$here/../release/teacher.json" --corpus "$corpus" --windows 3000 --cache "$run/cache" --out "$teacher"
fi

students=$(for size in tiny small; do
  for width in 0.5 0.75 1; do
    for form in '' -lowrank -qat -lowrank-qat; do printf '%s-%s-gap%s,' "$size" "$width" "$form"; done
  done
done)
study=(frill study run --tasks "$tasks" --teacher "$teacher" --start-from frill-m --students "${students%,}"
  --steps "$steps" --windows-per-clip 1 --workers 3 --cache "$run/cache" --out "$run/study")

made() { cat "$run/study/students.jsonl" 2>/dev/null | wc -l; }
tell() {
  cat <<SAY
When nothing else runs, measure their latency. Then measure it again, for example on another day:
  ${study[*]}
  frill study latency --out $run/study --device 'again, here'
SAY
}
if [ "$(made)" -ge 24 ]; then
  tell
  exit
fi
# Each in a process group of its own, with all that it starts.
start() { setsid "$@" & }
end() { kill "-$1" -- "-$2" 2>/dev/null || true; }
helpers=()
# shellcheck disable=SC2154
trap 'for one in "${helpers[@]}"; do end TERM "$one"; done; end INT "${coordinator:-0}"; end TERM "${redis:-0}"; wait' EXIT

start redis-server --port "$port" --bind 127.0.0.1 --dir "$run" --save '' --appendonly yes --maxmemory-policy noeviction >"$run/redis.log"
redis=$!
start env FRILL_TOKEN=token "${study[@]}" --queue "redis://127.0.0.1:$port" --serve-on "127.0.0.1:$files" >"$run/study.log" 2>&1
coordinator=$!
until grep -q 'study work' "$run/study.log"; do
  kill -0 "$coordinator" || { tail -5 "$run/study.log"; exit 1; }
  sleep 1
done
for name in first second third; do
  start frill study work --queue "redis://127.0.0.1:$port" --from "http://127.0.0.1:$files/token" --workers 1 \
    --folder "$run/$name" --until-done >"$run/$name.log" 2>&1
  helpers+=($!)
done

# It has made one student, and others can go on from a checkpoint of its next.
current() { grep -o '[^ ]*gap[^ ]*: begun' "$run/first.log" | tail -1 | cut -d: -f1; }
until [ "$(grep -c 'gap.*: made' "$run/first.log")" -ge 1 ] && compgen -G "$run/study/students/$(current)/training/checkpoint-????????.safetensors" >/dev/null; do
  [ "$(made)" -lt 24 ] || break
  sleep 0.5
done
echo "$(date -u +%T) first is killed while it makes $(current)"
end KILL "${helpers[0]}"
wait "${helpers[0]}" 2>/dev/null || true

until [ "$(made)" -ge 24 ]; do
  kill -0 "$coordinator" || { tail -5 "$run/study.log"; exit 1; }
  sleep 2
done
grep -h 'going on from' "$run"/second.log "$run"/third.log || true
echo "$(date -u +%T) $(made) students are made, $(cut -d'"' -f4 "$run/study/students.jsonl" | sort -u | wc -l) of different names"
for name in first second third; do echo "$name made: $(grep -o 'gap[^ ]*: made' "$run/$name.log" | wc -l)"; done
tell
