"""One server process, of one or of several: what it sets up for itself before it serves."""

from __future__ import annotations

import gc
import os
import sys

from starlette.types import ASGIApp

from stitcher.server.app import create_app
from stitcher.server.ops.log import configure_logging
from stitcher.server.sessions.cookie import new_secret
from stitcher.settings.load import ENV_FILE, load_settings, warn_of_unread_names
from stitcher.settings.names import OPEN_TELEMETRY, read_env_file

__all__ = ["make_app"]

GC_THRESHOLDS = (50_000, 100, 10)
"""When the garbage collector runs (see ``gc.set_threshold``).

Reference counts free what requests leave behind; cycles are rare. With Python's own 700 the collector
would go through each large answer hundreds of times while it is built, and double its cost; through one
of 20 MB, for as long as a tenth of a second at once.
"""

SWITCH_INTERVAL = 0.001
"""Seconds after which a thread that works beside the event loop gives way to it.

With Python's own five milliseconds, a request waits as long each time that it wakes up, which is five times
or so. With one thread at work, nothing is switched, and it costs nothing.
"""


def make_app() -> ASGIApp:
    """Return the application of this process, by the settings of its environment.

    Raises:
        SettingsError: a setting has a value that it can't have.
        CompositionError: carries everything that is wrong with schemas, addresses and resolvers.
    """
    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level, settings.log_levels)
    warn_of_unread_names()
    for name, value in read_env_file(ENV_FILE)[0].items():
        if name.startswith(OPEN_TELEMETRY):  # whose SDK reads nothing but the environment
            os.environ.setdefault(name, value)
    sys.path.insert(0, os.getcwd())  # where a team keeps its resolvers, as for `python -m`
    app = create_app(settings, load_settings)
    if settings.session_secret is None:
        os.environ["SESSION_SECRET"] = new_secret()  # the same for the processes that this one starts
    gc.collect()
    gc.freeze()  # the schema and the modules stay for good: no use looking through them again
    gc.set_threshold(*GC_THRESHOLDS)
    sys.setswitchinterval(SWITCH_INTERVAL)
    return app
