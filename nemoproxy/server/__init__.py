"""HTTP in: the only place that imports aiohttp."""
