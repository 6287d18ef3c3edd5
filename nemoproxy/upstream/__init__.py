"""Bytes to and from a provider: connections, their pool, deadlines. No policy, and no idea of what the bytes mean."""

from nemoproxy.upstream.connection import COMPLETE, LONGEST_EVENT, PASS, Connection, Manner
from nemoproxy.upstream.lanes import Lanes
from nemoproxy.upstream.pool import Origin, Pool, Timeouts, pause
from nemoproxy.upstream.sweeper import Sweeper

__all__ = [
    "COMPLETE",
    "LONGEST_EVENT",
    "PASS",
    "Connection",
    "Lanes",
    "Manner",
    "Origin",
    "Pool",
    "Sweeper",
    "Timeouts",
    "pause",
]
