"""A mock provider: OpenAI's wire format, deterministic answers, and every fault an upstream can have.

For the demo (`nemoproxy mock`), for tests and for benchmarks. It answers chat completions, completions (plain and
streamed), embeddings and models, with and without `/v1`; and images, speech, transcriptions, moderations and rerank
(`mock.media`). Text echoes the last user message ("You said: ..."), and usage
agrees with it: a completion token is one content delta, prompt tokens are `answers.prompt_tokens`. Model `mock-tools`
calls the first tool it is given; a name that starts with `missing` is unknown (404); any other name is served. Where
`response_format` asks for JSON, the answer is JSON that fits the schema. On Anthropic's and Google's paths it speaks
their formats: see `anthropic` and `gemini`.

What it does is chosen by the model name, because a gateway forwards that and no client headers. The name (or its part
after the last `/`) is `mock...` and then options. Request headers `x-mock-KEY: VALUE` set the same options, and win.

    mock,events=64,spacing=10ms            mock,status=429,retry-after=2,first=1           mock,fault=cut:3,crlf

    the answer   latency=200ms       wait before the head (us, ms, s; a bare number is ms)
                 events=N            N content deltas (of filler text, instead of the echo)
                 spacing=10ms        time between two events
                 chunk=N             deltas of N characters instead of words
                 size=N              plain: a body of N bytes (if N can hold one); stream: N characters in each delta
                 usage=KIND          missing, zero, negative, huge, string, twice (instead of the truth)
    failures     status=N            answer with this status and an OpenAI error body
                 body=KIND           html, text, empty, other (JSON of another shape) instead of the OpenAI body
                 retry-after=S       sent as it stands
                 first=N             status, body, headers and fault only for the first N requests for this model name
                 every=N             ... only for every Nth request for this model name
                 fault=KIND[:N[b]]   see below
    the wire     split=K             write in pieces of K bytes, one a turn of the loop
                 header=NAME:VALUE   one more response header; may be repeated
                 bighead=N           a response header of N bytes
                 slowhead            the head goes one byte at a time, `spacing` (or 10 ms) apart
                 early               a 103 response first
                 close               `connection: close`, and the body ends where the connection does
                 gzip                content-encoding: gzip (flushed at each event)
                 json-for-stream     plain JSON although a stream was asked for
                 crlf, comment, nospace   SSE: CR LF line ends, a comment before each event, no space after `data:`

    fault=  cut:N         close after N events of a stream, or N bytes of a plain body (`cut:Nb`: bytes in streams too)
            reset:N       the same with a TCP reset; without N, before the head
            stall:N       the same, but silent with the connection open; without N, before the head
            badchunk:N    the same, then a broken chunk size
            errorevent:N  after N events an error event, and a clean end without [DONE]
            badjson:N     after N events one that is not JSON, then the rest
            bigline:N     the first delta is one line of N bytes (without N, 1 MiB)
            badlength:N   a content-length that promises N (without N, 10) bytes more than come; then closes
            garbage       an answer that is not HTTP
            nodone:N      the stream ends well, but without [DONE]; after N events (without N, after the last)

An unknown option is a 400 that lists the options. `GET /mock/requests` tells what arrived, `DELETE` forgets it.
"""

from __future__ import annotations

from nemoproxy.mock.server import MockServer, Seen, run, start

__all__ = ["MockServer", "Seen", "run", "start"]
