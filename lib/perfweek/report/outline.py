"""A notebook's text as the page shows it: safe HTML, headings in order with an id, and the contents list."""

import re
from dataclasses import dataclass

from bs4 import BeautifulSoup
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from perfweek.report.sanitize import clean_html

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


@dataclass(frozen=True)
class Heading:
    """A section's heading: `level` 2 to 6, its text, the id that the contents list links to."""

    level: int
    text: str
    id: str


def markdown_html(source: str) -> str:
    """Markdown as safe HTML. HTML within it is kept as far as it is safe; formulas stay as written."""
    return clean_html(MarkdownWithMath(renderer=IPythonRenderer(escape=False, exclude_anchor_links=True)).render(source))


class Outline:
    """Takes the texts of a page from top to bottom; knows its title and its headings afterwards."""

    def __init__(self) -> None:
        self.title = ""
        self.headings: list[Heading] = []
        self._level = 1
        self._ids: set[str] = set()

    def take(self, content: str) -> str:
        """`content` with its headings numbered into the page's order, and header cells that say what they head.

        The first h1 is the page's title and is taken out."""
        soup = BeautifulSoup(content, "html.parser")
        for cell in soup.find_all("th", scope=False):
            cell["scope"] = "col" if cell.find_parent("thead") else "row"
        for tag in soup.find_all(HEADINGS):
            level, text = int(tag.name[1]), " ".join(tag.get_text().split())
            if level == 1 and not self.title:
                self.title = text
                tag.decompose()
                continue
            self._level = min(max(level, 2), self._level + 1)
            heading = Heading(self._level, text, self._unique(text))
            self.headings.append(heading)
            tag.name, tag.attrs = f"h{heading.level}", {"id": heading.id}
        return str(soup)

    def _unique(self, text: str) -> str:
        slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "section"
        wanted = [slug, *(f"{slug}-{number}" for number in range(2, len(self._ids) + 3))]
        found = next(name for name in wanted if name not in self._ids)
        self._ids.add(found)
        return found
