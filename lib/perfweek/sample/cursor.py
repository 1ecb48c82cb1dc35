"""The cursor of the listing: the last asset of a page, so that the next page starts behind it whatever was added since."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Position:
    """A place in the listing (newest first): behind the asset `asset_id` made at `created_at`; id 0: behind that time."""

    created_at: datetime
    asset_id: int = 0

    def cursor(self) -> str:
        """The position as opaque text for a URL."""
        return base64.urlsafe_b64encode(f"{self.created_at.isoformat()} {self.asset_id}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> Position:
    """The position that `cursor` wrote. Raises ValueError for any other text."""
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
        time, _, number = plain.partition(" ")
        position = Position(datetime.fromisoformat(time), int(number))
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise ValueError("not a cursor of this listing") from error
    if position.created_at.tzinfo or not 0 < position.asset_id <= _LARGEST_ID or position.cursor() != text:
        raise ValueError("not a cursor of this listing")
    return position
