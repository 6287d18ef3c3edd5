"""NemoProxy: a self-hosted gateway that speaks the OpenAI REST API."""
