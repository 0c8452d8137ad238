package dev.capstan.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.capstan.checkpoints.CheckpointLog;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.LiveAction;
import dev.capstan.schemas.records.LiveVersion;
import dev.capstan.schemas.records.ReloadOutcome;
import dev.capstan.testing.FakeInference;
import dev.capstan.testing.KafkaExtension;
import dev.capstan.testing.StreamSamples;
import dev.capstan.testing.TinyModels;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.awt.Color;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The console over HTTP, on a real broker. */
final class ConsoleServiceTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final String MODEL = "capstan-demo";
    private static final String HOSTILE = "<img src=x onerror=alert(1)>\n\ndata: {\"forged\":1}\u2028</script>";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static StreamSamples samples;
    private static PrometheusMeterRegistry registry;
    private static ConsoleService console;
    private static long hostile;

    @BeforeAll
    static void start() throws IOException {
        KAFKA.createTopics();
        samples = new StreamSamples(KAFKA.clientProperties(), MODEL);
        Instant now = Instant.now();
        hostile = samples.crawled(1, picture(), HOSTILE, now.minusSeconds(30));
        samples.rejected(1, hostile, "text-markup", HOSTILE);
        samples.captioned(HOSTILE, 0.5, 2);
        samples.checkpoint(1, 0, now.minusSeconds(60));
        samples.checkpoint(2, 0, now.minusSeconds(20));
        samples.checkpoint(3, 0, now.minusSeconds(5));
        samples.live(2, "the gate passed");
        samples.reload("inference-1", 2, ReloadOutcome.SERVING, "");
        samples.labelSet("animals", List.of("cat", "dog"));
        registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        console = console(registry, Map.of());
        console.start();
        await().until(console::isReady);
    }

    @AfterAll
    static void stop() {
        if (console != null) {
            console.close();
        }
        samples.close();
    }

    @Test
    void shouldServeThePageWithEveryFileThatItNames() throws Exception {
        HttpResponse<String> page = get("/");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                .contains("default-src 'none'", "script-src 'self'")
                .doesNotContain("unsafe");
        assertThat(page.body()).doesNotContain("http://", "https://");
        Matcher names = Pattern.compile("(?:src|href)=\"(/[^\"]+)\"").matcher(page.body());
        List<String> files = new ArrayList<>();
        while (names.find()) {
            files.add(names.group(1));
        }
        assertThat(files).contains("/console.js", "/uplot.js");
        for (String file : files) {
            assertThat(get(file).statusCode()).as(file).isEqualTo(200);
            assertThat(get(file).body()).as(file).isNotBlank();
        }
    }

    @Test
    void shouldTellTheStateOfTheWholeStream() throws Exception {
        await().untilAsserted(() -> {
            JsonNode state = JSON.readTree(get("/api/state").body());

            assertThat(state.at("/pulse/stages").findValuesAsText("id"))
                    .containsExactly("crawl", "ingest", "trainer", "checkpoints", "inference");
            assertThat(state.at("/pulse/stages/1/lagRecords").asLong()).isPositive();
            assertThat(state.at("/pulse/stages/1/lagSeconds").asDouble()).isGreaterThan(20);
            assertThat(state.at("/pulse/freshness/seconds").asDouble()).isGreaterThan(20);
            assertThat(state.at("/pulse/freshness/objective").asDouble()).isEqualTo(60);
            assertThat(state.at("/pulse/stages/2/rate").asDouble())
                    .as("what was learnt before the console started")
                    .isZero();
            assertThat(state.at("/checkpoints/serving/0/version").asLong()).isEqualTo(2);
            assertThat(state.at("/checkpoints/versions").size()).isGreaterThanOrEqualTo(3);
            assertThat(state.at("/checkpoints/versions/0/top1").asDouble()).isPositive();
            assertThat(state.at("/rejected/newest/0/rule").asText()).isEqualTo("text-markup");
            assertThat(state.at("/labels/0/name").asText()).isEqualTo("animals");
            assertThat(state.at("/pulse/problems")).isEmpty();
        });
    }

    @Test
    void shouldExportFreshnessAndLagAsMetrics() {
        await().untilAsserted(() -> assertThat(registry.scrape())
                .contains(
                        "kafka_consumergroup_group_lag_seconds{",
                        "kafka_consumergroup_group_max_lag{",
                        "capstan_console_freshness_seconds ",
                        "capstan_console_freshness_objective_seconds 60.0",
                        "capstan_console_freshness_checks_total{outcome=\"met\"}"));
    }

    @Test
    void shouldExportHowOldPairsAreOnceTheyAreServed() {
        double before = served();
        samples.checkpoint(90, 0, Instant.now());
        samples.reload("inference-9", 90, ReloadOutcome.SERVING, "");

        await().untilAsserted(() -> assertThat(served() - before).isEqualTo(1280));
    }

    private static double served() {
        return registry.get("capstan.freshness")
                .tag("stage", "served")
                .summary()
                .count();
    }

    @Test
    void shouldKeepTheEventsOfAStreamApartWhateverATextHolds() throws Exception {
        HttpResponse<InputStream> response = HTTP.send(
                request("/api/events").header("Accept", "text/event-stream").build(),
                HttpResponse.BodyHandlers.ofInputStream());
        Map<String, String> events = new HashMap<>();
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            String event = "";
            while (!events.keySet().containsAll(List.of("checkpoints", "labels", "rejected", "captions", "pulse"))) {
                String line = reader.readLine();
                if (line.startsWith("event:")) {
                    event = line.substring("event:".length()).strip();
                } else if (line.startsWith("data:")) {
                    events.merge(event, line.substring("data:".length()), (first, second) -> first);
                }
            }
        }

        assertThat(JSON.readTree(events.get("captions")).findValuesAsText("caption"))
                .contains(HOSTILE);
        assertThat(JSON.readTree(events.get("rejected")).at("/newest/0/detail").asText())
                .isEqualTo(HOSTILE);
        assertThat(events).containsOnlyKeys("checkpoints", "labels", "rejected", "captions", "pulse");
    }

    @Test
    void shouldShowTheOriginalOfARefusedPairDrawnAnew() throws Exception {
        JsonNode original = JSON.readTree(get("/api/rejected/1/" + hostile).body());

        assertThat(original.get("state").asText()).isEqualTo("read");
        assertThat(original.get("text").asText()).isEqualTo(HOSTILE);
        assertThat(original.get("picture").asText()).startsWith("data:image/png;base64,");
    }

    @Test
    void shouldSayWhyAnOriginalHasNoPicture() throws Exception {
        long broken = samples.crawled(2, new byte[] {'<', 's', 'v', 'g', '>'}, "broken", Instant.now());

        JsonNode original = JSON.readTree(get("/api/rejected/2/" + broken).body());

        assertThat(original.get("picture").isNull()).isTrue();
        assertThat(original.get("why").asText()).isNotBlank();
    }

    @Test
    void shouldSayThatAnOriginalIsExpired() throws Exception {
        samples.crawled(3, picture(), "old", Instant.now());
        samples.crawled(3, picture(), "new", Instant.now());
        try (Admin admin = Admin.create(KAFKA.clientProperties())) {
            admin.deleteRecords(Map.of(
                            new TopicPartition(Topics.PAIRS_CRAWLED.topicName(), 3), RecordsToDelete.beforeOffset(1)))
                    .all()
                    .get();
        }

        assertThat(JSON.readTree(get("/api/rejected/3/0").body()).get("state").asText())
                .isEqualTo("expired");
        assertThat(get("/api/rejected/3/2").statusCode()).isEqualTo(404);
        assertThat(get("/api/rejected/99/0").statusCode()).isEqualTo(404);
        assertThat(get("/api/rejected/x/-1").statusCode()).isEqualTo(400);
    }

    @Test
    void shouldPromoteAndRollBackThroughTheCheckpointLog() throws Exception {
        HttpResponse<String> promoted = post("/api/checkpoints/3/promote", "{\"reason\": \"looks better\"}");

        assertThat(promoted.statusCode()).isEqualTo(200);
        LiveVersion live = live();
        assertThat(live.getVersion()).isEqualTo(3);
        assertThat(live.getReason()).isEqualTo("looks better");
        assertThat(live.getDecidedBy()).isEqualTo("console");

        HttpResponse<String> back = post("/api/checkpoints/1/rollback", "{\"reason\": \"it was not\"}");

        assertThat(JSON.readTree(back.body()).get("changed").asBoolean()).isTrue();
        assertThat(live().getAction()).isEqualTo(LiveAction.ROLLBACK);
        await().untilAsserted(() -> assertThat(JSON.readTree(get("/api/state").body())
                        .at("/checkpoints/live/version")
                        .asLong())
                .isEqualTo(1));
        assertThat(post("/api/checkpoints/3/rollback", "{\"reason\": \"wrong way\"}")
                        .statusCode())
                .isEqualTo(409);
        HttpResponse<String> unknown = post("/api/checkpoints/77/promote", "{\"reason\": \"no such version\"}");
        assertThat(unknown.statusCode()).isEqualTo(409);
        assertThat(unknown.body()).contains("77");
        assertThat(post("/api/checkpoints/3/promote", "{\"reason\": \" \"}").statusCode())
                .isEqualTo(400);
        assertThat(post("/api/checkpoints/3/promote", "no json").statusCode()).isEqualTo(400);
    }

    @Test
    void shouldAskTheLiveModelForLabelsAndACaption() throws Exception {
        try (FakeInference inference = new FakeInference(KAFKA.clientProperties(), MODEL, 2, "a red circle")) {
            JsonNode answers = JSON.readTree(
                    post("/api/ask?labels=circle,square", picture()).body());

            assertThat(answers.at("/caption/caption").asText()).isEqualTo("a red circle");
            assertThat(answers.at("/caption/checkpoint").asLong()).isEqualTo(2);
            assertThat(answers.at("/labels/labels/0/label").asText()).isEqualTo("circle");
            assertThat(answers.at("/labels/checkpoint").asLong()).isEqualTo(2);

            JsonNode refused = JSON.readTree(
                    post("/api/ask?labelSet=animals", new byte[] {0}).body());

            assertThat(refused.at("/caption/problem").asText()).contains("cannot be decoded");
            assertThat(refused.at("/labels/problem").asText()).contains("cannot be decoded");
            assertThat(inference.answered()).isEqualTo(4);
        }
    }

    @Test
    void shouldBoundWhatIsAsked() throws Exception {
        assertThat(post("/api/ask?labels=a", new byte[2 * 1024 * 1024]).statusCode())
                .isEqualTo(413);
        assertThat(post("/api/ask?labels=a", new byte[0]).statusCode()).isEqualTo(400);
        assertThat(post("/api/ask", picture()).statusCode()).isEqualTo(400);
        assertThat(post("/api/ask?labels=a&labelSet=animals", picture()).statusCode())
                .isEqualTo(400);
    }

    @Test
    void shouldRefuseChangesFromOtherPages() throws Exception {
        HttpRequest.BodyPublisher body = HttpRequest.BodyPublishers.ofString("{\"reason\": \"forged\"}");
        URI address = address("/api/checkpoints/3/promote");

        assertThat(HTTP.send(
                                HttpRequest.newBuilder(address)
                                        .header("Origin", "http://evil.example")
                                        .POST(body)
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(403);
        assertThat(HTTP.send(HttpRequest.newBuilder(address).POST(body).build(), HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void shouldRefuseAForeignNameForALoopbackAddress() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), console.port())) {
            socket.getOutputStream()
                    .write("GET /api/state HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));

            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(answer).startsWith("HTTP/1.1 421").doesNotContain("versions");
        }
    }

    @Test
    void shouldShowNothingWithoutTheTokenWhereOneIsSet() throws Exception {
        String token = "a-token-that-is-long";
        try (ConsoleService guarded =
                console(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT), Map.of("console.token", token))) {
            guarded.start();
            String base = "http://127.0.0.1:" + guarded.port();

            assertThat(status(base + "/api/state", Optional.empty())).isEqualTo(401);
            assertThat(status(base + "/api/events", Optional.empty())).isEqualTo(401);
            assertThat(status(base + "/console.js", Optional.empty())).isEqualTo(401);
            assertThat(status(base + "/", Optional.empty())).isEqualTo(302);
            assertThat(status(base + "/login", Optional.empty())).isEqualTo(200);
            assertThat(status(base + "/api/state", Optional.of("Bearer " + token)))
                    .isEqualTo(200);
            HttpResponse<String> login = HTTP.send(
                    HttpRequest.newBuilder(URI.create(base + "/login"))
                            .header("Origin", base)
                            .header("Content-Type", "application/x-www-form-urlencoded")
                            .POST(HttpRequest.BodyPublishers.ofString("token=" + token))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            String cookie = login.headers().firstValue("Set-Cookie").orElseThrow();
            assertThat(cookie).contains("HttpOnly", "SameSite=Strict").doesNotContain(token);
            HttpResponse<String> known = HTTP.send(
                    HttpRequest.newBuilder(URI.create(base + "/"))
                            .header("Cookie", cookie.substring(0, cookie.indexOf(';')))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(known.statusCode()).isEqualTo(200);
        }
    }

    private static ConsoleService console(PrometheusMeterRegistry meters, Map<String, String> further) {
        Map<String, String> values = new HashMap<>(Map.of(
                "bootstrap-servers", KAFKA.bootstrapServers(),
                "registry", KAFKA.registryUrl(),
                "console.port", "0",
                "console.lag-interval", "200ms",
                "console.max-picture-bytes", Integer.toString(1024 * 1024)));
        values.putAll(further);
        return new ConsoleService(ConsoleConfig.from(ConfigurationSource.of(values)), meters, Clock.systemUTC());
    }

    private static LiveVersion live() {
        try (CheckpointLog log = new CheckpointLog(KAFKA.clientProperties())) {
            return log.live(MODEL).orElseThrow();
        }
    }

    private static int status(String address, Optional<String> authorization) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address));
        authorization.ifPresent(value -> request.header("Authorization", value));
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString()).statusCode();
    }

    private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return HTTP.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return post(path, body.getBytes(StandardCharsets.UTF_8));
    }

    private static HttpResponse<String> post(String path, byte[] body) throws IOException, InterruptedException {
        HttpRequest request = request(path)
                .header("Origin", "http://127.0.0.1:" + console.port())
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(address(path));
    }

    private static URI address(String path) {
        return URI.create("http://127.0.0.1:" + console.port() + path);
    }

    private static byte[] picture() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(TinyModels.picture(Color.RED, Color.WHITE), "png", bytes);
        return bytes.toByteArray();
    }
}
