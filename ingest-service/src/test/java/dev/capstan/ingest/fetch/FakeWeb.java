package dev.capstan.ingest.fetch;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.capstan.ingest.fetch.web.NameLookup;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;

/**
 * A web of our own: every name is this machine's 127.0.0.1 unless a test says otherwise, and one server, on every address
 * of the machine, answers for all. Pages are named by path.
 */
final class FakeWeb implements NameLookup, AutoCloseable {
    static final int IMAGE_SIDE = 40;

    /** Answers one request. */
    @FunctionalInterface
    interface Page {
        void answer(HttpExchange exchange) throws IOException;
    }

    private final Map<String, Page> pages = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> hits = new ConcurrentHashMap<>();
    private final Map<String, List<List<String>>> names = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> lookups = new ConcurrentHashMap<>();
    private final AtomicInteger trespasses = new AtomicInteger();
    private final CountDownLatch held = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;

    FakeWeb() {
        try {
            server = HttpServer.create(new InetSocketAddress(0), 100);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    /** The address of a page on a host. */
    String url(String host, String path) {
        return "http://" + host + ":" + port() + path;
    }

    int port() {
        return server.getAddress().getPort();
    }

    void page(String path, Page page) {
        pages.put(path, page);
    }

    /** What the name's look-ups answer, one after the other; the last for ever. */
    void name(String host, List<List<String>> answers) {
        names.put(host, answers);
    }

    /** Requests for a path. */
    int hits(String path) {
        AtomicInteger counted = hits.get(path);
        return counted == null ? 0 : counted.get();
    }

    /** Requests for all paths. */
    int hits() {
        return hits.values().stream().mapToInt(AtomicInteger::get).sum();
    }

    /** Connections that came to another address than 127.0.0.1. */
    int trespasses() {
        return trespasses.get();
    }

    /** Waits until {@link #release}. */
    void hold() throws IOException {
        try {
            held.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    void release() {
        held.countDown();
    }

    @Override
    public InetAddress[] addresses(String host) throws UnknownHostException {
        List<List<String>> answers = names.get(host);
        if (answers == null) {
            return InetAddress.getAllByName(host.endsWith(".test") ? "127.0.0.1" : host);
        }
        int number = lookups.computeIfAbsent(host, name -> new AtomicInteger()).getAndIncrement();
        List<String> answer = answers.get(Math.min(number, answers.size() - 1));
        if (answer.isEmpty()) {
            throw new UnknownHostException(host);
        }
        InetAddress[] addresses = new InetAddress[answer.size()];
        for (int index = 0; index < addresses.length; index++) {
            addresses[index] = InetAddress.getByName(answer.get(index));
        }
        return addresses;
    }

    @Override
    public void close() {
        release();
        server.stop(0);
        threads.shutdownNow();
    }

    static byte[] png() {
        try (ByteArrayOutputStream output = new ByteArrayOutputStream()) {
            ImageIO.write(new BufferedImage(IMAGE_SIDE, IMAGE_SIDE, BufferedImage.TYPE_INT_RGB), "png", output);
            return output.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends an image and headers, name after value. */
    static Page image(String... headers) {
        byte[] png = png();
        return exchange -> send(exchange, 200, png, headers);
    }

    static Page redirect(String location) {
        return exchange -> send(exchange, 302, new byte[0], "Location", location, "Connection", "close");
    }

    static void send(HttpExchange exchange, int status, byte[] body, String... headers) throws IOException {
        for (int index = 0; index < headers.length; index += 2) {
            exchange.getResponseHeaders().add(headers[index], headers[index + 1]);
        }
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        try (OutputStream output = exchange.getResponseBody()) {
            output.write(body);
        }
    }

    /** Promises a whole image and sends half of one. */
    static Page truncated() {
        byte[] png = png();
        return exchange -> {
            exchange.sendResponseHeaders(200, png.length);
            exchange.getResponseBody().write(Arrays.copyOf(png, png.length / 2));
            exchange.getResponseBody().flush();
            exchange.close();
        };
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!exchange.getLocalAddress().getAddress().getHostAddress().equals("127.0.0.1")) {
                trespasses.incrementAndGet();
            }
            String path = exchange.getRequestURI().getPath();
            hits.computeIfAbsent(path, name -> new AtomicInteger()).incrementAndGet();
            Page page = pages.get(path);
            if (page == null) {
                send(exchange, 404, new byte[0]);
                return;
            }
            page.answer(exchange);
        }
    }
}
