package dev.capstan.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.tracing.TraceAttributes;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PairIds;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.LocatedPair;
import dev.capstan.testing.KafkaExtension;
import dev.capstan.testing.RecordedSpans;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pairs over HTTP, on a real broker. */
final class DoorTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final byte[] PICTURE = {1, 2, 3, 4};

    private static ConsoleService open;

    @BeforeAll
    static void start() {
        KAFKA.createTopics();
        open = console(Map.of());
        open.start();
    }

    @AfterAll
    static void stop() {
        if (open != null) {
            open.close();
        }
    }

    @Test
    void shouldWriteAPictureAndSayWhereItLies() throws Exception {
        HttpResponse<String> reply = post(
                open,
                "application/json",
                JSON.writeValueAsBytes(Map.of(
                        "image", Base64.getEncoder().encodeToString(PICTURE), "text", "a cat", "source", "shop")));

        assertThat(reply.statusCode()).as(reply.body()).isEqualTo(201);
        JsonNode place = JSON.readTree(reply.body());
        String id = PairIds.of(Optional.empty(), PICTURE, "a cat");
        assertThat(place.get("pairId").asText()).isEqualTo(id);
        assertThat(place.get("topic").asText()).isEqualTo("pairs.crawled");
        ConsumerRecord<String, CrawledPair> record = at(place, CrawledPair.class);
        assertThat(record.key()).isEqualTo(id);
        assertThat(record.value())
                .returns("a cat", CrawledPair::getText)
                .returns("shop", CrawledPair::getSource)
                .returns(ByteBuffer.wrap(PICTURE), CrawledPair::getImage);
    }

    @Test
    void shouldTakeAPictureAsItIs() throws Exception {
        String address =
                "?text=" + URLEncoder.encode("a fox", StandardCharsets.UTF_8) + "&url=https://example.org/f.png";

        HttpResponse<String> reply = post(open, address, Map.of("Content-Type", "image/png"), PICTURE);

        assertThat(reply.statusCode()).as(reply.body()).isEqualTo(201);
        assertThat(at(JSON.readTree(reply.body()), CrawledPair.class).value())
                .returns("a fox", CrawledPair::getText)
                .returns("https://example.org/f.png", CrawledPair::getSourceUrl)
                .returns("image/png", CrawledPair::getContentType);
    }

    @Test
    void shouldWriteAnAddressUnderItsHost() throws Exception {
        HttpResponse<String> reply = post(
                open,
                "application/json",
                JSON.writeValueAsBytes(Map.of("url", "https://Example.ORG/owl.png", "text", "an owl")));

        assertThat(reply.statusCode()).as(reply.body()).isEqualTo(201);
        ConsumerRecord<String, LocatedPair> record = at(JSON.readTree(reply.body()), LocatedPair.class);
        assertThat(record.key()).isEqualTo("example.org");
        assertThat(record.value()).returns("https://Example.ORG/owl.png", LocatedPair::getUrl);
    }

    @Test
    void shouldSayWhatIsWrong() throws Exception {
        assertRefused(400, "no JSON", "application/json", "{");
        assertRefused(400, "Give a text", "application/json", "{\"url\": \"https://example.org/\"}");
        assertRefused(400, "Give an image", "application/json", "{\"text\": \"a cat\"}");
        assertRefused(400, "no Base64", "application/json", "{\"text\": \"a cat\", \"image\": \"%\"}");
        assertRefused(
                400, "begins with http", "application/json", "{\"text\": \"a\", \"url\": \"file:///etc/passwd\"}");
        assertRefused(400, "begins with http", "application/json", "{\"text\": \"a\", \"url\": \"http://u:p@h/\"}");
        assertRefused(415, "application/json", "text/plain", "a cat");
        assertRefused(413, "more than", "image/png", "x".repeat(4_000_001));
    }

    @Test
    void shouldNotTakePairsFromAPageOfSomebodyElse() throws Exception {
        byte[] body = "{\"text\": \"a\", \"url\": \"https://example.org/\"}".getBytes(StandardCharsets.UTF_8);

        assertThat(post(open, "", Map.of("Content-Type", "application/json", "Origin", "https://evil.example"), body)
                        .statusCode())
                .isEqualTo(403);
        assertThat(post(open, "", Map.of("Content-Type", "application/json", "Sec-Fetch-Site", "cross-site"), body)
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void shouldAskForTheTokenAndKeepToTheRate() throws Exception {
        try (ConsoleService guarded =
                console(Map.of("console.token", "a-token-that-is-long", "console.pairs-per-second", "1"))) {
            guarded.start();
            byte[] body = "{\"text\": \"a\", \"url\": \"https://example.org/\"}".getBytes(StandardCharsets.UTF_8);
            Map<String, String> known =
                    Map.of("Content-Type", "application/json", "Authorization", "Bearer a-token-that-is-long");

            assertThat(post(guarded, "application/json", body).statusCode()).isEqualTo(401);
            HttpResponse<String> first = post(guarded, "", known, body);
            List<HttpResponse<String>> more = new ArrayList<>();
            for (int attempt = 0; attempt < 50; attempt++) {
                more.add(post(guarded, "", known, body));
            }

            assertThat(first.statusCode()).as(first.body()).isEqualTo(201);
            assertThat(more)
                    .filteredOn(reply -> reply.statusCode() == 429)
                    .isNotEmpty()
                    .allSatisfy(reply -> assertThat(reply.headers().firstValue("Retry-After"))
                            .contains("1"));
        }
    }

    @Test
    void shouldGoOnWithTheTraceOfTheRequest() throws Exception {
        String parent = RecordedSpans.text(RecordedSpans.headers('a'));
        try (RecordedSpans spans = new RecordedSpans();
                ConsoleService traced = console(Map.of(), Tracing.of(spans.telemetry()))) {
            traced.start();

            HttpResponse<String> reply =
                    post(traced, "?text=cat", Map.of("Content-Type", "image/png", "traceparent", parent), PICTURE);
            HttpResponse<String> odd =
                    post(traced, "?text=dog", Map.of("Content-Type", "image/png", "traceparent", "odd"), PICTURE);

            ConsumerRecord<String, CrawledPair> record = at(JSON.readTree(reply.body()), CrawledPair.class);
            List<SpanData> posts = spans.named("POST /pairs");
            assertThat(posts.get(0).getTraceId()).isEqualTo(RecordedSpans.trace('a'));
            assertThat(posts.get(0).getAttributes().get(TraceAttributes.PAIR_ID))
                    .isEqualTo(record.key());
            assertThat(RecordedSpans.text(record.headers())).isEqualTo(RecordedSpans.written(posts.get(0)));
            assertThat(odd.statusCode()).isEqualTo(201);
            assertThat(posts.get(1).getParentSpanContext().isValid()).isFalse();
        }
    }

    @Test
    void shouldAddNoHeaderWhenTracesAreOff() throws Exception {
        String parent = RecordedSpans.text(RecordedSpans.headers('a'));

        HttpResponse<String> reply =
                post(open, "?text=hen", Map.of("Content-Type", "image/png", "traceparent", parent), PICTURE);

        assertThat(at(JSON.readTree(reply.body()), CrawledPair.class).headers()).isEmpty();
    }

    private static void assertRefused(int status, String why, String contentType, String body) throws Exception {
        HttpResponse<String> reply = post(open, contentType, body.getBytes(StandardCharsets.UTF_8));
        assertThat(reply.statusCode()).as(reply.body()).isEqualTo(status);
        assertThat(reply.body()).contains(why);
    }

    private static HttpResponse<String> post(ConsoleService console, String contentType, byte[] body) throws Exception {
        return post(console, "", Map.of("Content-Type", contentType), body);
    }

    private static HttpResponse<String> post(
            ConsoleService console, String query, Map<String, String> headers, byte[] body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + console.port() + "/pairs" + query))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        headers.forEach(request::header);
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static ConsoleService console(Map<String, String> further) {
        return console(further, Tracing.off());
    }

    private static ConsoleService console(Map<String, String> further, Tracing tracing) {
        Map<String, String> values = new HashMap<>(further);
        values.put("bootstrap-servers", KAFKA.bootstrapServers());
        values.put("registry", KAFKA.registryUrl());
        values.put("console.port", "0");
        return new ConsoleService(
                ConsoleConfig.from(ConfigurationSource.of(values)),
                new SimpleMeterRegistry(),
                Clock.systemUTC(),
                tracing);
    }

    private static <T extends SpecificRecord> ConsumerRecord<String, T> at(JsonNode place, Class<T> type) {
        AvroDeserializer<T> deserializer = new AvroDeserializer<>(type);
        deserializer.configure(KAFKA.clientProperties(), false);
        TopicPartition partition = new TopicPartition(
                Topics.byName(place.get("topic").asText()).topicName(),
                place.get("partition").asInt());
        try (KafkaConsumer<String, T> consumer =
                new KafkaConsumer<>(KAFKA.clientProperties(), new StringDeserializer(), deserializer)) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, place.get("offset").asLong());
            while (true) {
                for (ConsumerRecord<String, T> record : consumer.poll(Duration.ofMillis(200))) {
                    return record;
                }
            }
        }
    }
}
