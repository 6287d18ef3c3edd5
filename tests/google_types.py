"""Google's own client says whether a request is one: its types refuse every member they do not know."""

from __future__ import annotations

from typing import Any

from google.genai import types
from pydantic import BaseModel, ConfigDict, Field

DATA = ("text", "inline_data", "file_data", "function_call", "function_response")


class GenerationConfig(types.GenerationConfig):
    """The client builds it from flat options, so this member stands elsewhere in its types."""

    image_config: types.ImageConfig | None = Field(default=None)


class GenerateContent(BaseModel):
    model_config = ConfigDict(extra="forbid")

    contents: list[types.Content] = Field(min_length=1)
    systemInstruction: types.Content | None = None
    tools: list[types.Tool] | None = None
    toolConfig: types.ToolConfig | None = None
    generationConfig: GenerationConfig | None = None
    safetySettings: list[types.SafetySetting] | None = None
    cachedContent: str | None = None
    serviceTier: types.ServiceTier | None = None


class Embed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: str
    content: types.Content
    outputDimensionality: int | None = None
    taskType: str | None = None


class BatchEmbed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    requests: list[Embed] = Field(min_length=1)


def check_request(path: str, body: dict[str, Any]) -> None:
    """What Google would say of the body's shape."""
    if "generateContent" in path or "streamGenerateContent" in path:
        request = GenerateContent.model_validate(body)
        for content in request.contents:
            assert content.role in ("user", "model")
            assert content.parts
            for part in content.parts:
                assert sum(getattr(part, name) is not None for name in DATA) == 1, part
        _check_turns(request.contents)
    elif "batchEmbedContents" in path:
        BatchEmbed.model_validate(body)


def _check_turns(contents: list[types.Content]) -> None:
    """Results of functions follow their calls at once, and in their order."""
    for before, after in zip([None, *contents], contents, strict=False):
        results = [part.function_response for part in after.parts or () if part.function_response]
        if results:
            assert before is not None
            calls = [part.function_call for part in before.parts or () if part.function_call]
            assert [(call.name, call.id) for call in calls] == [(result.name, result.id) for result in results]
            assert len(results) == len(after.parts or ())
