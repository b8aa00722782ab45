"""CloudFormation's side of a custom resource: a presigned address, served on this machine."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = "X-Amz-Signature=only-for-cloudformation"


class CloudFormation:
    """A presigned address on this machine; it answers with the codes that it is given, then with 200."""

    def __init__(self):
        self.codes = []
        self.puts = []
        ours = self

        class Address(BaseHTTPRequestHandler):
            def do_PUT(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ours.puts.append((self.path, dict(self.headers), body))
                self.send_response(ours.codes.pop(0) if ours.codes else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                """Say nothing on stderr."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Address)
        self.url = f"http://127.0.0.1:{self.server.server_port}/answer?{SECRET}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def answer(self):
        """The one answer that was taken."""
        return json.loads(self.puts[-1][2])
