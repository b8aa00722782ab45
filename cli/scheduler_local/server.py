"""The HTTP server of the embedded AWS: on 127.0.0.1 and a free port, in a thread of this process."""

import logging
from collections.abc import Callable, Iterable
from threading import Thread
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

logger = logging.getLogger(__name__)
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class _QuietHandler(MotoRequestHandler):  # type: ignore[misc]  # moto is untyped
    """Answers requests without printing them."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  # werkzeug's own parameter name
        """Keep what breaks down for whoever asks with -v; print no requests."""
        if type == "error":
            logger.info(message, *args)


class Server:
    """Serves one WSGI application."""

    def __init__(self, application: Application) -> None:
        self._server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_QuietHandler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """The endpoint for every service."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and give the port back."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
