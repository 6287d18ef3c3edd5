"""The path of a request, on one page. Each step is a stage of its own; this file is their order and nothing else.

     1 identify   bearer -> principal                                  401
     2 peek       is a request window already full?                    429
       once       a request that is sent again gets its first answer  400, 409, 422, 503
     3 parse      the body is one valid request                        400, 408, 413
     4 resolve    model -> A/B variant -> target; may the key use it?  404, 403
     5 screen     guardrails on all its text, which may redact it      400, 503
     6 render     the operator's prompt template is its first message  400
     7 cache      what was answered before is answered again           400, 429, 503
     8 admit      count tokens; take limits and money in one step      429, 402, 503
     9 dispatch   ask the provider, or another                         400, 502, 503, 504
    10 relay      its answer to the client, as it comes
    11 close      always, exactly once: settle what was taken

The numbers are those of ARCHITECTURE.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from nemoproxy.abtests import Arms
from nemoproxy.errors import GatewayError
from nemoproxy.stages.cache import Cache
from nemoproxy.stages.close import Closing
from nemoproxy.stages.credits import Credits
from nemoproxy.stages.idempotency import Claim, Idempotency
from nemoproxy.stages.identity import Directory
from nemoproxy.stages.limits import Limits
from nemoproxy.stages.models import Catalogue
from nemoproxy.stages.parse import Parser
from nemoproxy.stages.relay import Dispatcher
from nemoproxy.stages.render import Prompts
from nemoproxy.stages.screen import Screen
from nemoproxy.types import Call, Client, ClientGone, Endpoint, Principal, Recipient


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages, built once by `server.app`."""

    directory: Directory
    limits: Limits
    idempotency: Idempotency
    parser: Parser
    arms: Arms
    catalogue: Catalogue
    screen: Screen
    prompts: Prompts
    cache: Cache | None
    credits: Credits
    dispatcher: Dispatcher
    closing: Closing

    async def handle(self, endpoint: Endpoint, client: Client) -> None:
        """Answer one inference request. Raises GatewayError only while nothing has been sent to the client."""
        who = self.directory.identify(client.authorization)
        self.limits.peek(who, client)
        body = await client.read_body(form=endpoint.multipart)
        if client.idempotency_key is None:
            await self._run(endpoint, who, body, client)
        else:
            run = partial(self._run, endpoint, who, body)
            await self.idempotency.once(endpoint, client, who, body, run)

    async def count(self, endpoint: Endpoint, client: Client) -> int:
        """How many tokens a request's prompt has, by our own count. Takes one request, and no tokens."""
        who = self.directory.identify(client.authorization)
        self.limits.peek(who, client)
        request = await self.parser.parse(await client.read_body(), endpoint)
        way = self.catalogue.resolve(who, request.model, endpoint)
        self.limits.count(who, client)
        return await self.parser.count(request, way.targets[0].encoding)

    async def _run(
        self, endpoint: Endpoint, who: Principal, body: bytes, client: Recipient, claim: Claim | None = None
    ) -> Call:
        request = await self.parser.parse(body, endpoint)
        arm = self.arms.choose(endpoint, client, who, request)
        way = self.catalogue.resolve(who, request.model, endpoint, arm)
        guards = self.screen.choose(endpoint, client, who, request)
        if guards is not None:
            request = await self.screen.request(guards, client, who, request)
        template = self.prompts.choose(endpoint, who, request, arm)
        if template is not None:
            request = await self.prompts.render(template, client, who, request)
        call = Call(endpoint, client, who, request, way.targets[0], way, guards=guards, arm=arm, claim=claim)
        await (self._ask(call) if self.cache is None else self.cache.through(call, self._ask))
        return call

    async def _ask(self, call: Call) -> None:
        call.prompt_tokens = call.client.prompt_tokens = await self.parser.count(call.request, call.target.encoding)
        least, fair, most = self.credits.quote(call)
        self.limits.admit(call, least, fair, most)
        if call.held_money < most:
            self.credits.bound(call)
        try:
            if call.claim is not None:
                await call.claim()
            await self.dispatcher.run(call)
        except ClientGone as gone:
            call.ending, call.asked = "client_left", gone.asked
        except GatewayError as error:
            call.failed, error.charged = error.status, bool(call.cost)
            call.fault = (error.code, error.status) if error.type == "upstream_error" else None
            raise
        finally:
            self.closing.settle(call)
