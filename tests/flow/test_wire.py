"""What real clients need on the wire, line by line."""

from __future__ import annotations

import json

import pytest

from tests.asking import sent
from tests.site import Site
from tests.wire import CHAT, Wire, chat, post


def test_unknown_members_and_numbers_reach_the_provider_as_written(site: Site) -> None:
    body = (
        '{ "model" : "mock", "big": 9007199254740993, "float": 1.10e+2, "null": null, "nested": {"a":[1,2,{}]},\n'
        ' "messages": [ {"role":"user","content":"\\u00e9 \\ud83d\\ude00 é","x":[ ]} ], "max_tokens": 0 }'
    )
    with Wire(site.port) as wire:
        wire.send(post(body, site.key))
        assert wire.answer().status == 200
    assert site.mock.requests[-1].body == body.encode()


def test_an_alias_is_replaced_in_place(site: Site) -> None:
    with Wire(site.port) as wire:
        wire.send(post('{"messages":[{"role":"user","content":"alias"}],  "model":\t"alias"  ,"n":1}', site.key))
        assert wire.answer().status == 200
    expected = b'{"messages":[{"role":"user","content":"alias"}],  "model":\t"mock"  ,"n":1}'
    assert site.mock.requests[-1].body == expected


def test_extension_fields_are_stripped(site: Site) -> None:
    body = chat(nemo_cache=False, extra_body={"nemo_cache": True}, metadata={"nemo_x": 1, "kept": "yes"})
    with Wire(site.port) as wire:
        wire.send(post(body, site.key))
        assert wire.answer().status == 200
    assert sent(site) == chat(metadata={"kept": "yes"})


def test_the_client_s_headers_and_key_stay_here(site: Site) -> None:
    with Wire(site.port) as wire:
        wire.send(post(chat(), site.key, cookie="a=b", x_forwarded_for="1.2.3.4", openai_organization="theirs"))
        assert wire.answer().status == 200
    headers = dict(site.mock.requests[-1].headers)
    assert site.key not in str(headers)
    assert not {"cookie", "x-forwarded-for", "openai-organization"} & headers.keys()
    assert headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream", "application/octet-stream", "*/*"])
@pytest.mark.parametrize("streamed", [True, False])
def test_accept_decides_nothing(site: Site, accept: str, streamed: bool) -> None:
    with Wire(site.port) as wire:
        wire.send(post(chat(stream=streamed), site.key, accept=accept))
        kind = wire.answer().headers["content-type"]
    assert kind.startswith("text/event-stream" if streamed else "application/json")


def test_stream_head(site: Site) -> None:
    with Wire(site.port) as wire:
        wire.send(post(chat(stream=True), site.key))
        headers = wire.answer().headers
    assert headers["cache-control"] == "no-cache"
    assert headers["x-accel-buffering"] == "no"
    assert headers["content-length"] is None
    assert headers["x-nemo-request-id"]


def test_expect_100_continue(site: Site) -> None:
    data = post(chat(), site.key, expect="100-continue")
    head, _, body = data.partition(b"\r\n\r\n")
    with Wire(site.port) as wire:
        wire.send(head + b"\r\n\r\n")
        assert wire.socket.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.send(body)
        assert wire.answer().status == 200


def test_chunked_request_body(site: Site) -> None:
    body = json.dumps(chat()).encode()
    head = post(b"", site.key).replace(b"content-length: 0", b"transfer-encoding: chunked")
    with Wire(site.port) as wire:
        wire.send(head + b"5\r\n" + body[:5] + b"\r\n")
        wire.send(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body) - 5, body[5:]))
        assert wire.answer().status == 200
    assert site.mock.requests[-1].body == body


def test_one_connection_through_successes_and_errors(site: Site) -> None:
    requests = [
        (post(chat(), site.key), 200),
        (post(chat(stream=True), site.key), 200),
        (post(chat(), site.key, path="/v1/nothing"), 404),
        (post(chat(), "sk-nemo-wrong"), 401),
        (post(b"{", site.key), 400),
        (post(chat("mock,status=500"), site.key), 500),
        (post(chat(), site.key), 200),
    ]
    with Wire(site.port) as wire:
        for data, status in requests:
            wire.send(data)
            assert wire.answer().status == status


def test_a_refused_3_mb_body_is_read_to_the_end(site: Site) -> None:
    with Wire(site.port) as wire:
        wire.send(post(b" " * 3_000_000, "sk-nemo-wrong"))
        assert wire.answer().status == 401
        wire.send(post(chat(), site.key))
        assert wire.answer().status == 200


def test_pipelined_requests_are_answered_in_order(site: Site) -> None:
    with Wire(site.port) as wire:
        wire.send(post(chat("mock,latency=50ms"), site.key) + post(chat(), "sk-nemo-wrong") + post(chat(), site.key))
        # http.client reads ahead, so the three answers are taken from the raw bytes.
        data = b""
        while data.count(b"HTTP/1.1 ") < 3:
            data += wire.socket.recv(65536)
    statuses = [part[:3] for part in data.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"401", b"200"]


def test_http_1_0(site: Site) -> None:
    data = post(chat(stream=True), site.key).replace(b"HTTP/1.1", b"HTTP/1.0", 1)
    with Wire(site.port) as wire:
        wire.send(data)
        head, _, body = wire.rest().partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head
    assert body.endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize(
    "path", ["/chat/completions", "/v1/chat/completions/", "//v1//chat/completions", CHAT + "?a=b"]
)
def test_sloppy_paths(site: Site, path: str) -> None:
    with Wire(site.port) as wire:
        wire.send(post(chat(), site.key, path=path))
        assert wire.answer().status == 200


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_sloppy_scheme(site: Site, scheme: str) -> None:
    with Wire(site.port) as wire:
        wire.send(post(chat(), None, authorization=f"{scheme} {site.key}"))
        assert wire.answer().status == 200


def test_no_content_type(site: Site) -> None:
    with Wire(site.port) as wire:
        wire.send(post(chat(), site.key).replace(b"content-type: application/json\r\n", b""))
        assert wire.answer().status == 200


@pytest.mark.parametrize("name", ["vendor/with/slashes", "vendor%2Fwith%2Fslashes"])
def test_model_ids_with_slashes(site: Site, name: str) -> None:
    with Wire(site.port) as wire:
        wire.send(f"GET /v1/models/{name} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {site.key}\r\n\r\n")
        assert wire.answer().json()["id"] == "vendor/with/slashes"
        wire.send(post(chat("vendor/with/slashes"), site.key))
        assert wire.answer().status == 200


def test_models_list_is_filtered_by_key(site: Site) -> None:
    _, key = site.make_key(models=("alias",))
    with Wire(site.port) as wire:
        wire.send(f"GET /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\r\n")
        assert [model["id"] for model in wire.answer().json()["data"]] == ["alias"]


@pytest.mark.parametrize("path", ["/health/liveness", "/health/liveliness", "/health/readiness"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_health(site: Site, path: str, method: str) -> None:
    with Wire(site.port) as wire:
        wire.send(f"{method} {path} HTTP/1.1\r\nhost: x\r\n\r\n")
        assert wire.answer(method).status == 200
        wire.send(f"GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")
        assert wire.answer().json()["status"] in ("alive", "ready")


def test_no_chunk_without_choices_and_no_usage_unless_asked(site: Site) -> None:
    with Wire(site.port) as wire:
        wire.send(post(chat("mock,events=4", stream=True), site.key))
        body = wire.answer().body
    assert sent(site)["stream_options"] == {"include_usage": True}
    assert b"usage" not in body
    assert b'"choices":[]' not in body.replace(b" ", b"")
    assert body.count(b"data: [DONE]\n\n") == 1


def test_stream_options_on_a_plain_call_pass_untouched(site: Site) -> None:
    body = chat(stream_options={"include_usage": True})
    with Wire(site.port) as wire:
        wire.send(post(body, site.key))
        assert wire.answer().status == 200
    assert sent(site) == body
