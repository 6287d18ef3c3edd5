// The official Go client against a NemoRouter gateway: go get github.com/openai/openai-go/v3
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

func main() {
	baseURL := os.Getenv("NEMOROUTER_BASE_URL")
	if baseURL == "" {
		baseURL = "http://127.0.0.1:8080/v1"
	}
	client := openai.NewClient(option.WithAPIKey(os.Getenv("NEMOROUTER_API_KEY")), option.WithBaseURL(baseURL))
	ctx := context.Background()
	chat := openai.ChatCompletionNewParams{
		Model:    "gpt-4o-mini",
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Hello!")},
	}

	// Chat. What the gateway says about a call is in its headers
	var response *http.Response
	answer, err := client.Chat.Completions.New(ctx, chat, option.WithResponseInto(&response))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("chat:", answer.Choices[0].Message.Content)
	header := response.Header
	fmt.Println("cost:", header.Get("x-nemo-request-cost"), "USD for", header.Get("x-nemo-request-id"))

	// A stream
	fmt.Print("stream: ")
	stream := client.Chat.Completions.NewStreaming(ctx, chat)
	for stream.Next() {
		if choices := stream.Current().Choices; len(choices) > 0 {
			fmt.Print(choices[0].Delta.Content)
		}
	}
	fmt.Println()
	if err := stream.Err(); err != nil {
		log.Fatal(err)
	}

	// Embeddings
	vectors, err := client.Embeddings.New(ctx, openai.EmbeddingNewParams{
		Model: "text-embedding-3-small",
		Input: openai.EmbeddingNewParamsInputUnion{OfString: openai.String("Hello!")},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("embedding:", len(vectors.Data[0].Embedding), "numbers")

	// Errors
	chat.Model = "missing-model"
	_, err = client.Chat.Completions.New(ctx, chat)
	var refused *openai.Error
	switch {
	case errors.As(err, &refused) && refused.StatusCode == http.StatusTooManyRequests:
		fmt.Println("error: try again in", refused.Response.Header.Get("retry-after"), "s")
	case errors.As(err, &refused):
		fmt.Println("error:", refused.StatusCode, refused.Code)
	case err != nil:
		log.Fatal(err)
	}
}
