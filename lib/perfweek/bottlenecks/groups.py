"""What a stack of the profile is busy with, by the files of its frames.

The outermost frame that tells decides: an encoder that the database's driver calls belongs to the database.
"""

import re
from collections.abc import Mapping
from typing import Literal

from perfweek.profiling.stacks import Stack

Group = Literal["database", "cache", "serialisation", "own code", "server"]

# Each is looked for in 'function (path/file.py)'.
_GROUPS: tuple[tuple[Group, re.Pattern[str]], ...] = (
    (
        "database",
        re.compile(
            r"[(/](?:duckdb|snowflake|sqlalchemy|psycopg\w*|asyncpg|aiopg|pymysql|aiomysql|MySQLdb|mysql|sqlite3|aiosqlite|oracledb|pyodbc|pymongo|"
            r"motor|cassandra|clickhouse\w*|peewee|tortoise|django/db|warehouse|databases?|db)[/.]"
        ),
    ),
    (
        "cache",
        re.compile(
            r"[(/](?:redis|valkey|coredis|pymemcache|memcache|pylibmc|aiomcache|aiocache|cachetools|cachelib|diskcache|dogpile|django/core/cache)[/.]"
            r"|[(/]\w*cach(?:e|es|ing)\.py"
        ),
    ),
    (
        "serialisation",
        re.compile(
            r"[(/](?:json|orjson|ujson|simplejson|rapidjson|msgspec|msgpack|pydantic\w*|marshmallow|attrs|cattrs?|google/protobuf|avro|"
            r"fastapi/encoders|rest_framework/(?:renderers|serializers|parsers))[/.]"
            r"|^(?:\w+\.)*(?:as_json|to_json|from_json|jsonable_encoder|serialize\w*|deserialize\w*|model_dump\w*|model_validate\w*) \("
        ),
    ),
    ("server", re.compile(r"[(/](?:uvicorn|h11|h2|httptools|hypercorn|daphne|gunicorn|werkzeug/serving)[/.]")),
)
_ENTRY = re.compile(r"^(?:\w+\.)*(?:run_asgi|run_wsgi|wsgi_app|__call__) \((?:uvicorn|hypercorn|daphne|gunicorn|flask|werkzeug|django/core/handlers)")


def group_of(stack: Stack, handlers: Mapping[str, str]) -> Group:
    """What `stack` is busy with, between the server that hands a request over and its leaf.

    Without the frame of a handler or of a call into the application it is the server's own work, which the service's clock does not see.
    """
    begin = max((place for place, frame in enumerate(stack) if frame in handlers or _ENTRY.match(frame)), default=-1)
    if begin < 0:
        return "server"
    return next((group for frame in stack[begin + 1 :] for group, pattern in _GROUPS if pattern.search(frame)), "own code")
