"""A credential in a body that passes in pieces."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from nemoproxy.upstream.blotting import BlottingPieces, blotted

LETTERS = st.sampled_from([b"a", b"b"])


class Kept:
    def __init__(self) -> None:
        self.said = b""

    def write(self, data: bytes, /) -> None:
        assert data
        self.said += data


@given(st.lists(LETTERS, min_size=1, max_size=5), st.lists(st.lists(LETTERS, max_size=8), max_size=8))
@example([b"a", b"b", b"a"], [[b"a", b"b"], [b"a", b"b", b"a"]])
def test_however_it_is_cut_it_is_blotted_out_as_a_whole(letters: list[bytes], cut: list[list[bytes]]) -> None:
    secret, pieces = b"".join(letters), [b"".join(piece) for piece in cut]
    whole, kept = b"".join(pieces), Kept()
    sink = BlottingPieces(kept, [secret], chunked=False)
    for count, piece in enumerate(pieces, 1):
        sink.write(piece)
        assert sum(map(len, pieces[:count])) - len(kept.said) < len(secret)
    sink.end()
    assert kept.said == blotted(whole, [secret])
    assert secret not in kept.said
