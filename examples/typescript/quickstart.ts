// The openai package against a NemoRouter gateway: npm install openai

import OpenAI from "openai";

const client = new OpenAI({
  apiKey: process.env.NEMOROUTER_API_KEY,
  baseURL: process.env.NEMOROUTER_BASE_URL ?? "http://127.0.0.1:8080/v1",
});
const messages = [{ role: "user" as const, content: "Hello!" }];

// Chat
const answer = await client.chat.completions.create({ model: "gpt-4o-mini", messages });
console.log("chat:", answer.choices[0].message.content);

// What the gateway says about a call is in its headers
const { response } = await client.chat.completions.create({ model: "gpt-4o-mini", messages }).withResponse();
console.log("cost:", response.headers.get("x-nemo-request-cost"), "USD for", response.headers.get("x-nemo-request-id"));

// A stream
process.stdout.write("stream: ");
const stream = await client.chat.completions.create({ model: "gpt-4o-mini", messages, stream: true });
for await (const chunk of stream) {
  process.stdout.write(chunk.choices[0].delta.content ?? "");
}
console.log();

// Embeddings
const vectors = await client.embeddings.create({ model: "text-embedding-3-small", input: "Hello!" });
console.log("embedding:", vectors.data[0].embedding.length, "numbers");

// Errors are those of the openai package
try {
  await client.chat.completions.create({ model: "missing-model", messages });
} catch (error) {
  if (error instanceof OpenAI.RateLimitError) {
    console.log("error: try again in", error.headers.get("retry-after"), "s");
  } else if (error instanceof OpenAI.APIError) {
    console.log("error:", error.status, error.code);
  } else {
    throw error;
  }
}
