"""Runs healthcheck.sh against a server that is ready, one that is not, and none at all."""

import http.server
import os
import subprocess
import sys
import threading
from pathlib import Path

script = Path(__file__).resolve().parent / "healthcheck.sh"


def verdict(port):
    environment = os.environ | {"TRIAS_OPS_PORT": str(port)}
    return subprocess.run([script], env=environment, stderr=subprocess.DEVNULL, timeout=10).returncode


def with_status(status):
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        return verdict(server.server_port), server.server_port
    finally:
        server.shutdown()
        server.server_close()


ready, _ = with_status(200)
unready, closed_port = with_status(503)
absent = verdict(closed_port)
if ready != 0 or unready == 0 or absent == 0:
    sys.exit(f"healthcheck.sh says {ready} when ready, {unready} when not, {absent} when nothing listens")
