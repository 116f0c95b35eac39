"""Serves the application: the sockets that it listens on, and one process or several behind them."""

from __future__ import annotations

import atexit
import errno
import os
import shutil
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from importlib.util import find_spec

import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from stitcher.errors import SettingsError
from stitcher.settings.load import Settings

__all__ = ["serve", "share_metrics"]

log = structlog.get_logger(__name__)

HTTP = "stitcher.server.http.protocol:HttpProtocol"
"""What parses requests where httptools can be had; h11, which takes more time, has its rules of its own."""

REASONS = {
    errno.EADDRINUSE: "another program listens there. Set PORT, or --port, to another one",
    errno.EACCES: "this user may not. Set PORT, or --port, to one above 1023",
    errno.EADDRNOTAVAIL: "this machine has no such address. Set HOST, or --host, to one that it has",
}


def serve(settings: Settings, app: ASGIApp) -> None:
    """Serve until the process is told to end.

    Args:
        settings: Where to listen, and by how many processes.
        app: The application, for one process; several make one each.

    Raises:
        SettingsError: it can't listen there; says what to set.
    """
    sockets = _listen(settings.host, settings.port)
    _allow_many_files()
    several = settings.workers > 1
    config = uvicorn.Config(
        "stitcher.server.process:make_app" if several else app,
        factory=several,
        workers=settings.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        http=HTTP if find_spec("httptools") else "h11",
        ws="none",
        timeout_keep_alive=settings.keep_alive_timeout,
        timeout_graceful_shutdown=settings.grace_seconds,
        callback_notify=_Opening(_address(settings.host, sockets[0])),
    )
    if several:
        _Workers(config, sockets).run()
        return
    server = uvicorn.Server(config)
    # uvicorn raises the signal again that it has ended by, in order.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    with suppress(KeyboardInterrupt):  # which uvicorn raises again, once it has ended in order
        server.run(sockets)
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def share_metrics() -> None:
    """Give the processes that this one starts a directory for their numbers."""
    directory = tempfile.mkdtemp(prefix="stitcher-metrics-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    os.environ["STITCHER_METRICS_DIRECTORY"] = directory


class _Workers(Multiprocess):
    """Several processes; uvicorn starts another one for each that dies."""

    def handle_hup(self) -> None:
        """Let each read its schema again, instead of starting others."""
        for process in self.processes:
            if process.pid is not None:
                os.kill(process.pid, signal.SIGHUP)


def _allow_many_files() -> None:
    """Let this process, and those that it starts, have as many connections as the system allows at all."""
    if os.name == "posix":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        with suppress(ValueError, OSError):  # some systems say that it is endless, and don't mean it
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _listen(host: str, port: int) -> list[socket.socket]:
    """Return a socket for each address of a host, all bound to one port; 0 is a free one.

    Raises:
        SettingsError: an address can't be had; says what to set.
    """
    sockets: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, _, _, _, address in dict.fromkeys(found):
            bound = socket.socket(family)
            sockets.append(bound)
            if os.name == "posix":
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family is socket.AF_INET6:
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            bound.bind((address[0], port, *address[2:]))
            bound.set_inheritable(True)
            port = bound.getsockname()[1]
    except socket.gaierror as error:
        message = f"HOST: {host!r} can't be resolved; expected an address of this machine, or a name of one."
        raise SettingsError(message) from error
    except OSError as error:
        for bound in sockets:
            bound.close()
        reason = REASONS.get(error.errno or 0, f"{error.strerror}. Set HOST and PORT to others")
        raise SettingsError(f"PORT: the gateway can't listen on {host}:{port}: {reason}.") from error
    return sockets


def _address(host: str, bound: socket.socket) -> str:
    written = f"[{host}]" if ":" in host else host
    return f"http://{written}:{bound.getsockname()[1]}"


class _Opening:
    """Tells that the gateway is open. uvicorn calls it once it listens, and from time to time after that."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._is_told = False

    async def __call__(self) -> None:
        if not self._is_told:
            self._is_told = True
            log.info("gateway is open", address=self._address)
