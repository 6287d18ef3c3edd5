"""NemoProxy: a self-hosted gateway that speaks the OpenAI REST API. Strict and fast."""

from importlib.metadata import version

__version__ = version("nemoproxy")
