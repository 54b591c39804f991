#!/usr/bin/env bash
# Builds everything with every warning an error, then runs all tests and, on the real executables, the README's recipes.
# `make test` calls it after the checks.
set -euo pipefail
cd "$(dirname "$0")/.."

swift=${SWIFT:-swift}
strict=(--explicit-target-dependency-import-check error)
# Read by Package.swift; for everyday builds a warning stays a warning.
export WARNINGS_AS_ERRORS=1

"$swift" build --build-tests "${strict[@]}"
built=$SECONDS
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
printf 'make test: built in %d s, tested in %d s\n' "$built" "$((SECONDS - built))"
