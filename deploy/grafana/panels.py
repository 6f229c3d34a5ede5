"""What a Grafana board is made of, as plain dictionaries: panels, their places, links, variables.

Each board asks the data source in its variable, and links to the runbook in its variable: no file
here knows an address.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
WIDTH = 24
TAG = "wishtree"
SOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
Limits = tuple[tuple[float | None, str], ...]
ALWAYS_GREEN: Limits = ((None, "green"),)


@dataclass(frozen=True)
class Query:
    expr: str
    legend: str


@dataclass(frozen=True)
class Panel:
    """`title` is Chinese; `about` says the same in English, with the unit's meaning.

    `limits` are (from, colour) in rising order, the first from None. `runbook` is a heading's
    anchor in the runbook.
    """

    kind: str
    title: str
    about: str
    unit: str
    queries: tuple[Query, ...]
    size: tuple[int, int]
    limits: Limits = ALWAYS_GREEN
    runbook: str | None = None
    decimals: int | None = None
    show: str = "value"
    """Of a stat: value, or name where the labels are the message."""


def limits(yellow: float | None, red: float) -> Limits:
    """Green, then yellow and red from these values on; falling values: red first."""
    if yellow is None:
        return (None, "green"), (red, "red")
    if yellow > red:
        return (None, "red"), (red, "yellow"), (yellow, "green")
    return (None, "green"), (yellow, "yellow"), (red, "red")


def board(
    uid: str, title: str, about: str, sections: Sequence[tuple[str, Sequence[Panel]]]
) -> Json:
    """A whole board. Sections are rows with a title; panels flow from left to right."""
    return {
        "uid": f"wishtree-{uid}",
        "title": title,
        "description": about,
        "tags": [TAG],
        "timezone": "Asia/Shanghai",
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "schemaVersion": 41,
        "annotations": {"list": []},
        "links": [_boards_link(), _link("值班手册", "Runbook", "${runbook}")],
        "templating": {"list": [_source_variable(), _runbook_variable()]},
        "panels": list(_placed(sections)),
    }


def _placed(sections: Sequence[tuple[str, Sequence[Panel]]]) -> Iterable[Json]:
    number, y = 0, 0
    for title, panels in sections:
        number += 1
        yield _row(number, title, y)
        x, y, tallest = 0, y + 1, 0
        for panel in panels:
            number += 1
            width, height = panel.size
            if x + width > WIDTH:
                x, y, tallest = 0, y + tallest, 0
            yield _panel(number, panel, {"x": x, "y": y, "w": width, "h": height})
            x, tallest = x + width, max(tallest, height)
        y += tallest


def _row(number: int, title: str, y: int) -> Json:
    place = {"x": 0, "y": y, "w": WIDTH, "h": 1}
    return {
        "id": number,
        "type": "row",
        "title": title,
        "collapsed": False,
        "gridPos": place,
        "panels": [],
    }


def _panel(number: int, panel: Panel, place: Json) -> Json:
    defaults: Json = {
        "unit": panel.unit,
        "noValue": "没有数据",
        "color": {"mode": _colour(panel.kind)},
        "thresholds": {
            "mode": "absolute",
            "steps": [{"value": value, "color": colour} for value, colour in panel.limits],
        },
    }
    if panel.decimals is not None:
        defaults["decimals"] = panel.decimals
    if panel.kind == "timeseries":
        defaults["min"] = 0
        defaults["custom"] = _drawing(limited=len(panel.limits) > 1)
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "datasource": SOURCE,
        "gridPos": place,
        "links": [_link("怎么办", "Runbook", f"${{runbook}}#{panel.runbook}")]
        if panel.runbook
        else [],
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": _options(panel),
        "targets": [
            _target(chr(ord("A") + place), query, now=panel.kind != "timeseries")
            for place, query in enumerate(panel.queries)
        ],
    }


def _colour(kind: str) -> str:
    return "palette-classic-by-name" if kind == "timeseries" else "thresholds"


def _drawing(*, limited: bool) -> Json:
    return {
        "drawStyle": "line",
        "lineWidth": 1,
        "fillOpacity": 8,
        "showPoints": "never",
        "spanNulls": False,
        "thresholdsStyle": {"mode": "dashed" if limited else "off"},
    }


def _options(panel: Panel) -> Json:
    if panel.kind == "timeseries":
        return {
            "legend": {
                "showLegend": True,
                "displayMode": "table",
                "placement": "bottom",
                "calcs": ["lastNotNull", "max"],
            },
            "tooltip": {"mode": "multi", "sort": "desc"},
        }
    reduce = {"calcs": ["lastNotNull"], "fields": "", "values": False}
    if panel.kind == "bargauge":
        return {
            "displayMode": "basic",
            "orientation": "horizontal",
            "reduceOptions": reduce,
            "showUnfilled": True,
            "valueMode": "text",
            "namePlacement": "left",
            "sizing": "auto",
            "minVizWidth": 8,
            "minVizHeight": 16,
            "maxVizHeight": 300,
            "legend": {
                "showLegend": False,
                "displayMode": "list",
                "placement": "bottom",
                "calcs": [],
            },
        }
    return {
        "colorMode": "background",
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "percentChangeColorMode": "standard",
        "showPercentChange": False,
        "textMode": panel.show,
        "wideLayout": True,
        "reduceOptions": reduce,
    }


def _target(letter: str, query: Query, *, now: bool) -> Json:
    return {
        "refId": letter,
        "datasource": SOURCE,
        "expr": query.expr,
        "legendFormat": query.legend,
        "instant": now,
        "range": not now,
    }


def _link(title: str, tooltip: str, url: str) -> Json:
    return {
        "title": title,
        "tooltip": tooltip,
        "type": "link",
        "icon": "doc",
        "url": url,
        "tags": [],
        "asDropdown": False,
        "includeVars": False,
        "keepTime": False,
        "targetBlank": True,
    }


def _boards_link() -> Json:
    """All boards of ours, keeping the time that is looked at."""
    return _link("看板", "Boards", "") | {
        "type": "dashboards",
        "icon": "external link",
        "tags": [TAG],
        "asDropdown": True,
        "includeVars": True,
        "keepTime": True,
        "targetBlank": False,
    }


def _source_variable() -> Json:
    return {
        "name": "datasource",
        "label": "数据源",
        "description": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
        "hide": 0,
        "multi": False,
        "includeAll": False,
    }


def _runbook_variable() -> Json:
    """Where the runbook can be read; whoever sets Grafana up puts the address of the house here."""
    return {
        "name": "runbook",
        "label": "值班手册",
        "description": "Runbook: the address of docs/runbook.md",
        "type": "textbox",
        "query": "docs/runbook.md",
        "hide": 0,
    }
