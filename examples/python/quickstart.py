"""The openai package against a NemoRouter gateway: pip install openai"""

import os

import openai

client = openai.OpenAI(
    api_key=os.environ["NEMOROUTER_API_KEY"],
    base_url=os.environ.get("NEMOROUTER_BASE_URL", "http://127.0.0.1:8080/v1"),
)
messages = [{"role": "user", "content": "Hello!"}]

# Chat
answer = client.chat.completions.create(model="gpt-4o-mini", messages=messages)
print("chat:", answer.choices[0].message.content)

# What the gateway says about a call is in its headers
raw = client.chat.completions.with_raw_response.create(model="gpt-4o-mini", messages=messages)
print("cost:", raw.headers["x-nemo-request-cost"], "USD for", raw.headers["x-nemo-request-id"])

# A stream
print("stream:", end=" ")
for chunk in client.chat.completions.create(model="gpt-4o-mini", messages=messages, stream=True):
    print(chunk.choices[0].delta.content or "", end="")
print()

# Embeddings
vectors = client.embeddings.create(model="text-embedding-3-small", input="Hello!")
print("embedding:", len(vectors.data[0].embedding), "numbers")

# Errors are those of the openai package
try:
    client.chat.completions.create(model="missing-model", messages=messages)
except openai.RateLimitError as error:
    print("error: try again in", error.response.headers.get("retry-after"), "s")
except openai.APIStatusError as error:
    print("error:", error.status_code, error.code)
