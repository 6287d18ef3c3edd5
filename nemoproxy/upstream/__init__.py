"""Bytes to and from a provider: connections, their pool, deadlines. No policy, and no idea of what the bytes mean."""

from nemoproxy.upstream.connection import COMPLETE, Connection
from nemoproxy.upstream.pool import Origin, Pool, Timeouts
from nemoproxy.upstream.sweeper import Sweeper

__all__ = ["COMPLETE", "Connection", "Origin", "Pool", "Sweeper", "Timeouts"]
