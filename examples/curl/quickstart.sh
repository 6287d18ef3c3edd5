#!/bin/sh
# A NemoRouter gateway with curl: export NEMOROUTER_API_KEY=sk-nemo-...
set -eu
base_url=${NEMOROUTER_BASE_URL:-http://127.0.0.1:8080/v1}

# post PATH BODY [CURL OPTIONS]
post() {
    path=$1 body=$2
    shift 2
    curl --silent --show-error "$@" "$base_url$path" --data "$body" \
        --header "Authorization: Bearer $NEMOROUTER_API_KEY" --header "Content-Type: application/json"
}

# Chat
chat='"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello!"}]'
printf 'chat: '
post /chat/completions "{$chat}"
echo

# What the gateway says about a call is in its headers
post /chat/completions "{$chat}" --output /dev/null \
    --write-out 'cost: %header{x-nemo-request-cost} USD for %header{x-nemo-request-id}\n'

# A stream, event by event
echo 'stream:'
post /chat/completions "{$chat, \"stream\": true}" --no-buffer

# Embeddings
printf 'embedding: '
post /embeddings '{"model": "text-embedding-3-small", "input": "Hello!", "dimensions": 3}'
echo

# Errors
post /chat/completions '{"model": "missing-model", "messages": [{"role": "user", "content": "Hello!"}]}' \
    --write-out '\nerror: %{http_code}\n'
