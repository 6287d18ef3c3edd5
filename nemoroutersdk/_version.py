"""The version is that of the distribution that brought this package."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("nemoproxy")
except PackageNotFoundError:
    __version__ = "0"
