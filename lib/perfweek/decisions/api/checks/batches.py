"""What is needed together is asked for together (Google AIP-231)."""

import re
from collections.abc import Iterator

from perfweek.decisions.api.finding import Check, Finding, Material
from perfweek.decisions.api.spec import Operation
from perfweek.wording import bracketed

_BATCH_NAMES = frozenset({"ids", "id", "id[]", "ids[]", "keys", "names"})
_ITEM = re.compile(r"(?P<list>.*)/\{[^{}/]+\}")


def _no_batch(material: Material) -> Iterator[Finding]:
    for operation in material.spec.checked:
        match = _ITEM.fullmatch(operation.path)
        if not operation.reads or not match or _has_batch(material, match["list"]):
            continue
        seen = material.seen(operation)
        known = seen is not None and bool((seen.rows["session"] != "").any())
        followed = f"; {bracketed(seen.follow_share, '%')} of its requests follow another of their session within a second" if seen and known else ""
        stake = material.stake("requests", seen.following_requests_a_week, spared=True) if seen and known else material.touched(operation, "requests")
        what = f"gives one item a request, and nothing gives several{followed}"
        do = f"add `ids` to `GET {match['list']}`, or `POST {match['list']}:batchGet`, with a largest number"
        yield Finding(NO_BATCH.id, operation.route, what, do, operation.pointer, stake)


def _has_batch(material: Material, path: str) -> bool:
    beside = [one for one in material.spec.operations if one.path == path and one.reads and _filters_by_ids(one)]
    words = re.compile(re.escape(path) + r"[:/](batch|batch_?get|mget|bulk)\b.*", re.IGNORECASE)
    return bool(beside) or any(words.fullmatch(one.path) for one in material.spec.operations)


def _filters_by_ids(operation: Operation) -> bool:
    return operation.parameter(_BATCH_NAMES) is not None


NO_BATCH = Check("no-batch-read", "Several items come in one request", _no_batch)
