"""Three ways to run statements that do not need each other's results, with snowflake-connector-python: python async_example.py CONNECTION

Needs nothing but the connector and a connection of connections.toml (a second argument names another file). The statements here need a
warehouse, but read no table. What to know before taking one of the ways into a service:

- `execute_async` returns once the server has the statement; `get_results_from_sfqid` then asks for its state after 0, 0.5, 1, 2, 3.5, 5.5, ... s,
  so that a statement of 0.6 s is known to be done after a second. For statements below a second threads are faster.
- Each thread has a connection of its own: a connection answers one request at a time. Take them from the service's pool and give them back.
- Statements that run together belong to no transaction and end in any order. Write neither with them nor between them.
- A closed connection cancels what still runs on it. An error of a statement is raised where its result is fetched, not where it is started.
- A local fakesnow server runs `execute_async` to its end before it answers: there it is as slow as one after the other.
"""

import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import snowflake.connector

Rows = list[tuple[Any, ...]]
Connect = Callable[[], Any]

STATEMENTS = tuple(f"select sum(sqrt(seq4() + {number})) as total from table(generator(rowcount => 1000000))" for number in range(1, 5))


def one_after_the_other(connections: Sequence[Any], statements: Sequence[str]) -> list[Rows]:
    """On the first connection; takes the sum of their times."""
    return [_rows(connections[0], statement) for statement in statements]


def in_threads(connections: Sequence[Any], statements: Sequence[str]) -> list[Rows]:
    """A thread and a connection for each, as far as there are connections; takes about as long as the slowest."""
    with ThreadPoolExecutor(min(len(connections), len(statements))) as pool:
        free = list(connections)

        def run(statement: str) -> Rows:
            connection = free.pop()  # a thread at most for each connection, so that one is always free
            try:
                return _rows(connection, statement)
            finally:
                free.append(connection)

        return list(pool.map(run, statements))


def by_execute_async(connections: Sequence[Any], statements: Sequence[str]) -> list[Rows]:
    """All are sent on the first connection before the first result is waited for; takes as long as the slowest, and up to the next look at it."""
    connection = connections[0]
    cursors = [connection.cursor() for _ in statements]
    for cursor, statement in zip(cursors, statements, strict=True):
        cursor.execute_async(statement)
    results = []
    for cursor in cursors:
        cursor.get_results_from_sfqid(cursor.sfqid)
        results.append(list(cursor.fetchall()))
        cursor.close()
    return results


WAYS = {"one after the other": one_after_the_other, "in threads": in_threads, "execute_async": by_execute_async}


def compare(connect: Connect, statements: Sequence[str] = STATEMENTS, rounds: int = 5) -> list[dict[str, Any]]:
    """Each way in turn, `rounds` times after one that warms up: way, round, seconds. Raises RuntimeError where the ways do not give the same rows."""
    connections = [connect() for _ in statements]
    try:
        expected = one_after_the_other(connections, statements)
        measured = []
        for number in range(rounds):
            for name, way in WAYS.items():
                begun = time.perf_counter()
                found = way(connections, statements)
                measured.append({"way": name, "round": number, "seconds": time.perf_counter() - begun})
                if found != expected:
                    raise RuntimeError(f"{name}: other rows than one after the other")
        return measured
    finally:
        for connection in connections:
            connection.close()


def _rows(connection: Any, statement: str) -> Rows:
    with connection.cursor() as cursor:
        return list(cursor.execute(statement).fetchall())


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "default"
    options: dict[str, Any] = {"connections_file_path": Path(sys.argv[2])} if len(sys.argv) > 2 else {}
    options |= {"session_parameters": {"USE_CACHED_RESULT": False}}  # else the second round would be answered without running
    measured = compare(lambda: snowflake.connector.connect(connection_name=name, **options))
    for way in WAYS:
        seconds = sorted(one["seconds"] for one in measured if one["way"] == way)
        print(f"{way:20} {seconds[len(seconds) // 2]:7.3f} s  ({seconds[0]:.3f} to {seconds[-1]:.3f}, {len(seconds)} rounds)")


if __name__ == "__main__":
    main()
