// The Vercel AI SDK as a client of the gateway: node ai_sdk.mjs URL KEY openai|compatible

import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, embedMany, generateObject, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const [url, key, kind] = process.argv.slice(2);
const providerOf = (apiKey) =>
  kind === "openai"
    ? createOpenAI({ baseURL: url, apiKey })
    : createOpenAICompatible({ name: "nemo", baseURL: url, apiKey, supportsStructuredOutputs: true });
const provider = providerOf(key);
// `openai("m")` asks for /responses, which the gateway does not have; `.chat("m")` is the switch.
const modelOf = (name, from = provider) => (kind === "openai" ? from.chat(name) : from(name));
const options = { prompt: "Hello!", maxRetries: 0 };

async function pieces() {
  const found = [];
  const { textStream } = streamText({ model: modelOf("mock"), ...options });
  for await (const piece of textStream) found.push(piece);
  return found;
}

async function tools() {
  const weather = tool({
    description: "The weather in a city",
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => `It rains in ${city}.`,
  });
  const { steps, text } = await generateText({
    model: modelOf("mock-tools"),
    tools: { weather },
    stopWhen: stepCountIs(3),
    prompt: "How is it?",
    maxRetries: 0,
  });
  const [call] = steps[0].toolCalls;
  return { name: call.toolName, arguments: call.input, final: text };
}

async function statusOf(apiKey, name) {
  try {
    await generateText({ model: modelOf(name, providerOf(apiKey)), ...options });
    return 200;
  } catch (error) {
    if (!APICallError.isInstance(error)) throw error;
    return error.statusCode;
  }
}

const stream = await pieces();
const schema = z.object({ name: z.string(), age: z.number().int() });
const { object } = await generateObject({ model: modelOf("mock"), schema, ...options });
const { embeddings } = await embedMany({ model: provider.textEmbeddingModel("mock-embedding"), values: ["one", "two"] });
console.log(
  JSON.stringify({
    chat: (await generateText({ model: modelOf("mock"), ...options })).text,
    stream: { text: stream.join(""), pieces: stream.length },
    tools: await tools(),
    structured: object,
    embeddings: embeddings.map((vector) => vector.length),
    errors: [await statusOf(key, "missing"), await statusOf("sk-nemo-wrong", "mock"), await statusOf(key, "mock,status=429")],
  }),
);
