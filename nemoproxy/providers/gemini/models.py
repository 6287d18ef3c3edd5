"""What a model's name says about what it takes."""

from __future__ import annotations

import re
from urllib.parse import quote

from nemoproxy.errors import Untranslatable

_GENERATION = re.compile(r"gemini-(\d+)")
_LATEST = re.compile(r"gemini-(?:pro|flash|flash-lite)-latest")


def is_third_generation(model: str) -> bool:
    """Gemini 3 or newer: thinks in levels, gives its function calls ids, and insists on its thought signatures."""
    found = _GENERATION.search(model)
    return int(found[1]) >= 3 if found else bool(_LATEST.search(model))


def is_imagen(model: str) -> bool:
    """It only draws, and is asked by `predict`."""
    return "imagen" in model


def resource(model: str) -> str:
    """The model's resource name: `models/...`, unless the name is one already (`tunedModels/...`)."""
    return model if "/" in model else f"models/{model}"


def path(model: str, verb: str) -> str:
    """Raises Untranslatable for what would lead out of the models: under a `*` the name is the client's."""
    name = resource(model)
    if not {"", ".", ".."}.isdisjoint(name.split("/")):
        raise Untranslatable("model", "it is not the name of a model")
    return f"/{quote(name, safe='/@')}:{verb}"
