package dev.capstan.ingest.fetch.web;

import dev.capstan.platform.images.ImageFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.nio.AsyncResponseConsumer;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/**
 * Reads one response within bounds. What is decided before the body's end (too large, no image, no robots) ends the
 * exchange with {@link Decided}; a small body that is not wanted is read over, so that the connection can be used again.
 *
 * <p>The client calls it from one of its threads at a time.
 */
final class ResponseReader implements AsyncResponseConsumer<HopResult> {
    static final String NOT_IMAGE = "fetch-not-image";

    /** The end of an exchange whose result is known before its body is read. */
    static final class Decided extends IOException {
        private static final long serialVersionUID = 1L;

        private final transient HopResult result;

        private Decided(HopResult result) {
            super("decided before the end of the body");
            this.result = result;
        }

        HopResult result() {
            return result;
        }
    }

    private static final int READ_OVER_BYTES = 64 * 1024;
    private static final int SIGNATURE_BYTES = 16;
    private static final int MAX_HEADER_CHARACTERS = 1000;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final Set<Integer> TEMPORARY = Set.of(408, 425, 429);
    /** Later stages judge by these: format hints, freshness, and what owners say of use by machines. */
    private static final Set<String> KEPT_HEADERS = Set.of(
            "cache-control",
            "content-disposition",
            "content-language",
            "content-length",
            "content-type",
            "date",
            "etag",
            "last-modified",
            "tdm-policy",
            "tdm-reservation",
            "x-robots-tag");

    private final WebSettings settings;
    private final RobotsTag robots;
    private final BufferBudget budget;
    private final Clock clock;
    private final Consumer<HopResult> done;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private Map<String, String> headers = Map.of();
    private @Nullable HopResult decided;
    private @Nullable FutureCallback<HopResult> callback;
    private long readOver;
    private final AtomicInteger reserved = new AtomicInteger();
    private volatile boolean released;
    private boolean signatureSeen;

    /** @param done told of the result of a response that was read to its end */
    ResponseReader(WebSettings settings, RobotsTag robots, BufferBudget budget, Clock clock, Consumer<HopResult> done) {
        this.settings = settings;
        this.robots = robots;
        this.budget = budget;
        this.clock = clock;
        this.done = done;
    }

    @Override
    public void consumeResponse(
            HttpResponse response,
            @Nullable EntityDetails entity,
            HttpContext context,
            FutureCallback<HopResult> resultCallback)
            throws IOException {
        callback = resultCallback;
        HopResult result = byHead(response, entity);
        decided = result;
        headers = kept(response);
        if (entity == null) {
            complete();
            return;
        }
        if (result != null && entity.getContentLength() > READ_OVER_BYTES) {
            throw new Decided(result);
        }
    }

    @Override
    public void informationResponse(HttpResponse response, HttpContext context) {}

    @Override
    public void updateCapacity(CapacityChannel channel) throws IOException {
        channel.update(Integer.MAX_VALUE);
    }

    @Override
    public void consume(ByteBuffer source) throws IOException {
        HopResult known = decided;
        if (known != null) {
            readOver += source.remaining();
            if (readOver > READ_OVER_BYTES) {
                throw new Decided(known);
            }
            source.position(source.limit());
            return;
        }
        int more = source.remaining();
        if ((long) body.size() + more > settings.maxBytes()) {
            throw new Decided(tooLarge((long) body.size() + more));
        }
        if (!budget.tryReserve(more)) {
            throw new Decided(new HopResult.NoRoom());
        }
        reserved.addAndGet(more);
        if (released) {
            budget.release(reserved.getAndSet(0));
            throw new ConnectionClosedException("ended by the deadline");
        }
        byte[] bytes = new byte[more];
        source.get(bytes);
        body.write(bytes);
        if (!signatureSeen && body.size() >= SIGNATURE_BYTES) {
            signatureSeen = true;
            byte[] start = body.toByteArray();
            if (ImageFormat.detect(ByteBuffer.wrap(start)).isEmpty()) {
                throw new Decided(notImage(start));
            }
        }
    }

    @Override
    public void streamEnd(@Nullable List<? extends Header> trailers) {
        complete();
    }

    @Override
    public void failed(Exception cause) {
        FutureCallback<HopResult> told = callback;
        if (told != null) {
            told.failed(cause);
        }
    }

    @Override
    public void releaseResources() {
        // An image took its reservation along. A deadline may end the exchange while bytes still come in.
        released = true;
        budget.release(reserved.getAndSet(0));
    }

    private void complete() {
        FutureCallback<HopResult> told = callback;
        if (told != null) {
            HopResult result = result();
            done.accept(result);
            told.completed(result);
        }
    }

    private HopResult result() {
        HopResult known = decided;
        if (known != null) {
            return known;
        }
        byte[] bytes = body.toByteArray();
        if (ImageFormat.detect(ByteBuffer.wrap(bytes)).isEmpty()) {
            return notImage(bytes);
        }
        int taken = reserved.getAndSet(0);
        if (taken != bytes.length) {
            budget.release(taken);
            return HopResult.Failed.of("fetch-timeout", "The request was ended with its last byte.");
        }
        return new HopResult.Image(ByteBuffer.wrap(bytes), headers);
    }

    private @Nullable HopResult byHead(HttpResponse response, @Nullable EntityDetails entity) {
        int status = response.getCode();
        Optional<String> location = first(response, "Location");
        if (REDIRECTS.contains(status) && location.isPresent()) {
            return new HopResult.Redirect(location.get());
        }
        if (TEMPORARY.contains(status) || status >= 500) {
            return new HopResult.Failed(
                    "fetch-status",
                    "The server answered with status " + status + ".",
                    first(response, "Retry-After").flatMap(this::retryAfter));
        }
        if (status != 200) {
            return HopResult.Refused.of("fetch-status", status, 200, "The server answered with status " + status + ".");
        }
        List<String> tags = Arrays.stream(response.getHeaders("X-Robots-Tag"))
                .map(Header::getValue)
                .filter(value -> value != null)
                .toList();
        Optional<String> forbidding = robots.forbids(tags);
        if (forbidding.isPresent()) {
            return HopResult.Refused.of("fetch-robots", "The server's X-Robots-Tag says " + forbidding.get() + ".");
        }
        if (entity != null && entity.getContentLength() > settings.maxBytes()) {
            return tooLarge(entity.getContentLength());
        }
        return null;
    }

    private HopResult tooLarge(long bytes) {
        return HopResult.Refused.of(
                "fetch-too-many-bytes",
                (double) bytes,
                settings.maxBytes(),
                "The body has at least " + bytes + " bytes; " + settings.maxBytes() + " are taken.");
    }

    private static HopResult notImage(byte[] bytes) {
        if (bytes.length == 0) {
            return HopResult.Refused.of(NOT_IMAGE, "The body is empty.");
        }
        byte[] start = Arrays.copyOf(bytes, Math.min(bytes.length, SIGNATURE_BYTES));
        return HopResult.Refused.of(
                NOT_IMAGE,
                "The body begins with " + HexFormat.of().formatHex(start)
                        + ", which is no PNG, JPEG, GIF, BMP or WebP.");
    }

    /** Seconds, or a date; a past one is now. */
    private Optional<Duration> retryAfter(String value) {
        try {
            Duration wait = value.matches("\\d{1,9}")
                    ? Duration.ofSeconds(Long.parseLong(value))
                    : Duration.between(
                            clock.instant(), DateTimeFormatter.RFC_1123_DATE_TIME.parse(value, Instant::from));
            return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
        } catch (DateTimeException e) {
            // A wish that nobody can read is none.
            return Optional.empty();
        }
    }

    private static Map<String, String> kept(HttpResponse response) {
        Map<String, String> kept = new HashMap<>();
        for (Header header : response.getHeaders()) {
            String name = header.getName().toLowerCase(Locale.ROOT);
            String value = header.getValue();
            if (KEPT_HEADERS.contains(name) && value != null && value.length() <= MAX_HEADER_CHARACTERS) {
                kept.merge(name, value, (one, other) -> one + ", " + other);
            }
        }
        return kept;
    }

    private static Optional<String> first(HttpResponse response, String name) {
        Header header = response.getFirstHeader(name);
        return header == null
                ? Optional.empty()
                : Optional.ofNullable(header.getValue()).map(String::strip).filter(value -> !value.isEmpty());
    }
}
