"""`usageMetadata` as OpenAI's `usage`."""

from __future__ import annotations

from collections.abc import Iterable

from nemoproxy.providers.translation import Json


def usage(metadata: Json) -> Json:
    """What tools of Google's own put into the prompt is counted with it, and thoughts with the completion.

    The details are disjoint: sound and images that were read from the cache are among `cached_tokens` only.
    """
    read = metadata.get
    prompt = read("promptTokenCount", 0) + read("toolUsePromptTokenCount", 0)
    thoughts = read("thoughtsTokenCount", 0)
    answer = read("candidatesTokenCount", 0)
    total = read("totalTokenCount", 0)
    # Some models count their thoughts among the candidates' tokens. The total tells.
    if thoughts > answer or prompt + answer != total:
        answer += thoughts
    counted: Json = {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": max(total, prompt + answer)}
    counted["prompt_tokens_details"] = asked = {"cached_tokens": read("cachedContentTokenCount", 0)}
    counted["completion_tokens_details"] = answered = {"reasoning_tokens": thoughts}
    # Most answers are text alone.
    if len(details := read("promptTokensDetails", ())) > 1 or (details and details[0].get("modality") != "TEXT"):
        cached = _by_modality(read("cacheTokensDetails", ()))
        found = _by_modality(details, read("toolUsePromptTokensDetails", ()))
        for modality in ("AUDIO", "IMAGE"):
            if count := found.get(modality, 0) - cached.get(modality, 0):
                asked[f"{modality.lower()}_tokens"] = max(count, 0)
    if details := read("candidatesTokensDetails"):
        found = _by_modality(details)
        for modality in ("AUDIO", "IMAGE"):
            if count := found.get(modality, 0):
                answered[f"{modality.lower()}_tokens"] = count
    return counted


def _by_modality(*details: Iterable[Json]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in details:
        for each in part:
            modality = each.get("modality", "")
            found[modality] = found.get(modality, 0) + each.get("tokenCount", 0)
    return found
