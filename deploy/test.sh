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
"$swift" test "${strict[@]}" --skip EndToEndTests
# Whole deployments and browsers come after all others and one after another: they wait for processes, and would keep the
# few threads that tests share from the tests that are timed.
"$swift" test "${strict[@]}" --skip-build --no-parallel --filter EndToEndTests
deploy/recipes.sh "$("$swift" build --show-bin-path)"
printf 'make test: built in %d s, tested in %d s\n' "$built" "$((SECONDS - built))"
