"""What the gateway alone knows: credits, guardrails, prompts, prices. Answers are its JSON as it came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, cast

if TYPE_CHECKING:
    from nemoroutersdk._client import AsyncNemoRouter, NemoRouter

Json = dict[str, Any]


class Balance(TypedDict):
    """US dollars. `available` is what is not held by calls that still run."""

    balance: float
    reserved: float
    available: float


class _Resource:
    def __init__(self, client: NemoRouter) -> None:
        self._client = client

    def _get(self, path: str, **query: object) -> Json:
        answer = self._client.get(self._client.nemo_url(path), cast_to=object, options={"params": query})
        return cast(Json, answer)


class _AsyncResource:
    def __init__(self, client: AsyncNemoRouter) -> None:
        self._client = client

    async def _get(self, path: str, **query: object) -> Json:
        answer = await self._client.get(self._client.nemo_url(path), cast_to=object, options={"params": query})
        return cast(Json, answer)


class Credits(_Resource):
    def balance(self) -> Balance:
        """What the organisation has."""
        return cast(Balance, self._get("/api/credits/balance"))

    def history(self, limit: int = 50, offset: int = 0) -> Json:
        """What changed it, the newest first, in `data`; `total` is how many entries there are in all."""
        return self._get("/api/credits/history", limit=limit, offset=offset)


class AsyncCredits(_AsyncResource):
    async def balance(self) -> Balance:
        """What the organisation has."""
        return cast(Balance, await self._get("/api/credits/balance"))

    async def history(self, limit: int = 50, offset: int = 0) -> Json:
        """What changed it, the newest first, in `data`; `total` is how many entries there are in all."""
        return await self._get("/api/credits/history", limit=limit, offset=offset)


class Guardrails(_Resource):
    def list(self) -> Json:
        """The guardrails, in `data`."""
        return self._get("/nemo/guardrail/list")

    def get(self, guardrail_id: str) -> Json:
        """One of them, with its settings."""
        return self._get("/nemo/guardrail/info", guardrail_id=guardrail_id)

    def logs(self, limit: int = 50) -> Json:
        """What they found lately, in `data`."""
        return self._get("/nemo/guardrail/logs", limit=limit)


class AsyncGuardrails(_AsyncResource):
    async def list(self) -> Json:
        """The guardrails, in `data`."""
        return await self._get("/nemo/guardrail/list")

    async def get(self, guardrail_id: str) -> Json:
        """One of them, with its settings."""
        return await self._get("/nemo/guardrail/info", guardrail_id=guardrail_id)

    async def logs(self, limit: int = 50) -> Json:
        """What they found lately, in `data`."""
        return await self._get("/nemo/guardrail/logs", limit=limit)


class Prompts(_Resource):
    def list(self) -> Json:
        """The prompt templates, in `data`."""
        return self._get("/nemo/prompt/list")

    def get(self, prompt_id: str) -> Json:
        """One of them, by id or slug, with all its versions."""
        return self._get("/nemo/prompt/info", prompt_id=prompt_id)

    def versions(self, prompt_id: str) -> Json:
        """The same as `get`, whose answer has the versions."""
        return self.get(prompt_id)

    def diff(self, version_id_1: str, version_id_2: str) -> Json:
        """What changed from one version to another."""
        return self._get("/nemo/prompt/version/diff", v1=version_id_1, v2=version_id_2)


class AsyncPrompts(_AsyncResource):
    async def list(self) -> Json:
        """The prompt templates, in `data`."""
        return await self._get("/nemo/prompt/list")

    async def get(self, prompt_id: str) -> Json:
        """One of them, by id or slug, with all its versions."""
        return await self._get("/nemo/prompt/info", prompt_id=prompt_id)

    async def versions(self, prompt_id: str) -> Json:
        """The same as `get`, whose answer has the versions."""
        return await self.get(prompt_id)

    async def diff(self, version_id_1: str, version_id_2: str) -> Json:
        """What changed from one version to another."""
        return await self._get("/nemo/prompt/version/diff", v1=version_id_1, v2=version_id_2)


class NemoModels(_Resource):
    def list(self) -> Json:
        """The models that the key may use, in `data`."""
        return self._get("/v1/models")

    def pricing(self) -> Json:
        """What they cost, in `data`."""
        return self._get("/api/models/pricing")


class AsyncNemoModels(_AsyncResource):
    async def list(self) -> Json:
        """The models that the key may use, in `data`."""
        return await self._get("/v1/models")

    async def pricing(self) -> Json:
        """What they cost, in `data`."""
        return await self._get("/api/models/pricing")
