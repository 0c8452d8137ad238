package dev.capstan.ingest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A schema registry over HTTP that several processes share and that a test can take away. It judges no compatibility. */
final class FakeRegistry implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String BY_ID = "/schemas/ids/";

    private final List<String> schemas = new ArrayList<>();
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final HttpServer server;
    private volatile boolean available = true;
    private volatile int refused;

    FakeRegistry() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** While it is not available, every request is answered with 503. */
    void setAvailable(boolean nowAvailable) {
        available = nowAvailable;
    }

    /** Requests that were answered with 503. */
    int refused() {
        return refused;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private synchronized void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        JsonNode request = JSON.readTree(exchange.getRequestBody());
        if (!available) {
            refused++;
            send(exchange, 503, Map.of("error_code", 50301, "message", "taken away by the test"));
            return;
        }
        if (path.startsWith("/config")) {
            send(exchange, 200, Map.of("compatibility", "BACKWARD"));
            return;
        }
        if (path.startsWith("/subjects/")) {
            String schema = request.get("schema").asText();
            if (!schemas.contains(schema)) {
                schemas.add(schema);
            }
            send(exchange, 200, Map.of("id", schemas.indexOf(schema) + 1));
            return;
        }
        int id = path.startsWith(BY_ID) ? Integer.parseInt(path.substring(BY_ID.length())) : 0;
        if (id < 1 || id > schemas.size()) {
            send(exchange, 404, Map.of("error_code", 40403, "message", "Schema " + id + " not found"));
            return;
        }
        send(exchange, 200, Map.of("schema", schemas.get(id - 1)));
    }

    private static void send(HttpExchange exchange, int status, Map<String, ?> body) throws IOException {
        byte[] bytes = JSON.writeValueAsBytes(body);
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "application/vnd.schemaregistry.v1+json");
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }
}
