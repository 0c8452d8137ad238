package dev.capstan.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HealthServerTest {
    @Test
    void shouldTellReadinessAndMetrics() throws Exception {
        int port = freePort();
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        registry.counter("capstan.pairs").increment(3);
        try (HealthServer server =
                HealthServer.fromEnvironment(Map.of("CAPSTAN_HEALTH_PORT", Integer.toString(port)), registry)) {
            server.serve(new FixedService(false, true));

            assertThat(get(port, "/health/live").statusCode()).isEqualTo(200);
            assertThat(get(port, "/health/ready").statusCode()).isEqualTo(503);
            assertThat(get(port, "/metrics").body()).contains("capstan_pairs_total 3.0");
        }
    }

    @Test
    void shouldAnswerThoughPeersHaveGoneQuiet() throws Exception {
        int port = freePort();
        try (HealthServer server = HealthServer.fromEnvironment(
                        Map.of("CAPSTAN_HEALTH_PORT", Integer.toString(port)),
                        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
                Socket one = new Socket(InetAddress.getLoopbackAddress(), port);
                Socket two = new Socket(InetAddress.getLoopbackAddress(), port)) {
            server.serve(new FixedService(true, true));
            for (Socket quiet : List.of(one, two)) {
                quiet.getOutputStream().write('G');
            }

            assertThat(get(port, "/health/live").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void shouldNameAPortThatIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Map<String, String> environment = Map.of("CAPSTAN_HEALTH_PORT", Integer.toString(taken.getLocalPort()));

            assertThatThrownBy(() -> HealthServer.fromEnvironment(
                            environment, new PrometheusMeterRegistry(PrometheusConfig.DEFAULT)))
                    .isInstanceOf(InvalidConfigurationException.class)
                    .hasMessageContaining(Integer.toString(taken.getLocalPort()));
        }
    }

    private static HttpResponse<String> get(int port, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(30))
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
