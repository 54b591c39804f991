#!/usr/bin/env bash
# Runs the README's recipes, as they stand there, against a running suite, and looks at what they print.
#
#   deploy/recipes.sh <path of the trias executable>      starts `trias run` for the purpose
#   SUITE=http://localhost:8080 BROKER=127.0.0.1:9092 deploy/recipes.sh
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

# attempt <recipe> <pattern>...: whether its commands succeed and print every pattern; `output` is what they print.
attempt() {
  local pattern
  output=$(bash -euo pipefail -c "$(recipe "$1")" 2>&1) || return 1
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

started=
stop() {
  [ -z "$started" ] || kill "$started" 2>/dev/null || true
  [ -z "$started" ] || wait "$started" || true
}
trap stop EXIT

if [ $# -gt 0 ]; then
  log=$(mktemp)
  http_port=$((20000 + RANDOM % 20000))
  "$1" run --http-port "$http_port" --ops-port "$((http_port + 1))" >"$log" 2>&1 &
  started=$!
  export SUITE=http://127.0.0.1:$http_port
  for _ in $(seq 120); do
    if curl -sf "http://127.0.0.1:$((http_port + 1))/readyz" >/dev/null; then break; fi
    kill -0 "$started" 2>/dev/null || fail "trias run ended: $(tail -n 20 "$log")"
    sleep 0.5
  done
  BROKER=${KAFKA_BOOTSTRAP_SERVERS:-$(grep -iE 'broker|bootstrap' "$log" | grep -oE '(127\.0\.0\.1|localhost):[0-9]+' | head -n 1)}
  [ -n "$BROKER" ] || fail "trias run did not print the broker's address: $(tail -n 20 "$log")"
  export BROKER
fi

run curl '"contact":"c' '"listSource":"\(live\|fallback\)"' '"rank":1' '{"accepted":1}'
run kcat '"rank":1' '"reasons":'
