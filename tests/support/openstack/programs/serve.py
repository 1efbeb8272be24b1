"""Serves a program of OpenStack with waitress on a socket that is already bound, until whoever started it is gone.

``python serve.py MODULE SOCKET PARENT``, in the environment that has them.
"""

import gc
import importlib
import os
import signal
import socket
import sys
import threading
import time
from typing import Any

import waitress
from sqlalchemy import event
from sqlalchemy.engine import Engine


@event.listens_for(Engine, "before_cursor_execute", retval=True)
def begin_immediately(
    con: Any,
    cursor: object,
    statement: str,
    parameters: object,
    context: object,
    many: object,
) -> tuple[str, object]:
    """Let writers queue up.

    Transactions of SQLite that read first and then write fail at once where another writes: most of what eight threads
    create would be refused with "database is locked".
    """
    deferred = statement == "BEGIN" and con.dialect.name == "sqlite"
    return ("BEGIN IMMEDIATE" if deferred else statement), parameters


def die_with(parent: int) -> None:
    """End when the process that started this one has ended, however it did."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


def main() -> None:
    """Serve what the command line says."""
    module, descriptor, parent = sys.argv[1:]
    del sys.argv[1:]  # Keystone would read it as its own
    threading.Thread(target=die_with, args=[int(parent)], daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    gc.disable()  # thousands of modules are read, and nothing of them is garbage
    application = importlib.import_module(module).application
    gc.freeze()
    gc.enable()
    waitress.serve(
        application,
        sockets=[socket.socket(fileno=int(descriptor))],
        threads=8,
        channel_timeout=300,
        connection_limit=1000,
        max_request_body_size=64 << 30,
        clear_untrusted_proxy_headers=True,
    )


if __name__ == "__main__":
    main()
