#!/usr/bin/env bash
# Makes the secrets that compose.yaml hands to its containers as files; those that are there stay as they are.
set -euo pipefail
cd "$(dirname "$0")"

# Only this user gets into the folder. The files themselves are readable, because the containers run as another user.
mkdir -p secrets
chmod 700 secrets

random() { head -c 24 /dev/urandom | base64 | tr '+/' '-_'; }
make_secret() {
  if [ -e "secrets/$1" ]; then return; fi
  printf '%s\n' "$2" >"secrets/$1"
  chmod 644 "secrets/$1"
  echo "made deploy/secrets/$1"
}

make_secret trias-secret "$(random)"
make_secret staff-token "$(random)"
# People who draft and approve catalogues: name=token, one a line. Put your own names here, at least two.
make_secret staff-tokens "ann=$(random)
ben=$(random)"
# One source that may send events, a server's; its name is in the events that it sends.
make_secret source-keys "my-shop=$(random)"
