"""The categories of warnings that Python itself defines (docs.python.org, "Warning Categories")."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from types import MappingProxyType

# EncodingWarning is in Python since 3.10. A category of a library counts as the nearest of these that it is based on.
CATEGORIES: Mapping[str, type[Warning]] = MappingProxyType(
    {
        name: category
        for name, category in sorted(vars(builtins).items())
        if isinstance(category, type) and issubclass(category, Warning)
    }
)
