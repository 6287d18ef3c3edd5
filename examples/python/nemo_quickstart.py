"""The gateway's own client: pip install 'nemoproxy[sdk]', and set NEMOROUTER_API_KEY (and NEMOROUTER_BASE_URL)"""

import openai

from nemoroutersdk import NemoCreditError, NemoGuardrailBlockedError, NemoRateLimitError, NemoRouter, meta_of

client = NemoRouter()
messages = [{"role": "user", "content": "Hello!"}]

# Chat, not from the cache; what the gateway says about it comes along
answer = client.chat.completions.create(model="gpt-4o-mini", messages=messages, nemo_cache=False)
meta = meta_of(answer)
print("chat:", answer.choices[0].message.content)
print("cost:", meta.cost_usd, "USD for", meta.request_id)

# A stream; what it cost is known at its end
usage = {"include_usage": True}
stream = client.chat.completions.create(model="gpt-4o-mini", messages=messages, stream=True, stream_options=usage)
print("stream:", end=" ")
for chunk in stream:
    print(chunk.choices[0].delta.content or "" if chunk.choices else "", end="")
print(f" ({meta_of(stream).cost_usd} USD)")

# Embeddings
vectors = client.embeddings.create(model="text-embedding-3-small", input="Hello!")
print("embedding:", len(vectors.data[0].embedding), "numbers")

# Credits
print("credits:", client.credits.balance()["available"], "USD")

# Errors: what the gateway refuses has classes of its own, which are openai's as well
try:
    client.chat.completions.create(model="missing-model", messages=messages)
except NemoGuardrailBlockedError as error:
    print("error: blocked by a guardrail:", error)
except NemoCreditError as error:
    print("error: out of credits:", error)
except NemoRateLimitError as error:
    print("error: try again in", error.retry_after, "s")
except openai.APIStatusError as error:
    print("error:", error.status_code, error.code)
