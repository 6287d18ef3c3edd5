"""What each provider wants to hear: addresses, headers, and how its errors read. One file for each kind of provider."""

from nemoproxy.providers.openai import OpenAIProvider

__all__ = ["OpenAIProvider"]
