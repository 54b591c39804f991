#!/usr/bin/env bash
# Fuzzes what reads bytes from outside, by libFuzzer and from the committed samples: `make fuzz SECONDS_EACH=60`. What it
# finds is kept in .cache/fuzz/found; put it into Tests/Fuzzing/Findings/<target>, mend the cause, and `make test` tries it
# ever after.
#
#   deploy/fuzz.sh SECONDS [TARGET …]
set -euo pipefail
cd "$(dirname "$0")/.."

swift=${SWIFT:-swift}
seconds=$1
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(json data envelope catalog version cases predicate)

# Optimised, and with checks of overflow and bounds all the same. Beside the address sanitizer the compiler leaves out
# what tells libFuzzer where it has been, unless that is asked for by name.
build=(build -c release --product fuzz --sanitize fuzzer --sanitize address --scratch-path .build-fuzz
  --explicit-target-dependency-import-check error
  -Xswiftc "-sanitize-coverage=edge,inline-8bit-counters,pc-table,trace-cmp")
TRIAS_FUZZ=1 "$swift" "${build[@]}"
fuzz=$(TRIAS_FUZZ=1 "$swift" "${build[@]}" --show-bin-path)/fuzz

samples=Tests/ContractsTests/Samples
home=.cache/fuzz
mkdir -p "$home/found"

# The committed samples as each target takes them, and what was found before.
plant() {
  local target=$1 seeds=$2 file name
  case $target in
    json) cp "$samples"/*.json "$samples"/Bad/*.json "$seeds" ;;
    data)
      for file in "$samples"/trias.*.json; do
        name=$(basename "$file" .json)
        { printf '%s\n' "$name" && cat "$file"; } >"$seeds/$name"
      done
      for file in "$samples"/[!t]*.json; do
        name=$(basename "$file" .json)
        { printf 'trias.%s\n' "$name" && cat "$file"; } >"$seeds/$name"
      done
      ;;
    envelope) cp Tests/Fuzzing/Seeds/envelope/* "$seeds" ;;
    catalog) cp Tests/Fuzzing/Seeds/catalog/* "$seeds" ;;
    version) cp Tests/Fuzzing/Seeds/version/* "$samples"/marketing.catalog.v1.json "$seeds" ;;
    cases) cp Tests/Fuzzing/Seeds/cases/* "$seeds" ;;
    predicate)
      sed -nE 's/.*when: *(.*[^}])\}?,?$/\1/p' deploy/demo/catalog.yaml | sort -u |
        while IFS= read -r line; do printf '%s' "$line" >"$seeds/$(printf '%s' "$line" | cksum | cut -d' ' -f1)"; done
      ;;
    *)
      printf 'fuzz: there is no target %s\n' "$target" >&2
      exit 2
      ;;
  esac
  if [ -d "Tests/Fuzzing/Findings/$target" ]; then cp "Tests/Fuzzing/Findings/$target"/* "$seeds"; fi
}

for target in "${targets[@]}"; do
  seeds=$home/$target-seeds
  corpus=$home/$target
  rm -rf "$seeds"
  mkdir -p "$seeds" "$corpus"
  plant "$target" "$seeds"
  printf 'fuzz: %s for %s s, from %s samples\n' "$target" "$seconds" "$(find "$seeds" -type f | wc -l)"
  # A slow input is a finding too; what Swift prints of a crash is enough without a trace through the debugger.
  FUZZ_TARGET=$target SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0 "$fuzz" -max_total_time="$seconds" \
    -timeout=10 -rss_limit_mb=3072 -max_len=8192 -use_value_profile=1 -print_final_stats=1 \
    -artifact_prefix="$home/found/$target-" "$corpus" "$seeds" >"$home/$target.log" 2>&1 || {
    tail -n 40 "$home/$target.log"
    printf 'fuzz: %s found something: %s\n' "$target" "$home/found" >&2
    exit 1
  }
  grep -E 'stat::number_of_executed_units|stat::average_exec_per_sec' "$home/$target.log" | sed 's/^/fuzz: /'
done
