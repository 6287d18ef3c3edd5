# A NemoRouter gateway with Ruby's standard library. (The official gem, openai, takes base_url: and api_key: the same way.)

require "json"
require "net/http"

BASE_URL = ENV.fetch("NEMOROUTER_BASE_URL", "http://127.0.0.1:8080/v1")
MESSAGES = [{role: "user", content: "Hello!"}]

class Refused < StandardError
  attr_reader :status, :code, :retry_after

  def initialize(response)
    error = JSON.parse(response.body)["error"]
    @status, @code, @retry_after = response.code, error["code"], response["retry-after"]
    super(error["message"])
  end
end

# Yields the response, before its body is read, of a POST to the gateway.
def post(path, body)
  uri = URI(BASE_URL + path)
  request = Net::HTTP::Post.new(uri, "authorization" => "Bearer #{ENV.fetch("NEMOROUTER_API_KEY")}",
                                     "content-type" => "application/json")
  request.body = JSON.generate(body)
  Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == "https") do |http|
    http.request(request) do |response|
      unless response.is_a?(Net::HTTPSuccess)
        response.read_body
        raise Refused.new(response)
      end
      yield response
    end
  end
end

# Chat. What the gateway says about a call is in its headers
post("/chat/completions", {model: "gpt-4o-mini", messages: MESSAGES}) do |response|
  puts "chat: #{JSON.parse(response.read_body)["choices"][0]["message"]["content"]}"
  puts "cost: #{response["x-nemo-request-cost"]} USD for #{response["x-nemo-request-id"]}"
end

# A stream
print "stream: "
post("/chat/completions", {model: "gpt-4o-mini", messages: MESSAGES, stream: true}) do |response|
  rest = +""
  response.read_body do |part|
    rest << part
    while (line = rest.slice!(/.*\n/))
      data = line[/\Adata: (.*)/, 1]
      next if data.nil? || data == "[DONE]"
      event = JSON.parse(data)
      raise event["error"]["message"] if event["error"]
      print event["choices"][0]["delta"]["content"]
    end
  end
end
puts

# Embeddings
post("/embeddings", {model: "text-embedding-3-small", input: "Hello!"}) do |response|
  puts "embedding: #{JSON.parse(response.read_body)["data"][0]["embedding"].size} numbers"
end

# Errors
begin
  post("/chat/completions", {model: "missing-model", messages: MESSAGES}) { |response| response.read_body }
rescue Refused => error
  puts error.status == "429" ? "error: try again in #{error.retry_after} s" : "error: #{error.status} #{error.code}"
end
