"""What each provider wants to hear: addresses, headers, and the language it speaks.

provider     one that is configured: its connections, credentials, errors
openai       OpenAI's language, which passes through
translation  the protocol of all others: `anthropic`, `gemini`
translated   one call in another language
messages     Anthropic's API as we serve it ourselves
"""

from nemoproxy.providers.provider import THE_ONLY_KEY, Provider
from nemoproxy.providers.translated import Translation

__all__ = ["THE_ONLY_KEY", "Provider", "Translation"]
