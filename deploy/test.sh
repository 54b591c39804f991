#!/usr/bin/env bash
# Builds everything with every warning an error, then runs all tests and, on the real executables, the README's recipes.
# `make test` calls it after the checks. What runs after the build is ended when it takes longer than TEST_MINUTES.
set -euo pipefail
cd "$(dirname "$0")/.."

swift=${SWIFT:-swift}
minutes=${TEST_MINUTES:-60}
strict=(--explicit-target-dependency-import-check error)
# Read by Package.swift; for everyday builds a warning stays a warning.
export WARNINGS_AS_ERRORS=1

if [ "${1:-}" != built ]; then
  "$swift" build --build-tests "${strict[@]}"
  built=$SECONDS
  # macOS has no `timeout` of its own: there a hang is for whoever looks on.
  limit=()
  if command -v timeout >/dev/null; then limit=(timeout --kill-after=30 "${minutes}m"); fi
  # `timeout` has a process group of its own, which no Ctrl-C reaches. With job control the job hears SIGINT as usual.
  set -m
  ${limit[@]+"${limit[@]}"} deploy/test.sh built &
  running=$!
  set +m
  trap 'kill -TERM "$running" 2>/dev/null || true' INT TERM
  status=0
  wait "$running" || status=$?
  case $status in
    0) printf 'make test: built in %d s, tested in %d s\n' "$built" "$((SECONDS - built))" ;;
    124 | 137)
      printf 'make test: failed: not done after %d minutes. Something hangs, or this machine needs ' "$minutes"
      printf 'more (TEST_MINUTES=90); the tests above that started and did not end were under way\n'
      ;;
  esac
  exit "$status"
fi

# One after another: many tests wait for brokers and processes, and would keep the few threads that tests share from
# each other. What failed is said again at the end, where it is looked for.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! "$swift" test "${strict[@]}" --skip-build --no-parallel 2>&1 | tee "$log"; then
  printf '\nmake test: failed:\n'
  grep -a -A 3 '✘' "$log" | head -200
  exit 1
fi
# Quick only when it is optimised.
deploy/fault-sim.sh --seed 1 --runs 10000
deploy/recipes.sh "$("$swift" build --show-bin-path)"
