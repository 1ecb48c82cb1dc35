"""What may stand in a report: an allowlist for the HTML of outputs and of markdown.

Text from outside is escaped where it enters an output. This is the second line, for HTML that was made elsewhere;
the page's Content-Security-Policy is the third.
"""

import re

import nh3
from bs4 import BeautifulSoup

from perfweek.errors import PublishError

STRIPPED_WITH_CONTENT = {
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "noscript",
    "template",
    "textarea",
    "select",
    "title",
    "xmp",
    "noembed",
    "noframes",
}
_TAGS = (
    "a abbr b blockquote br caption cite code col colgroup dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins "
    "kbd li mark ol p picture pre q s samp small source span strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr"
)
TAGS = frozenset(_TAGS.split())
ATTRIBUTES = {
    "*": {"class", "title", "lang", "dir", "aria-label", "aria-hidden"},
    "a": {"href"},
    "col": {"span"},
    "details": {"open"},
    "img": {"alt", "height", "src", "width"},
    "ol": {"start"},
    "source": {"media", "srcset"},
    "span": {"style"},
    "td": {"align", "colspan", "data-sort", "rowspan"},
    "th": {"align", "colspan", "rowspan"},
    "time": {"datetime"},
}
VALUES = {
    "div": {"role": {"region", "group"}, "tabindex": {"0"}},
    "th": {"scope": {"col", "row", "colgroup", "rowgroup"}},
}
STYLE_PROPERTIES = {"left", "width"}
LINK_SCHEMES = ("http:", "https:", "mailto:")
_SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]*\s*:", re.IGNORECASE)
_IMAGE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]+")


def _attribute(_tag: str, name: str, value: str) -> str | None:
    """Links lead to pages or to files beside the report; pictures are inside the page."""
    if name in ("src", "srcset"):
        return value if _IMAGE.fullmatch(value) else None
    if name == "href" and _SCHEME.match(value) and not value.strip().lower().startswith(LINK_SCHEMES):
        return None
    return value


_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=STRIPPED_WITH_CONTENT,
    attributes=ATTRIBUTES,
    tag_attribute_values=VALUES,
    attribute_filter=_attribute,
    url_schemes={"http", "https", "mailto", "data"},
    filter_style_properties=STYLE_PROPERTIES,
)


def clean_html(content: str) -> str:
    """`content` without anything that can act: no script, no event handler, no frame, form or style sheet, no address of
    another scheme than http, https and mailto, no picture from elsewhere. Tables, figures and text stay."""
    return _CLEANER.clean(content)


def require_alternatives(content: str, where: str) -> None:
    """Raise PublishError where a picture in `content` has no alternative text."""
    for image in BeautifulSoup(content, "html.parser").find_all("img"):
        if not str(image.get("alt", "")).strip():
            raise PublishError(
                "a picture has no alternative text", where, "Show figures with show(figure, alt=...); write ![what it shows](...) in text."
            )
