"""A program for tests of the launcher: it answers /health on its port, with what it was told."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

SHOWN = ("_URL", "_ISSUER", "ENV_FILE")


class Answer(BaseHTTPRequestHandler):
    """Answers with the variables that the program was given."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
        told = {
            name: value
            for name, value in os.environ.items()
            if name.endswith(("_URL", "_ISSUER", "ENV_FILE"))
        }
        self.wfile.write(json.dumps(told).encode())


print("answering", flush=True)
HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
