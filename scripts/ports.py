"""Is a port free on this machine?"""

import socket

__all__ = ["obstacle"]


def obstacle(port: int) -> str | None:
    """Why nothing can be served on `port` of this machine; None if it is free.

    Both families of `localhost` are asked: a server on ::1 would answer in place of one on 127.0.0.1.
    """
    for family, kind, protocol, _, address in socket.getaddrinfo("localhost", port, type=socket.SOCK_STREAM):
        with socket.socket(family, kind, protocol) as probe:
            probe.settimeout(1)
            if probe.connect_ex(address) == 0:
                return "is in use by another program"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return f"can't be listened on ({error.strerror})"
    return None
