"""Token counts equal tiktoken's, for every character there is and for the texts that splitting rules trip over."""

from __future__ import annotations

from itertools import product

import pytest
import tiktoken

from nemoproxy import _core
from tests.timing import LONG

ENCODINGS = ("o200k_base", "cl100k_base")
# Unicode assigns nothing between these; the long run tries that too.
CHARACTERS = range(0x110000) if LONG else [*range(0x32400), *range(0xE0000, 0xE0200)]
CONTEXTS = ("{c}", "a{c}b", " {c}{c}", "1{c}\n", "A{c}B'{c}", "!{c}{c}a", "\n{c} ", "x'{c}", " {c}", "{c}  {c}a")


def differing(theirs: tiktoken.Encoding, texts: list[str]) -> list[str]:
    return [text for text in texts if _core.count_tokens(text, theirs.name) != len(theirs.encode_ordinary(text))]


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("contexts", CONTEXTS if LONG else ("a{c}b {c}{c} 1{c}\n{c}",))
def test_every_character(openai_encodings: dict[str, tiktoken.Encoding], name: str, contexts: str) -> None:
    theirs = openai_encodings[name]
    characters = [chr(code) for code in CHARACTERS if not 0xD800 <= code < 0xE000]
    in_context = [contexts.replace("{c}", character) for character in characters]
    step = 1 if LONG else 16
    assert differing(theirs, ["".join(in_context[at : at + step]) for at in range(0, len(in_context), step)]) == []


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_short_text_of_the_characters_that_rules_name(
    openai_encodings: dict[str, tiktoken.Encoding], name: str
) -> None:
    """One character of each class and each one that a rule mentions, in every order."""
    alphabet = "aA中\u0301\u01c51 \t\n\r'/!\u2028sS\u017fleE"
    length = 4 if LONG else 3
    texts = ["".join(letters) for size in range(length + 1) for letters in product(alphabet, repeat=size)]
    assert differing(openai_encodings[name], texts) == []


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "The quick brown fox doesn't jump; it's OVER the lazy dog's back, they'LL say. 12345.67\n\n  Yes?!\r\n",
        "def f(x):\n    return {'a': [1, 2, 3]}  # comment\n\n\n\t\tpass\n",
        "a \n", "a\n ", "a \n \n  ", " \n\n a", "   a", "a   ", "\t\t\ta", "\r\n\r\n ", "\u3000\u3000a", "a\u00a0\n",
        "<|endoftext|><|fim_prefix|> <|endofprompt|>x<|im_start|>system<|im_end|>",
        "camelCaseHTTPServer XMLHttpRequest ABCdef AbCdEF \u01c5\u01c8",
        "don'T DON'T 'Tis '\u017f x'\u017fx 'K 'LL'll 'Re're",
        "https://example.org/a//b///c?d=e/\r\n/\n/",
        "👩‍👩‍👧‍👦👍🏽🇨🇭✊🏿❤️‍🔥", "e\u0301\u0323o\u0308 \u0301\u0302a !\u0301A \u0301AB \u0301Ab",
        "今天天气很好。日本語のテキスト、한국어 텍스트 ไทย हिन्दी עברית العربية", "中A 中AB A中B Aa中A中",
        "①②③④ ½⅓ ١٢٣٤٥ 一二三四 Ⅷ 1½2", "\x00\x01\x7f\x80\x9f\ufeff\ufffd\uffff\U0010ffff",
    ],
)  # fmt: skip
def test_texts_that_rules_trip_over(openai_encodings: dict[str, tiktoken.Encoding], name: str, text: str) -> None:
    assert differing(openai_encodings[name], [text, text * 2, "x" + text, text + "y", text * 20]) == []


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("unit", [*"aA \n\t^中0'\u0301-=*", "//", "👩\u200d", "aA", "ab", "=-", " \n", "xyz"])
def test_long_runs(openai_encodings: dict[str, tiktoken.Encoding], name: str, unit: str) -> None:
    lengths = [*range(1, 300), 1000, 4095, 70_000]
    assert differing(openai_encodings[name], [unit * length for length in lengths]) == []


def test_undecodable_bytes(openai_encodings: dict[str, tiktoken.Encoding]) -> None:
    texts = [
        bytes((at * 7 + at * at // 13) % 256 for at in range(size)).decode(errors="replace") for size in range(600)
    ]
    for theirs in openai_encodings.values():
        assert differing(theirs, texts) == []


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_token_is_one_token(openai_encodings: dict[str, tiktoken.Encoding], name: str) -> None:
    """Every token that is a text by itself is counted as tiktoken does: as one, if no rule cuts it."""
    tokens = [token.decode(errors="ignore") for token in openai_encodings[name].token_byte_values()]
    assert differing(openai_encodings[name], tokens) == []


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(ValueError, match="p50k_base"):
        _core.count_tokens("text", "p50k_base")


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        _core.count_tokens("\ud800", "o200k_base")


def test_models_map_as_in_tiktoken() -> None:
    """Its models of older encodings than these two, and models it does not know, count as o200k_base."""
    from tiktoken.model import MODEL_PREFIX_TO_ENCODING, MODEL_TO_ENCODING

    tails = {prefix: ":acme::1" if prefix.startswith("ft:") else "x" for prefix in MODEL_PREFIX_TO_ENCODING}
    known = MODEL_TO_ENCODING | {prefix + tails[prefix]: name for prefix, name in MODEL_PREFIX_TO_ENCODING.items()}
    for model, name in known.items():
        expected = "cl100k_base" if name == "cl100k_base" else "o200k_base"
        for spelling in (model, f"openai/{model}"):
            assert _core.encoding_for_model(spelling) == expected, spelling


@pytest.mark.parametrize(
    "model", ["", "claude-sonnet-4", "gemini-2.5-pro", "meta/llama-4", "gpt-6", "ft:gpt-4.1:acme::1"]
)
def test_other_models_count_as_o200k(model: str) -> None:
    assert _core.encoding_for_model(model) == "o200k_base"
