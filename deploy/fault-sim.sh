#!/usr/bin/env bash
# Builds the fault simulation, optimised and without the HTTP packages, and runs it: `make fault-sim SEED=7 RUNS=1`.
set -euo pipefail
cd "$(dirname "$0")/.."

swift=${SWIFT:-swift}
build=(build -c release --product fault-sim --scratch-path .build-fault --explicit-target-dependency-import-check error)
TRIAS_LEAN=1 "$swift" "${build[@]}"
exec "$(TRIAS_LEAN=1 "$swift" "${build[@]}" --show-bin-path)/fault-sim" "$@"
