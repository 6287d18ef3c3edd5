"""The client of a NemoRouter gateway: the `openai` package you know, and what the gateway has on top.

    from nemoroutersdk import NemoRouter

    client = NemoRouter()  # NEMOROUTER_API_KEY, and NEMOROUTER_BASE_URL or http://127.0.0.1:8080/v1
    answer = client.chat.completions.create(model="fast", messages=[...], nemo_cache=False)
    print(client.last_response.cost)

| module | what lives there |
| --- | --- |
| `_client` | `NemoRouter`, `AsyncNemoRouter` |
| `_inference` | chat, completions and embeddings that take `nemo_*` arguments |
| `_account` | credits, guardrails, prompts and models: what the gateway alone knows |
| `_meta` | what the `x-nemo-*` headers said, of which call, in which thread or task |
| `_streaming` | streams that raise typed errors and pick up their cost |
| `_errors`, `_unsupported` | what is raised |

It knows nothing of the gateway's code: only its API.
"""

from __future__ import annotations

try:
    import openai as _openai
except ImportError as error:
    if error.name != "openai":
        raise
    raise ImportError("nemoroutersdk needs the openai package: pip install 'nemoproxy[sdk]'", name="openai") from None

from nemoroutersdk._client import AsyncNemoRouter, NemoRouter
from nemoroutersdk._errors import (
    NemoCreditError,
    NemoError,
    NemoGuardrailBlockedError,
    NemoRateLimitError,
    NemoRouterError,
    NemoServiceError,
)
from nemoroutersdk._meta import Capture, NemoResponseMeta, meta_of
from nemoroutersdk._unsupported import NemoRouterUnsupportedError
from nemoroutersdk._version import __version__

del _openai

__all__ = [
    "AsyncNemoRouter",
    "Capture",
    "NemoCreditError",
    "NemoError",
    "NemoGuardrailBlockedError",
    "NemoRateLimitError",
    "NemoResponseMeta",
    "NemoRouter",
    "NemoRouterError",
    "NemoRouterUnsupportedError",
    "NemoServiceError",
    "__version__",
    "meta_of",
]
