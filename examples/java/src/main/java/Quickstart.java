// The official Java client against a NemoRouter gateway: com.openai:openai-java

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.HttpResponseFor;
import com.openai.core.http.StreamResponse;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.RateLimitException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;

public class Quickstart {
    public static void main(String[] args) {
        OpenAIClient client = OpenAIOkHttpClient.builder()
            .apiKey(System.getenv("NEMOROUTER_API_KEY"))
            .baseUrl(System.getenv().getOrDefault("NEMOROUTER_BASE_URL", "http://127.0.0.1:8080/v1"))
            .build();
        ChatCompletionCreateParams chat = ChatCompletionCreateParams.builder()
            .model("gpt-4o-mini")
            .addUserMessage("Hello!")
            .build();

        // Chat
        ChatCompletion answer = client.chat().completions().create(chat);
        System.out.println("chat: " + answer.choices().get(0).message().content().orElse(""));

        // What the gateway says about a call is in its headers
        try (HttpResponseFor<ChatCompletion> raw = client.withRawResponse().chat().completions().create(chat)) {
            String cost = raw.headers().values("x-nemo-request-cost").get(0);
            String id = raw.headers().values("x-nemo-request-id").get(0);
            System.out.println("cost: " + cost + " USD for " + id);
        }

        // A stream
        System.out.print("stream: ");
        try (StreamResponse<ChatCompletionChunk> stream = client.chat().completions().createStreaming(chat)) {
            stream.stream()
                .flatMap(chunk -> chunk.choices().stream())
                .flatMap(choice -> choice.delta().content().stream())
                .forEach(System.out::print);
        }
        System.out.println();

        // Embeddings
        CreateEmbeddingResponse vectors = client.embeddings().create(EmbeddingCreateParams.builder()
            .model("text-embedding-3-small")
            .input("Hello!")
            .build());
        System.out.println("embedding: " + vectors.data().get(0).embedding().size() + " numbers");

        // Errors
        try {
            client.chat().completions().create(chat.toBuilder().model("missing-model").build());
        } catch (RateLimitException error) {
            System.out.println("error: try again in " + error.headers().values("retry-after").get(0) + " s");
        } catch (OpenAIServiceException error) {
            System.out.println("error: " + error.statusCode() + " " + error.code().orElse(""));
        }
        client.close();
    }
}
