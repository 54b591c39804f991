#!/usr/bin/env bash
# Exits 0 when this container's service is ready for work. It is bash alone, because the image has no HTTP client.
set -euo pipefail

port=${TRIAS_OPS_PORT:-9400}
exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 3 _ status _ <&3
[ "$status" = 200 ]
