#!/usr/bin/env bash
# Installs what a machine with only the Swift toolchain lacks, saying what and why; what is there is left alone.
#
#   deploy/bootstrap.sh          what it takes to build and run
#   deploy/bootstrap.sh test     and what the whole test suite uses beside that
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'bootstrap: %s\n' "$*"; }
fail() {
  printf 'bootstrap: %s\n' "$@" >&2
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

purpose=${1:-run}
apt_packages=()
brew_packages=()

# need <why> <apt package> <brew package>: notes what is missing; a dash is a package that this system has no need of.
need() {
  say "missing $1"
  [ "$2" = - ] || apt_packages+=("$2")
  [ "$3" = - ] || brew_packages+=("$3")
}

has_chromium() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if has "$name"; then return 0; fi
  done
  [ -d "/Applications/Google Chrome.app" ] || [ -d "/Applications/Chromium.app" ]
}

# Elsewhere than on Linux the test says that it is skipped.
has_faketime() { ! has apt-get || compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null; }

has_venv() { has python3 && python3 -c 'import ensurepip, venv' 2>/dev/null; }

has swift || fail "there is no Swift toolchain; Trias needs Swift 6.3 or later: https://www.swift.org/install"

has pkg-config || need "pkg-config, by which the build finds librdkafka" pkg-config pkgconf
if ! has pkg-config || ! pkg-config --exists rdkafka; then
  need "librdkafka and its headers, the Kafka client under the suite" librdkafka-dev librdkafka
fi
if [ "$purpose" = test ]; then
  has kcat || need "kcat, which the README's recipes publish and read with" kcat kcat
  has curl || need "curl, which the README's recipes ask the web adapter with" curl -
  has_chromium || need "Chromium, in which a test clicks through the pages" chromium -
  has_faketime || need "libfaketime, by which a test lets the clock jump" libfaketime -
  has_venv || need "Python with venv, which the linters of deploy/ run in" python3-venv python3
fi

install_with_apt() {
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    has sudo || fail "apt-get needs root and there is no sudo; as root: apt-get install ${apt_packages[*]}"
    as_root=(sudo)
  fi
  say "installing with apt: ${apt_packages[*]}"
  ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get update -q
  ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "${apt_packages[@]}"
}

if has apt-get; then
  if [ ${#apt_packages[@]} -gt 0 ]; then install_with_apt; fi
elif has brew; then
  if [ ${#brew_packages[@]} -gt 0 ]; then
    say "installing with brew: ${brew_packages[*]}"
    brew install "${brew_packages[@]}"
  fi
elif [ ${#apt_packages[@]} -gt 0 ]; then
  fail "there is neither apt-get nor brew here; install these yourself and call make again," \
    "by the names they have in Debian: ${apt_packages[*]}"
fi

pkg-config --exists rdkafka || fail "librdkafka is installed, but pkg-config does not find it (PKG_CONFIG_PATH?)"
pkg-config --atleast-version=2.0 rdkafka ||
  fail "librdkafka $(pkg-config --modversion rdkafka) is too old; Trias needs 2.0 or later"

# The linters live in a folder of their own and are made anew when their list changes.
if [ "$purpose" = test ]; then
  tools=.cache/linters
  if ! cmp -s deploy/linters.txt "$tools/installed.txt"; then
    say "installing the linters of deploy/linters.txt into $tools"
    rm -rf "$tools"
    python3 -m venv "$tools"
    "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --requirement deploy/linters.txt
    cp deploy/linters.txt "$tools/installed.txt"
  fi
fi
