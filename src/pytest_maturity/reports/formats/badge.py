"""A badge for each component, in the format of shields.io's endpoint: https://shields.io/badges/endpoint-badge."""

from __future__ import annotations

from collections.abc import Mapping
from json import dumps
from typing import Any

COLORS = {"PROMOTE": "brightgreen", "HOLD": "red"}
NO_COLOR = "lightgrey"  # of what is not known


def render(document: Mapping[str, Any]) -> str:
    """Returns the badge of a report on one component: `maturity of NAME | VERDICT TARGET`."""
    (component,) = document["components"]
    badge = {
        "schemaVersion": 1,
        "label": f"maturity of {component['name']}",
        "message": f"{component['verdict']} {component['target']}",
        "color": COLORS.get(component["verdict"], NO_COLOR),
    }
    return dumps(badge, indent=2, ensure_ascii=False) + "\n"
