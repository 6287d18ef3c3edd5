"""What else the published clients rely on: the contract behind the page, by its sections, and what of it is not ours.

Every row has a test in this folder, as those of the page have (`rows.py`).
"""

from __future__ import annotations

CONTRACT: dict[str, tuple[str, ...]] = {
    "2.1 Inference": (
        "POST /v1/images/edits",
        "POST /v1/moderations",
        "POST /v1/rerank",
        "Chat request fields",
        "Embeddings encoding_format base64",
        "Models list and retrieve",
    ),
    "2.2 Nemo read APIs": (
        "credits.balance",
        "credits.history",
        "guardrails.list",
        "guardrails.get",
        "guardrails.logs",
        "prompts.list",
        "prompts.get and prompts.versions",
        "prompts.diff",
        "nemo_models.list",
        "nemo_models.pricing",
        "No redirects, JSON, in less than 5 s",
    ),
    "2.3 Other routes": ("GET /public/capabilities",),
    "2.4 The 501 gate": ("endpoint_not_yet_available",),
    "3 Request extension fields": (
        "guardrails on top of the key's defaults",
        "prompt_version",
        "metadata",
        "user",
        "Top level, then extra_body, then metadata",
        "All of them are stripped",
        "An empty nemo_guardrail_ids disables nothing",
    ),
    "4 Response headers": (
        "x-nemo-post-call-guardrails",
        "x-nemo-stream-buffered",
        "x-litellm-response-cost",
        "x-nemo-guardrail-warning",
        "Headers on error responses too",
    ),
    "5 Errors": (
        "Hybrid body, code and request_id on top",
        "A budget is a 402",
        "Retry-After is true to the window",
        "x-should-retry false on permanent refusals",
    ),
    "6 Auth": ("Authorization, x-api-key, api-key",),
    "11 Prompt templates": ("Versions, one of them active", "Unknown template or version is a 400"),
    "12 A/B tests": ("Weighted variants, sticky", "draft, running, paused, completed"),
    "13 Caching": ("Exact match, a hit costs 0", "Nothing is shared between tenants", "A stream is replayed as one"),
    "14 Streaming": (
        "data lines, then [DONE]",
        "A usage chunk only when requested",
        "The cost rides in the last chunk",
        "A mid-stream error raises",
    ),
    "16 Webhooks": ("title, message, severity, details, service",),
    "22 Unsupported list": (
        "files, fine_tuning, batches, beta, vector_stores, uploads, containers",
        "conversations, evals, responses, webhooks",
    ),
}

NOT_OURS = {
    "POST /v1/videos, POST /v1/ocr": "not on the page; a 404 says what to use instead",
    "POST /nemo/channel/new, POST /mgmt/key/generate, /api/supabase, /api/public/models": "the vendor's back office",
    "/v1/agents, /v1/mcp (section 21)": "another product",
    "Flat error bodies as a setting": "who would parse them is never called; the hybrid body serves all clients",
    "Allowed endpoints and IP addresses of a key (section 6)": "no published client sees them",
    "Budgets of users, alert points of 8 types, roles, audit, data policy (9, 16, 17, 19)": "the dashboard's, no API",
}
"""Rows of the contract without a test, and why."""
