package dev.capstan.console.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.capstan.console.ConsoleConfig;
import dev.capstan.console.web.Outcomes.Problem;
import dev.capstan.console.web.Outcomes.Written;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.platform.tracing.TraceAttributes;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.PairIds;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.LocatedPair;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import java.io.IOException;
import java.io.InputStream;
import java.net.IDN;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Takes pairs over HTTP and writes them to their topics. Any thread. Never more pairs in flight, nor more a second, than it was
 * told; a pair is answered for when the broker has acknowledged it, and not before. The pair's record goes on with the trace that the
 * request names, or with one that begins here.
 */
final class Door implements AutoCloseable {
    private static final int MEBIBYTE = 1024 * 1024;
    private static final int MOST_IMAGE_BYTES = 4_000_000;
    private static final int MOST_TEXT_CHARACTERS = 64 * 1024;
    private static final int MOST_URL_CHARACTERS = 4096;
    private static final int MOST_SOURCE_CHARACTERS = 100;
    /** A picture in Base64 and a text, with escapes. */
    private static final int MOST_JSON_BYTES = 6 * MEBIBYTE;

    private static final double NANOS = 1e9;
    private static final AttributeKey<Long> STATUS = AttributeKey.longKey("http.response.status_code");

    /** A reply: what the program that asked is told, and with which status. */
    record Reply(int status, Object body) {}

    /** What somebody brought: a picture, an address, or both, with a text. */
    @SuppressWarnings("ArrayRecordComponent") // written once, by the door
    private record Brought(
            byte @Nullable [] image,
            @Nullable String url,
            String text,
            String source,
            @Nullable String contentType) {}

    /** The request cannot be served; says why. */
    private static final class Unfit extends RuntimeException {
        private final int status;

        Unfit(int status, String message) {
            super(message);
            this.status = status;
        }
    }

    private final ObjectMapper json = new ObjectMapper();
    private final Producer<String, SpecificRecord> producer;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final Tracing tracing;
    private final Semaphore permits;
    private final int perSecond;
    private double due;

    Door(KafkaSettings settings, ConsoleConfig.Door limits, Clock clock, LongSupplier nanoTime, Tracing tracing) {
        this.clock = clock;
        this.tracing = tracing;
        this.nanoTime = nanoTime;
        this.permits = new Semaphore(limits.inFlight());
        this.perSecond = limits.pairsPerSecond();
        this.due = nanoTime.getAsLong() - NANOS;
        AvroSerializer<SpecificRecord> serializer = new AvroSerializer<>();
        serializer.configure(settings.clientProperties(), false);
        Map<String, Object> properties = new HashMap<>(settings.producerProperties());
        properties.put("max.request.size", Topics.PAIRS_CRAWLED.maxMessageBytes());
        properties.put("buffer.memory", 32 * MEBIBYTE);
        properties.put("max.block.ms", 10_000);
        properties.put("delivery.timeout.ms", 20_000);
        properties.put("request.timeout.ms", 10_000);
        producer = new KafkaProducer<>(properties, new StringSerializer(), serializer);
    }

    /**
     * Takes one pair.
     *
     * @param contentType of the body: JSON with {@code text} and {@code image} (Base64) or {@code url} or both, or a picture whose
     *     text is in the query
     * @param query what the address had after its question mark, by name
     * @param traceparent the header of this name, if there was one
     * @return the reply, or empty if there are too many pairs: ask again in a second
     */
    Optional<CompletableFuture<Reply>> take(
            @Nullable String contentType, Map<String, String> query, @Nullable String traceparent, InputStream body)
            throws IOException {
        // Before the body is read: what is in flight is in memory.
        if (!permits.tryAcquire()) {
            return Optional.empty();
        }
        boolean sent = false;
        try {
            if (!isDue()) {
                return Optional.empty();
            }
            CompletableFuture<Reply> reply = write(read(contentType, query, body), traceparent);
            sent = true;
            return Optional.of(reply.whenComplete((any, failure) -> permits.release()));
        } catch (Unfit e) {
            return Optional.of(CompletableFuture.completedFuture(
                    new Reply(e.status, new Problem(String.valueOf(e.getMessage())))));
        } finally {
            if (!sent) {
                permits.release();
            }
        }
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }

    /** Takes a turn, if there is one; a second's worth may come at once. */
    private synchronized boolean isDue() {
        double now = nanoTime.getAsLong();
        due = Math.max(due, now - NANOS);
        if (due + NANOS / perSecond > now) {
            return false;
        }
        due += NANOS / perSecond;
        return true;
    }

    private Brought read(@Nullable String contentType, Map<String, String> query, InputStream body) throws IOException {
        String type =
                contentType == null ? "" : contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (type.equals("application/json")) {
            return read(content(body, MOST_JSON_BYTES));
        }
        if (type.startsWith("image/") || type.equals("application/octet-stream")) {
            byte[] image = content(body, MOST_IMAGE_BYTES);
            return checked(image, query.get("url"), query.get("text"), query.get("source"), type);
        }
        throw new Unfit(415, "Send application/json, or a picture as image/... with ?text= in the address.");
    }

    private Brought read(byte[] content) throws IOException {
        JsonNode node;
        try {
            node = json.readTree(content);
        } catch (JsonProcessingException e) {
            throw new Unfit(400, "The body is no JSON: " + e.getOriginalMessage());
        }
        byte[] image = null;
        if (node.path("image").isTextual()) {
            try {
                image = Base64.getDecoder().decode(node.get("image").asText());
            } catch (IllegalArgumentException e) {
                throw new Unfit(400, "\"image\" is no Base64: " + e.getMessage());
            }
        }
        return checked(image, text(node, "url"), text(node, "text"), text(node, "source"), null);
    }

    private static Brought checked(
            byte @Nullable [] image,
            @Nullable String url,
            @Nullable String text,
            @Nullable String source,
            @Nullable String contentType) {
        if (text == null || text.isBlank() || text.length() > MOST_TEXT_CHARACTERS) {
            throw new Unfit(400, "Give a text of 1 to " + MOST_TEXT_CHARACTERS + " characters.");
        }
        if (image == null && url == null) {
            throw new Unfit(400, "Give an image (Base64), or a url to fetch it from.");
        }
        if (image != null && (image.length == 0 || image.length > MOST_IMAGE_BYTES)) {
            throw new Unfit(image.length == 0 ? 400 : 413, "Send a picture of 1 to " + MOST_IMAGE_BYTES + " bytes.");
        }
        if (url != null) {
            String host = host(url);
            if (host.isEmpty()) {
                throw new Unfit(400, "Give a url that begins with http:// or https:// and names a host.");
            }
        }
        String name = source == null || source.isBlank() ? "http" : source;
        if (name.length() > MOST_SOURCE_CHARACTERS) {
            throw new Unfit(400, "Give a source of at most " + MOST_SOURCE_CHARACTERS + " characters.");
        }
        return new Brought(image, url, text, name, contentType);
    }

    // The callback hears of the failure.
    @SuppressWarnings("FutureReturnValueIgnored")
    private CompletableFuture<Reply> write(Brought brought, @Nullable String traceparent) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        byte[] image = brought.image();
        String url = brought.url();
        String id = PairIds.of(Optional.ofNullable(url), image == null ? new byte[0] : image, brought.text());
        ProducerRecord<String, SpecificRecord> record;
        if (image != null) {
            CrawledPair pair = new CrawledPair(
                    id,
                    url,
                    brought.text(),
                    ByteBuffer.wrap(image),
                    brought.contentType(),
                    Map.of(),
                    brought.source(),
                    now);
            record = new ProducerRecord<>(Topics.PAIRS_CRAWLED.topicName(), id, pair);
        } else {
            String address = String.valueOf(url);
            LocatedPair pair = new LocatedPair(address, brought.text(), brought.source(), now, null);
            record = new ProducerRecord<>(Topics.PAIRS_LOCATED.topicName(), host(address), pair);
        }
        Span span = tracing.span("POST /pairs", SpanKind.SERVER, tracing.parse(traceparent))
                .setAttribute(TraceAttributes.PAIR_ID, id)
                .setAttribute(TraceAttributes.DESTINATION, record.topic())
                .startSpan();
        tracing.write(span.getSpanContext(), record.headers());
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        try {
            producer.send(
                    record,
                    (place, failure) -> reply.complete(
                            failure == null
                                    ? new Reply(201, new Written(id, place.topic(), place.partition(), place.offset()))
                                    : failed(record.topic(), failure)));
        } catch (KafkaException e) {
            reply.complete(failed(record.topic(), e));
        }
        return reply.whenComplete((told, bug) -> ended(span, told));
    }

    private static void ended(Span span, @Nullable Reply reply) {
        if (reply != null) {
            span.setAttribute(STATUS, (long) reply.status());
        }
        if (reply == null || reply.status() >= 500) {
            span.setStatus(StatusCode.ERROR);
        }
        span.end();
    }

    private static Reply failed(String topic, Exception failure) {
        return new Reply(
                503,
                new Problem("The pair was not written to " + topic + ": " + failure.getMessage() + ". Send it again."));
    }

    private static byte[] content(InputStream body, int most) throws IOException {
        byte[] content = body.readNBytes(most + 1);
        if (content.length > most) {
            throw new Unfit(413, "The body has more than " + most + " bytes.");
        }
        return content;
    }

    private static @Nullable String text(JsonNode node, String field) {
        return node.path(field).isTextual() ? node.get(field).asText() : null;
    }

    /** The address's host in lower case, or nothing if it is no address of the web. */
    private static String host(String url) {
        try {
            URI address = new URI(url);
            String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
            String authority = address.getRawAuthority();
            if (url.length() > MOST_URL_CHARACTERS
                    || !(scheme.equals("http") || scheme.equals("https"))
                    || authority == null
                    || authority.contains("@")) {
                return "";
            }
            String host = address.getHost() == null ? authority.replaceFirst(":\\d*$", "") : address.getHost();
            return IDN.toASCII(host, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
        } catch (URISyntaxException | IllegalArgumentException e) {
            return "";
        }
    }
}
