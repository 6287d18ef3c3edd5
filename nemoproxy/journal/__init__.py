"""The journal: what requests were settled for, on disk before the client has its last byte, and from there into the
records, in batches, in a thread of its own.

| module | what lives there |
| --- | --- |
| `segments` | the files: made ahead at full size, written in place |
| `writer` | `Journal`: one call to append, on the path of a request |
| `failures` | calls that failed, put together until they are told of |
| `drain` | `Drain`: the thread that books what was appended, and says whether money can be taken |

A process that is killed loses nothing that was appended: it is in the page cache, and booked at the next start. A
machine that loses power loses what was neither booked nor synced: that of about `drain.INTERVAL_S` seconds, and at most
of `drain.PATIENCE_S`, while a write to the records takes so long.
"""

from __future__ import annotations

from nemoproxy.journal.drain import Drain
from nemoproxy.journal.writer import Journal

__all__ = ["Drain", "Journal"]
