package dev.capstan.platform.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.capstan.platform.InvalidConfigurationException;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExportedTracesTest {
    private final List<String> received = new CopyOnWriteArrayList<>();
    private HttpServer collector;

    @BeforeEach
    void collect() throws IOException {
        collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
        collector.createContext("/v1/traces", exchange -> {
            try (exchange) {
                received.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
                exchange.sendResponseHeaders(200, -1);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        collector.start();
    }

    @AfterEach
    void close() {
        collector.stop(0);
    }

    @Test
    void shouldSendWhatIsLeftBeforeItCloses() {
        Map<String, String> environment = environment();
        environment.put("OTEL_TRACES_SAMPLER_ARG", "1");
        environment.put("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=trial");
        environment.put("OTEL_SERVICE_NAME", "");

        try (Tracing tracing = Tracing.fromEnvironment("ingest", environment)) {
            tracing.span("some work", SpanKind.INTERNAL, Context.root())
                    .startSpan()
                    .end();
        }

        assertThat(received).hasSize(1);
        assertThat(received.get(0))
                .contains(
                        "some work",
                        "capstan-ingest",
                        "service.instance.id",
                        "host.name",
                        "deployment.environment.name",
                        "trial");
    }

    @Test
    void shouldSampleOneInAHundredUnlessTold() {
        int sampled = 0;
        try (Tracing tracing = Tracing.fromEnvironment("ingest", environment())) {
            for (int i = 0; i < 20_000; i++) {
                Span span =
                        tracing.span("work", SpanKind.INTERNAL, Context.root()).startSpan();
                sampled += span.getSpanContext().isSampled() ? 1 : 0;
                span.end();
            }
        }

        // The mean is 200 and the standard deviation 14.
        assertThat(sampled).isBetween(100, 300);
    }

    @ParameterizedTest
    @CsvSource({"OTEL_TRACES_EXPORTER,", "OTEL_TRACES_EXPORTER,none", "OTEL_SDK_DISABLED,true"})
    void shouldBeOffUnlessAskedFor(String variable, String value) {
        Map<String, String> environment = environment();
        environment.put(variable, value == null ? "" : value);

        try (Tracing tracing = Tracing.fromEnvironment("ingest", environment)) {
            assertThat(tracing.isOn()).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "OTEL_TRACES_EXPORTER,zipkin,zipkin",
        "OTEL_EXPORTER_OTLP_PROTOCOL,grpc,4318",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL,http/json,4318",
        "OTEL_TRACES_SAMPLER,sometimes,sometimes",
        "OTEL_TRACES_SAMPLER_ARG,often,often",
        "OTEL_TRACES_SAMPLER_ARG,7,ratio",
        "OTEL_EXPORTER_OTLP_ENDPOINT,jaeger,jaeger",
        "OTEL_BSP_MAX_QUEUE_SIZE,many,many"
    })
    void shouldRefuseWhatCannotBeUsed(String variable, String value, String named) {
        Map<String, String> environment = environment();
        environment.put(variable, value);

        assertThatThrownBy(() -> Tracing.fromEnvironment("ingest", environment))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining(named);
    }

    private Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        environment.put("OTEL_TRACES_EXPORTER", "otlp");
        environment.put(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "http://127.0.0.1:" + collector.getAddress().getPort());
        return environment;
    }
}
