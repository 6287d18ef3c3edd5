"""The endpoints of OpenAI's API that are not here, and what to use instead. `docs/clients.md` has the same list."""

from __future__ import annotations

CHAT = "Use POST /v1/chat/completions"
RESPONSES = (
    f"{CHAT}. Clients that call it by default have a switch: in the AI SDK `openai.chat('model')` in place of "
    "`openai('model')`; in the OpenAI Agents SDK `set_default_openai_api('chat_completions')` (JS: "
    "`setOpenAIAPI('chat_completions')`); in pydantic-ai `openai-chat:model` in place of `openai:model`."
)
UNSUPPORTED = {
    "/responses": RESPONSES,
    "/conversations": f"{CHAT}, and send the conversation with each request.",
    "/assistants": f"{CHAT}, with `tools`.",
    "/threads": f"{CHAT}, and send the conversation with each request.",
    "/batches": f"{CHAT}, one request at a time.",
    "/files": f"{CHAT}, with the content in the message; for sound POST /v1/audio/transcriptions takes the file.",
    "/uploads": f"{CHAT}, with the content in the message.",
    "/vector_stores": "Use POST /v1/embeddings and /v1/rerank with a store of your own.",
    "/fine_tuning": "Tune the model at its provider, then add it under `models`.",
    "/fine-tunes": "Tune the model at its provider, then add it under `models`.",
    "/evals": f"{CHAT}, and judge the answers yourself.",
    "/containers": f"{CHAT}, with `tools` that you run.",
    "/realtime": f"{CHAT} with `stream`, /v1/audio/transcriptions and /v1/audio/speech.",
    "/videos": "Use POST /v1/images/generations, or the provider itself.",
    "/images/variations": "Use POST /v1/images/edits.",
    "/audio/translations": "Use POST /v1/audio/transcriptions, then POST /v1/chat/completions to translate.",
    "/audio/voices": "Use the voices that the provider has: `voice` in POST /v1/audio/speech.",
    "/ocr": f"{CHAT}, with the page as an `image_url` of a model that sees.",
    "/messages": f"{CHAT}: models of Anthropic answer there as well.",
    "/skills": f"{CHAT}, with `tools`.",
    "/chatkit": f"{CHAT}.",
    "/webhooks": "Events are in the table `outbox`: see the manual.",
    "/organization": "Keys, teams and budgets are those of the gateway: see `nemoproxy --help`.",
    "/edits": f"{CHAT}.",
    "/engines": "Use GET /v1/models.",
}
"""By path below `/v1`; what is deeper is meant as well."""


def instead_of(path: str) -> str | None:
    """What to use in place of a path, if it is one of these."""
    for known, instead in UNSUPPORTED.items():
        if path == known or path.startswith(f"{known}/"):
            return instead
    return None
