package dev.capstan.platform;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Health and metrics over HTTP: {@code /health/live} and {@code /health/ready} answer 200 or 503, {@code /metrics} answers
 * in Prometheus' text format. Few threads; started by {@link #serve}, stopped by {@link #close}.
 */
public final class HealthServer implements AutoCloseable {
    private static final String PORT = "CAPSTAN_HEALTH_PORT";
    private static final String HOST = "CAPSTAN_HEALTH_HOST";

    /** A peer that has gone quiet holds one. With none left the server closes the connection. */
    private static final int MAX_THREADS = 16;

    private static final long THREAD_SECONDS = 60;

    static {
        // By default the JDK's server waits for a quiet peer for ever. Not every version heeds these two, so there are
        // many threads too.
        setUnlessGiven("sun.net.httpserver.maxReqTime", "5");
        setUnlessGiven("sun.net.httpserver.maxRspTime", "10");
    }

    private final PrometheusMeterRegistry registry;
    private final @Nullable HttpServer server;
    private final ExecutorService threads =
            new ThreadPoolExecutor(0, MAX_THREADS, THREAD_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                Thread thread = new Thread(task, "health");
                thread.setDaemon(true);
                return thread;
            });

    private HealthServer(PrometheusMeterRegistry registry, @Nullable HttpServer server) {
        this.registry = registry;
        this.server = server;
    }

    /**
     * Binds to {@code CAPSTAN_HEALTH_HOST} (default 127.0.0.1) and {@code CAPSTAN_HEALTH_PORT}; without a port, or with
     * port 0, there is no server.
     *
     * @throws InvalidConfigurationException if the port is no port or taken
     */
    public static HealthServer fromEnvironment(Map<String, String> environment, PrometheusMeterRegistry registry) {
        String text = environment.getOrDefault(PORT, "0").strip();
        String host = environment.getOrDefault(HOST, "127.0.0.1").strip();
        try {
            int port = Integer.parseInt(text);
            if (port == 0) {
                return new HealthServer(registry, null);
            }
            return new HealthServer(registry, HttpServer.create(new InetSocketAddress(host, port), 16));
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigurationException(
                    List.of(PORT + " is \"" + text + "\": give a port from 1 to 65535, or 0 for no server"));
        } catch (IOException e) {
            throw new InvalidConfigurationException(List.of(PORT + " " + text + " on " + host + " cannot be bound ("
                    + e.getMessage() + "): choose a port that is free"));
        }
    }

    /** Starts to answer for a service. */
    public void serve(Service service) {
        HttpServer http = server;
        if (http == null) {
            return;
        }
        http.setExecutor(threads);
        http.createContext("/health/live", exchange -> answer(exchange, service::isLive));
        http.createContext("/health/ready", exchange -> answer(exchange, service::isReady));
        http.createContext("/metrics", exchange -> send(exchange, 200, registry.scrape()));
        http.start();
    }

    @Override
    public void close() {
        HttpServer http = server;
        if (http != null) {
            http.stop(0);
        }
        threads.shutdownNow();
        registry.close();
    }

    private static void setUnlessGiven(String property, String seconds) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, seconds);
        }
    }

    private static void answer(HttpExchange exchange, BooleanSupplier check) {
        boolean healthy = check.getAsBoolean();
        send(exchange, healthy ? 200 : 503, healthy ? "UP\n" : "DOWN\n");
    }

    private static void send(HttpExchange exchange, int status, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
            exchange.sendResponseHeaders(status, bytes.length);
            try (OutputStream output = exchange.getResponseBody()) {
                output.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
