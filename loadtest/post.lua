-- A chat completion, over and over. BENCH_KEY and BENCH_BODY come from bench.py; the last line is for it to read.
wrk.method = "POST"
wrk.body = os.getenv("BENCH_BODY")
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_KEY")

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("BENCH %d %d %d\n", summary.requests, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
