#!/usr/bin/env bash
# Judges what no compiler sees: scripts, the container image's recipe, compose.yaml, and the container's health check.
# It needs no Docker engine.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=.cache/linters/bin
step() { printf 'check: %s\n' "$*"; }

step "shell scripts"
"$tools/shellcheck" deploy/*.sh .ci/run

step "Dockerfile"
"$tools/hadolint" deploy/Dockerfile

step "YAML"
"$tools/yamllint" --strict --config-file deploy/yamllint.yaml deploy

step "compose.yaml against the Compose specification's schema"
"$tools/check-jsonschema" --builtin-schema vendor.compose-spec deploy/compose.yaml

step "what the containers promise"
"$tools/python" deploy/check_containers.py

step "the container's health check"
"$tools/python" deploy/check_healthcheck.py

step "the OpenAPI documents of the web adapter and of reading customers"
"$tools/openapi-spec-validator" Services/WebAdapter/Shell/Resources/API/openapi.json \
  Services/ProfileAggregator/Reads/openapi.json

step "JSON Schemas and samples of all data"
"$tools/python" deploy/check_schemas.py
