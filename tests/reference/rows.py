"""The rows of the reference page that the gateway promises to be, as the page has them, by the page's headings.

Every row has a test in this folder, named after it: `GET /v1/models` is `test_get_v1_models`. `test_rows.py` counts.
"""

from __future__ import annotations

import re

PAGE: dict[str, tuple[str, ...]] = {
    "The contract at a glance": (
        "Base URL /v1",
        "Auth scheme Bearer sk-nemo",
        "API format OpenAI-compatible",
        "Cost header x-nemo-request-cost",
        "Error classes NemoError family",
        "OpenAPI spec downloadable",
        "Drop-in /v1/chat/completions, /embeddings, /models",
        "Cost, latency, guardrails on every response",
    ),
    "Quickstart": (
        "Your first request, in seven languages",
        "pip install nemoroutersdk",
        "Auto-captured metadata",
        "Point any OpenAI SDK at the endpoint",
    ),
    "Authentication": (
        "The full key is shown once at creation",
        "Each key carries its own RPM/TPM caps, budget, and spend tracking",
        "Revoke a key instantly",
        "One key reaches every model",
        "Per-key budgets and rate limits are enforced at the gateway",
        "Keys are hashed at rest",
        "Observability scopes by key, team, and org",
    ),
    "Endpoints": (
        "POST /v1/chat/completions",
        "POST /v1/completions",
        "POST /v1/embeddings",
        "POST /v1/images/generations",
        "POST /v1/audio/speech",
        "POST /v1/audio/transcriptions",
        "GET /v1/models",
        "GET /v1/models/{model_id}",
        "GET /api/models/pricing",
        "GET /api/credits/balance",
        "GET /api/credits/history",
        "GET /nemo/guardrail/logs",
        "Chat runs the full feature path",
        "Files, fine-tuning, batches, and the Assistants API are not yet available",
    ),
    "Extension fields": (
        "nemo_cache",
        "nemo_guardrail_ids",
        "nemo_prompt_template_id",
        "nemo_prompt_variables",
        "nemo_prompt_version",
    ),
    "Response headers": (
        "x-nemo-request-id",
        "x-nemo-latency-ms",
        "x-nemo-request-cost",
        "x-nemo-guardrails-applied",
        "x-nemo-prompt-version",
        "x-nemo-ab-test",
        "x-nemo-cache",
    ),
    "Rate limits": (
        "Tier 1 Pay As You Go 500 500K 10",
        "Tier 2 Monthly 500 500K 50",
        "Tier 3 Annual 1K 1M 200",
        "Enterprise Custom Custom Custom",
        "Limits apply per key",
        "Hitting a ceiling returns 429",
    ),
    "NemoRouter gateway errors": (
        "400 guardrail_blocked",
        "402 insufficient_credits",
        "429 rate_limit_exceeded",
        "429 tpm_limit_exceeded",
        "503 credit_check_failed",
        "A 402 never partially debits credits",
    ),
    "Standard HTTP status codes": (
        "400 Bad Request",
        "401 Authentication Error",
        "403 Permission Denied",
        "404 Not Found",
        "408 Request Timeout",
        "429 Rate Limit Exceeded, tokens or requests per minute",
        "500 Internal Server Error",
        "502 Bad Gateway",
        "503 Service Unavailable",
        "504 Gateway Timeout",
    ),
    "Webhooks": (
        "llm.error",
        "budget.threshold",
        "provider.outage",
        "guardrail.triggered",
        "key.created",
        "key.revoked",
        "Events are delivered with retries and backoff",
        "Slack callback",
        "A /v1/webhooks management API is not yet available",
    ),
    "OpenAPI spec": (
        "Endpoints, response headers, error classes, and the extra_body fields",
        "unsupported_endpoints",
    ),
}


def name_of(row: str) -> str:
    """The name of a row's test."""
    return "test_" + re.sub(r"[^a-z0-9]+", "_", row.lower()).strip("_")
