r"""What `redis-cli MONITOR` prints, as rows: time, key, operation, size, ttl with tabs between (Redis writes a tab in a key as \t).

Reads of a key are requests; SET and its kin fill it; DEL and its kin delete it. A SET's EX or PX is the time to live of its entry. A command on
several keys is a row for each. Commands without a key are rows without a key, which are counted as left out.
"""

import re
from collections.abc import Iterator

COLUMNS = ("time", "key", "op", "size", "ttl")
STARTS = re.compile(rb'(?:\+?OK\r?\n)?\+?\d+\.\d+ \[\d+ [^\]]*\] "')
_COMMAND = re.compile(rb'\+?(\d+\.\d+) \[\d+ [^\]]*\] (".*")\s*$')
_ARGUMENT = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_READS = frozenset(b"GET MGET GETEX GETRANGE STRLEN HGET HMGET HGETALL LRANGE SMEMBERS SISMEMBER ZRANGE ZSCORE EXISTS".split())
_FILLS = frozenset(b"SET SETEX PSETEX SETNX GETSET APPEND INCR INCRBY DECR DECRBY HSET HMSET RPUSH LPUSH SADD ZADD".split())
_DELETES = frozenset(b"DEL UNLINK GETDEL".split())
_ON_SEVERAL = frozenset(b"MGET EXISTS DEL UNLINK".split())
_SECONDS = {b"EX": 1.0, b"PX": 0.001}


def monitor_rows(block: bytes) -> bytes:
    """The rows of lines of MONITOR; a line that is no command stays as it is, which no reader takes for a row."""
    return b"".join(row + b"\n" for line in block.split(b"\n")[:-1] for row in _rows(line))


def _rows(line: bytes) -> Iterator[bytes]:
    found = _COMMAND.match(line)
    if not found:
        yield b"" if line.strip() in (b"OK", b"+OK") else line
        return
    time, arguments = found[1], _ARGUMENT.findall(found[2])
    name, rest = arguments[0].upper(), arguments[1:]
    operation = b"get" if name in _READS else b"set" if name in _FILLS else b"del" if name in _DELETES else b""
    keys = (rest if name in _ON_SEVERAL else rest[:1]) if operation else []
    size = b"%d" % len(rest[-1]) if name in (b"SET", b"SETEX", b"PSETEX", b"SETNX") and len(rest) > 1 else b""
    if name == b"SET" and len(rest) > 1:
        size = b"%d" % len(rest[1])
    ttl = _ttl(name, rest)
    for key in keys or [b""]:
        yield b"\t".join((time, key, operation, size, ttl))


def _ttl(name: bytes, rest: list[bytes]) -> bytes:
    """In seconds; b'' where the command gives none."""
    options = [option.upper() for option in rest]
    scale, given = 1.0, b""
    if name in (b"SETEX", b"PSETEX") and len(rest) > 1:
        scale, given = (1.0 if name == b"SETEX" else 0.001), rest[1]
    elif name == b"SET":
        for place, option in enumerate(options[2:-1], start=2):
            if option in _SECONDS:
                scale, given = _SECONDS[option], rest[place + 1]
    return b"%.6f" % (int(given) * scale) if given.isdigit() else b""
