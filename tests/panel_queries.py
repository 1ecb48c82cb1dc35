"""The queries of the committed dashboards, as Prometheus takes them."""

import json

from perfweek.project import project_folder


def panel_queries(job: str = "service", window: str = "30s") -> list[tuple[str, str, str]]:
    """(board, panel, expression) of every query to Prometheus in runbooks/stack, Grafana's variables filled in."""
    found = []
    for path in sorted((project_folder("runbooks") / "stack" / "grafana" / "dashboards").glob("*.json")):
        board = json.loads(path.read_text())
        for panel in board["panels"]:
            for target in panel.get("targets", []):
                if "expr" in target:
                    found.append((board["uid"], panel["title"], target["expr"].replace("$__rate_interval", window).replace("$job", job)))
    return found
