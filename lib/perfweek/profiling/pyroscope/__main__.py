"""The receiver as a command, for a machine without a Pyroscope server.

Usage: python -m perfweek.profiling.pyroscope --folder FOLDER [--port PORT]
"""

import argparse
import signal
import sys
import threading
from pathlib import Path

from perfweek.errors import MeasurementError, PerfweekError
from perfweek.files import make_folder
from perfweek.profiling.pyroscope.receiver import HOST, receiving
from perfweek.wording import count


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m perfweek.profiling.pyroscope", description="Receive what Pyroscope's agents push, on 127.0.0.1, until Ctrl-C or SIGTERM."
    )
    parser.add_argument("--folder", type=Path, required=True, help="where to keep the profiles: a folder that is empty or not there yet")
    parser.add_argument("--port", type=int, default=4040, help="port to listen on; 0 for any free one, which is printed (default: 4040)")
    given = parser.parse_args(arguments)
    try:
        _receive(given.folder, given.port)
    except PerfweekError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _receive(folder: Path, port: int) -> None:
    if any(make_folder(folder).iterdir()):
        raise MeasurementError("the folder is not empty", str(folder), "Give another one: profiles of two runs are not mixed.")
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    try:
        with receiving(folder, port) as receiver:
            print(f"receiving on {receiver.url}", flush=True)
            done.wait()
    except (OSError, OverflowError) as error:
        raise MeasurementError(f"port {port} cannot be used: {error}", f"{HOST}:{port}", "Give another one with --port.") from error
    print(f"{count(receiver.accepted, 'push', 'pushes')} kept in {folder}; {sum(receiver.refused.values())} requests refused", flush=True)


if __name__ == "__main__":
    sys.exit(main())
