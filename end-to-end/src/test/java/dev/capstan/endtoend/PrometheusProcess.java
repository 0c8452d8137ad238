package dev.capstan.endtoend;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A Prometheus on loopback that scrapes one target every second and evaluates the rules of ops/prometheus. */
final class PrometheusProcess implements AutoCloseable {
    private static final Path RULES = Path.of(System.getProperty("capstan.root"), "ops/prometheus/rules.yml");
    private static final String PROGRAM = System.getProperty("capstan.prometheus", "/usr/bin/prometheus");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int STOP_SECONDS = 15;

    private final Process process;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final URI api;

    private PrometheusProcess(Process process, int port) {
        this.process = process;
        this.api = URI.create("http://127.0.0.1:" + port + "/api/v1/");
    }

    /**
     * @param directory where configuration, data and log go
     * @param target port of the metrics
     * @param port to listen on
     */
    static PrometheusProcess start(Path directory, int target, int port) throws IOException {
        Path configuration = directory.resolve("prometheus.yml");
        Files.writeString(configuration, """
                global: {scrape_interval: 1s, evaluation_interval: 1s}
                rule_files: ["%s"]
                scrape_configs:
                  - job_name: capstan
                    static_configs: [{targets: ["127.0.0.1:%d"]}]
                """.formatted(RULES, target));
        Process process = new ProcessBuilder(
                        PROGRAM,
                        "--config.file=" + configuration,
                        "--storage.tsdb.path=" + directory.resolve("data"),
                        "--web.listen-address=127.0.0.1:" + port)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("prometheus.log").toFile())
                .start();
        return new PrometheusProcess(process, port);
    }

    /** Whether it has scraped its target. */
    boolean scrapes() {
        return get("query?query=up").stream()
                .flatMap(
                        answer -> StreamSupport.stream(answer.at("/data/result").spliterator(), false))
                .anyMatch(result -> result.at("/value/1").asText().equals("1"));
    }

    /** pending, firing, or nothing if no series of the group fulfils the alert's condition; firing if any does. */
    String state(String alert, String group) {
        return alerts(alert, group)
                .map(found -> found.get("state").asText())
                .min(String::compareTo)
                .orElse("");
    }

    /** The page that the alert points to. */
    String runbook(String alert, String group) {
        return alerts(alert, group)
                .map(found -> found.at("/annotations/runbook").asText())
                .findFirst()
                .orElse("");
    }

    private Stream<JsonNode> alerts(String alert, String group) {
        return get("alerts").stream()
                .flatMap(
                        answer -> StreamSupport.stream(answer.at("/data/alerts").spliterator(), false))
                .filter(found -> found.at("/labels/alertname").asText().equals(alert)
                        && found.at("/labels/group").asText().equals(group));
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** Nothing while it does not answer yet. */
    private Optional<JsonNode> get(String path) {
        if (!process.isAlive()) {
            throw new IllegalStateException("Prometheus ended with " + process.exitValue());
        }
        try {
            HttpResponse<String> response =
                    http.send(HttpRequest.newBuilder(api.resolve(path)).build(), HttpResponse.BodyHandlers.ofString());
            return response.statusCode() == 200 ? Optional.of(JSON.readTree(response.body())) : Optional.empty();
        } catch (IOException notYet) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while Prometheus was asked", e);
        }
    }
}
