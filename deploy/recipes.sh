#!/usr/bin/env bash
# Runs the README's recipes, as they stand there, against a running suite, and looks at what they print.
#
#   SUITE=http://localhost:8080 BROKER=127.0.0.1:9092 deploy/recipes.sh
#   deploy/recipes.sh .build/debug
#
# Given the folder of the executables it starts them as in a deployment, each as a process of its own on one broker (that
# of KAFKA_BOOTSTRAP_SERVERS, else `trias broker`), and at the end expects each to stop in order within 10 seconds.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  printf 'recipes: %s\n' "$*" >&2
  exit 1
}

# The commands of the first block after the recipe's mark.
recipe() {
  awk -v mark="<!-- recipe: $1 -->" '
    $0 == mark { found = 1 }
    found && $0 == "```" { exit }
    inside { print }
    found && $0 == "```sh" { inside = 1 }
  ' README.md
}

# attempt <recipe> <pattern>...: whether its commands succeed and print every pattern; `output` is what they print. What
# they write, they write beside the repository's files and not among them.
attempt() {
  local pattern commands
  commands=$(recipe "$1")
  mkdir -p "$logs/recipes"
  ln -sfn "$PWD/deploy" "$logs/recipes/deploy"
  output=$(cd "$logs/recipes" && bash -euo pipefail -c "$commands" 2>&1) || return 1
  for pattern in "${@:2}"; do
    grep -q -- "$pattern" <<<"$output" || return 1
  done
}

# A suite that has just started may answer with the catalogue's list at first, or take longer than a recipe waits.
run() {
  local left=5 output
  [ -n "$(recipe "$1")" ] || fail "README.md has no recipe $1"
  until attempt "$@"; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || fail "the recipe $1 does not print ${*:2}, but: $output"
    sleep 2
  done
  echo "recipes: $1 works"
}

names=()
pids=()
logs=$(mktemp -d)
kill_all() {
  [ ${#pids[@]} -eq 0 ] || kill -9 "${pids[@]}" 2>/dev/null || true
  rm -rf "$logs"
}
trap kill_all EXIT

# start <executable> <argument>...
start() {
  "$bin/$1" "${@:2}" >"$logs/$1.log" 2>&1 &
  pids+=($!)
  names+=("$1")
}

# wait_for <seconds> <what> <command>...: until the command succeeds.
wait_for() {
  local deadline=$((SECONDS + $1)) index
  until "${@:3}" >/dev/null 2>&1; do
    for index in "${!pids[@]}"; do
      kill -0 "${pids[$index]}" 2>/dev/null || fail "${names[$index]} ended: $(tail -n 20 "$logs/${names[$index]}.log")"
    done
    [ "$SECONDS" -lt "$deadline" ] || fail "$2 is not ready after $1 s: $(tail -n 20 "$logs/$2.log")"
    sleep 0.2
  done
}

start_suite() {
  local port=$((20000 + RANDOM % 20000)) name
  if [ -z "${KAFKA_BOOTSTRAP_SERVERS:-}" ]; then
    start trias broker
    wait_for 30 trias grep KAFKA_BOOTSTRAP_SERVERS= "$logs/trias.log"
    # What it prints is for the environment of its clients.
    set -a
    # shellcheck source=/dev/null
    . <(grep '^[A-Z_]*=' "$logs/trias.log")
    set +a
  fi
  "$bin/trias" topics apply
  "$bin/trias" catalog apply deploy/demo/catalog.yaml
  SUITE=http://127.0.0.1:$port
  BROKER=$KAFKA_BOOTSTRAP_SERVERS
  export SUITE BROKER
  start web-adapter --demo-shop true --http-port "$port" --ops-port "$((port + 1))"
  start profile-aggregator --ops-port "$((port + 2))"
  start nba-scorer --ops-port "$((port + 3))"
  start lead-manager --ops-port "$((port + 4))"
  start workbench --http-port "$((port + 10))" --ops-port "$((port + 5))"
  local offset=0
  for name in web-adapter profile-aggregator nba-scorer lead-manager workbench; do
    offset=$((offset + 1))
    wait_for 60 "$name" env TRIAS_OPS_PORT="$((port + offset))" deploy/healthcheck.sh
  done
}

# The broker was started first and is asked last.
stop_suite() {
  local index code deadline
  for ((index = ${#pids[@]} - 1; index >= 0; index--)); do
    kill "${pids[$index]}"
    deadline=$((SECONDS + 11))
    while kill -0 "${pids[$index]}" 2>/dev/null; do
      [ "$SECONDS" -lt "$deadline" ] || fail "${names[$index]} does not stop on SIGTERM"
      sleep 0.1
    done
    code=0
    wait "${pids[$index]}" || code=$?
    [ "$code" -eq 0 ] || fail "${names[$index]} stopped with $code: $(tail -n 20 "$logs/${names[$index]}.log")"
  done
  pids=()
}

bin=${1:-}
if [ -n "$bin" ]; then
  bin=$(cd "$bin" && pwd)
  PATH=$bin:$PATH
fi
if [ -n "$bin" ]; then start_suite; fi
run curl '"contact":"c' '"listSource":"\(live\|fallback\)"' '"rank":1' '{"accepted":1}'
run kcat '"rank":1' '"reasons":'
run newcomer 'of the group .*looks around'
export KAFKA_BOOTSTRAP_SERVERS=$BROKER
if command -v trias >/dev/null; then
  run proposition 'nothing wrong with it' 'in force as version'
  run history 'valueMinor: 185000 → 190000' 'other list  *[0-9]* of them' 'since the rate went up' 'in force as version'
  run split 'version 1' 'version 2'
else
  echo "recipes: proposition, history and split are left out: there is no trias on the PATH"
fi
if [ -n "$bin" ]; then
  stop_suite
  echo "recipes: every executable stopped in order"
fi
