<?php
// A NemoRouter gateway with PHP alone. (The community's client, openai-php/client, takes withBaseUri and withApiKey.)

declare(strict_types=1);

const MESSAGES = [["role" => "user", "content" => "Hello!"]];

final class Refused extends Exception
{
    public function __construct(public readonly int $status, public readonly ?string $errorCode, string $message)
    {
        parent::__construct($message);
    }
}

/**
 * A POST to the gateway: the open body, and the headers by name.
 *
 * @return array{resource, array<string, string>}
 */
function post(string $path, array $body): array
{
    $url = (getenv("NEMOROUTER_BASE_URL") ?: "http://127.0.0.1:8080/v1") . $path;
    $stream = fopen($url, "r", false, stream_context_create(["http" => [
        "method" => "POST",
        "header" => ["Authorization: Bearer " . getenv("NEMOROUTER_API_KEY"), "Content-Type: application/json"],
        "content" => json_encode($body),
        "ignore_errors" => true,
        "protocol_version" => 1.1,
    ]]));
    if ($stream === false) {
        throw new RuntimeException("no answer from $url");
    }
    $lines = stream_get_meta_data($stream)["wrapper_data"];
    $status = (int) explode(" ", array_shift($lines))[1];
    $headers = [];
    foreach ($lines as $line) {
        [$name, $value] = explode(": ", $line, 2);
        $headers[strtolower($name)] = $value;
    }
    if ($status >= 400) {
        $error = json_decode(stream_get_contents($stream), true)["error"];
        throw new Refused($status, $error["code"], $error["message"]);
    }
    return [$stream, $headers];
}

// Chat. What the gateway says about a call is in its headers
[$stream, $headers] = post("/chat/completions", ["model" => "gpt-4o-mini", "messages" => MESSAGES]);
$answer = json_decode(stream_get_contents($stream), true);
echo "chat: {$answer["choices"][0]["message"]["content"]}\n";
echo "cost: {$headers["x-nemo-request-cost"]} USD for {$headers["x-nemo-request-id"]}\n";

// A stream
echo "stream: ";
[$stream] = post("/chat/completions", ["model" => "gpt-4o-mini", "messages" => MESSAGES, "stream" => true]);
while (($line = fgets($stream)) !== false) {
    if (!str_starts_with($line, "data: ") || $line === "data: [DONE]\n") {
        continue;
    }
    $event = json_decode(substr($line, 6), true);
    if (isset($event["error"])) {
        throw new RuntimeException($event["error"]["message"]);
    }
    echo $event["choices"][0]["delta"]["content"] ?? "";
}
echo "\n";

// Embeddings
[$stream] = post("/embeddings", ["model" => "text-embedding-3-small", "input" => "Hello!"]);
echo "embedding: ", count(json_decode(stream_get_contents($stream), true)["data"][0]["embedding"]), " numbers\n";

// Errors
try {
    post("/chat/completions", ["model" => "missing-model", "messages" => MESSAGES]);
} catch (Refused $error) {
    echo "error: {$error->status} {$error->errorCode}\n";
}
