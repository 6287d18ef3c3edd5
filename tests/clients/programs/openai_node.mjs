// The openai package for Node as a client of the gateway: node openai_node.mjs URL KEY

import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";

const [url, key] = process.argv.slice(2);
const clientOf = (apiKey) => new OpenAI({ baseURL: url, apiKey, maxRetries: 0 });
const client = clientOf(key);
const messages = [{ role: "user", content: "Hello!" }];

async function pieces() {
  const found = [];
  for await (const chunk of await client.chat.completions.create({ model: "mock", messages, stream: true })) {
    found.push(chunk.choices[0].delta.content ?? "");
  }
  return found;
}

async function tools() {
  let call;
  const runner = client.chat.completions.runTools({
    model: "mock-tools",
    messages: [{ role: "user", content: "How is it?" }],
    tools: [
      {
        type: "function",
        function: {
          name: "weather",
          description: "The weather in a city",
          parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
          parse: JSON.parse,
          function: ({ city }) => `It rains in ${city}.`,
        },
      },
    ],
  });
  runner.on("functionToolCall", (made) => (call = made));
  const final = await runner.finalContent();
  return { name: call.name, arguments: JSON.parse(call.arguments), final };
}

async function structured() {
  const person = z.object({ name: z.string(), age: z.number().int() });
  const format = zodResponseFormat(person, "person");
  const answer = await client.chat.completions.parse({ model: "mock", messages, response_format: format });
  return answer.choices[0].message.parsed;
}

async function statusOf(apiKey, model) {
  try {
    await clientOf(apiKey).chat.completions.create({ model, messages });
    return 200;
  } catch (error) {
    if (!(error instanceof OpenAI.APIError) || !error.requestID) throw error;
    return error.status;
  }
}

const stream = await pieces();
const answer = await client.chat.completions.create({ model: "mock", messages });
const vectors = await client.embeddings.create({ model: "mock-embedding", input: ["one", "two"] });
console.log(
  JSON.stringify({
    chat: answer.choices[0].message.content,
    stream: { text: stream.join(""), pieces: stream.length },
    tools: await tools(),
    structured: await structured(),
    embeddings: vectors.data.map((vector) => vector.embedding.length),
    errors: [await statusOf(key, "missing"), await statusOf("sk-nemo-wrong", "mock"), await statusOf(key, "mock,status=429")],
  }),
);
