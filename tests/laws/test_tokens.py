"""For every text, the count equals tiktoken's. `NEMO_TEST_LONG=1` tries thousands of texts."""

from __future__ import annotations

import pytest
import tiktoken
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nemoproxy import _core
from tests.timing import LONG

# Letters of each case and of none, marks, digits, spaces and line ends of all kinds, and what the rules spell out.
RULES = (
    "azAZsStTrReEvVmMlLdD\u017f\u212a\u01c5\u02b0中あ가\u0301\u0903\u20dd19²½Ⅷ"
    " \t\n\r\x0b\x85\u00a0\u2028\u3000'\u2019/!?.,_-=*#~<|>"
)
ALPHABETS = (
    st.characters(codec="utf-8"),
    st.sampled_from(RULES),
    st.sampled_from("aA '\n"),
    st.sampled_from("ab"),
    st.sampled_from(" \n\t\r\u3000a"),
    st.characters(min_codepoint=0x20, max_codepoint=0x7E),
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
    st.characters(min_codepoint=0x1F300, max_codepoint=0x1FAFF) | st.sampled_from("\u200d\ufe0f\U0001f3fd"),
    st.characters(categories=["Lu", "Lt", "Ll", "Lm", "Lo", "Mn", "Mc", "Me"]),
    st.characters(categories=["Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc"]),
)
WORDS = st.sampled_from(
    [" the", "Hello", "don't", "'LL", "\r\n", "  ", "2024", "<|endoftext|>", "://", "ção", "ß", "ﬁ"]
)

runs = st.builds(str.__mul__, st.text(RULES, min_size=1, max_size=3), st.integers(1, 400))
undecodable = st.binary(max_size=64).map(lambda data: data.decode(errors="replace"))
texts = st.lists(
    st.one_of(*(st.text(alphabet, max_size=40) for alphabet in ALPHABETS), WORDS, runs, undecodable), max_size=8
).map("".join)


@pytest.mark.parametrize("name", ["o200k_base", "cl100k_base"])
@settings(
    max_examples=20_000 if LONG else 300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=texts)
def test_counts_equal_tiktoken(openai_encodings: dict[str, tiktoken.Encoding], name: str, text: str) -> None:
    assert _core.count_tokens(text, name) == len(openai_encodings[name].encode_ordinary(text))
