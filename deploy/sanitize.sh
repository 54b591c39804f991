#!/usr/bin/env bash
# Runs the tests of the lean half (everything but the HTTP edges) under the address and the thread sanitizer:
# `make test-sanitize`. Each has a build folder of its own. What they have to be told is in Tests/Sanitizing.
#
#   deploy/sanitize.sh [address|thread …]
set -euo pipefail
cd "$(dirname "$0")/.."

swift=${SWIFT:-swift}
kinds=("$@")
[ ${#kinds[@]} -gt 0 ] || kinds=(address thread)
here=$PWD
export TRIAS_LEAN=1 SWIFT_BACKTRACE=enable=no
export LSAN_OPTIONS=suppressions=$here/Tests/Sanitizing/leaks.txt:print_suppressions=0
export TSAN_OPTIONS=halt_on_error=0:exitcode=66:history_size=4
export ASAN_OPTIONS=detect_leaks=1

for kind in "${kinds[@]}"; do
  folder=.build-$kind
  log=.cache/sanitize-$kind.log
  mkdir -p .cache
  common=(--sanitize "$kind" --scratch-path "$folder" --explicit-target-dependency-import-check error)
  "$swift" build --build-tests "${common[@]}"
  preload=()
  if [ "$kind" = thread ] && [ "$(uname)" = Linux ]; then
    clang -shared -fPIC -O1 -o "$folder/libthreads.so" Tests/Sanitizing/threads.c -lpthread -ldl
    preload=(env "LD_PRELOAD=$here/$folder/libthreads.so")
  fi
  status=0
  # As deploy/test.sh: the shell of macOS takes an empty list for one that isn't set.
  ${preload[@]+"${preload[@]}"} "$swift" test "${common[@]}" --skip-build --no-parallel >"$log" 2>&1 || status=$?
  # A report fails the run also where the tests themselves passed.
  if grep -aq -E '(ERROR|WARNING): (Address|Thread|Leak)Sanitizer' "$log"; then status=1; fi
  if [ "$status" -ne 0 ]; then
    grep -a -E -A 40 '(ERROR|WARNING): (Address|Thread|Leak)Sanitizer|✘' "$log" | head -200
    printf 'sanitize: %s: failed, see %s\n' "$kind" "$log" >&2
    exit 1
  fi
  printf 'sanitize: %s: %s\n' "$kind" "$(grep -a 'Test run with' "$log" | tail -1)"
done
