"""The command of the sample service.

Usage: python -m perfweek.sample --port PORT --run FOLDER [--settings NAME|FILE] [--data FOLDER] [--redis URL] [--pyroscope URL]
"""

import argparse
import os
import sys
from pathlib import Path

from perfweek.errors import PerfweekError
from perfweek.sample import data
from perfweek.sample.profiler import ADDRESS
from perfweek.sample.service import Options, serve
from perfweek.sample.settings import BUNDLED, load_settings


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m perfweek.sample", description="Serve the sample catalogue on 127.0.0.1 until SIGTERM.")
    parser.add_argument("--port", type=int, required=True, help="port to listen on; 0 for any free one, which is printed")
    parser.add_argument("--run", type=Path, required=True, help="folder for access_log.ndjson, query_history.ndjson and settings.json")
    parser.add_argument("--settings", default=BUNDLED[0], help=f"{', '.join(BUNDLED)} or a TOML file (default: {BUNDLED[0]})")
    parser.add_argument("--data", type=Path, default=data.FOLDER, help=f"folder of the rows (default: {data.FOLDER})")
    parser.add_argument("--redis", default="", metavar="URL", help="Redis server for settings whose redis_url is auto")
    address = os.environ.get(ADDRESS, "")
    parser.add_argument("--pyroscope", default=address, metavar="URL", help=f"Pyroscope server to push profiles to (default: {ADDRESS}, if set)")
    given = parser.parse_args(arguments)
    try:
        settings = load_settings(given.settings)
        return serve(Options(given.port, given.run, settings, given.settings, given.data, given.redis, given.pyroscope))
    except PerfweekError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
