package dev.capstan.local.stack;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Meters of one service at a moment, read from its address in Prometheus' text format.
 *
 * @param series values by series: the name and, in braces, the labels
 */
public record ServiceMetrics(Map<String, Double> series) {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    public ServiceMetrics {
        series = Map.copyOf(series);
    }

    /** Reads the meters; none if the service does not answer. */
    public static ServiceMetrics scrape(HttpClient client, URI health) {
        HttpRequest request = HttpRequest.newBuilder(health.resolve("/metrics"))
                .timeout(TIMEOUT)
                .build();
        try {
            return parse(
                    client.send(request, HttpResponse.BodyHandlers.ofString()).body());
        } catch (IOException e) {
            return new ServiceMetrics(Map.of());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new ServiceMetrics(Map.of());
        }
    }

    /** Whether nothing was read. */
    public boolean isEmpty() {
        return series.isEmpty();
    }

    /** Sums all series of a name whose labels contain a text; 0 if there are none. */
    public double sum(String name, String label) {
        return series.entrySet().stream()
                .filter(entry -> entry.getKey().equals(name) || entry.getKey().startsWith(name + "{"))
                .filter(entry -> entry.getKey().contains(label))
                .mapToDouble(Map.Entry::getValue)
                .filter(Double::isFinite)
                .sum();
    }

    static ServiceMetrics parse(String text) {
        Map<String, Double> series = new LinkedHashMap<>();
        text.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).forEach(line -> {
            int end = line.lastIndexOf(' ');
            try {
                series.put(line.substring(0, Math.max(0, end)), Double.parseDouble(line.substring(end + 1)));
            } catch (NumberFormatException notASample) {
                // Exemplars and time stamps are not used here.
            }
        });
        return new ServiceMetrics(series);
    }
}
