package dev.capstan.schemas;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * What ingest tells the scorer in the headers of {@code pairs.unscored}, beside the finished record, which goes on as it is.
 *
 * @param topic topic of the crawled record
 * @param partition its partition
 * @param offset its offset
 * @param minimum the least score that the policy wants, or empty
 */
public record ScoreHeaders(String topic, int partition, long offset, OptionalDouble minimum) {
    private static final String TOPIC = "capstan-origin-topic";
    private static final String PARTITION = "capstan-origin-partition";
    private static final String OFFSET = "capstan-origin-offset";
    private static final String MINIMUM = "capstan-min-clip-score";

    /** Adds them to a record's headers. */
    public void write(Headers headers) {
        headers.add(TOPIC, bytes(topic));
        headers.add(PARTITION, bytes(Integer.toString(partition)));
        headers.add(OFFSET, bytes(Long.toString(offset)));
        if (minimum.isPresent()) {
            headers.add(MINIMUM, bytes(Double.toString(minimum.getAsDouble())));
        }
    }

    /** Reads them; empty if the origin is missing or cannot be read. A minimum that cannot be read is none. */
    public static Optional<ScoreHeaders> read(Headers headers) {
        Optional<String> topic = text(headers, TOPIC);
        Optional<String> partition = text(headers, PARTITION);
        Optional<String> offset = text(headers, OFFSET);
        if (topic.isEmpty() || partition.isEmpty() || offset.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ScoreHeaders(
                    topic.get(), Integer.parseInt(partition.get()), Long.parseLong(offset.get()), minimum(headers)));
        } catch (NumberFormatException e) {
            // Whoever wrote them, it was not ingest.
            return Optional.empty();
        }
    }

    private static OptionalDouble minimum(Headers headers) {
        Optional<String> text = text(headers, MINIMUM);
        if (text.isEmpty()) {
            return OptionalDouble.empty();
        }
        try {
            double minimum = Double.parseDouble(text.get());
            return Double.isFinite(minimum) ? OptionalDouble.of(minimum) : OptionalDouble.empty();
        } catch (NumberFormatException e) {
            // As above.
            return OptionalDouble.empty();
        }
    }

    private static Optional<String> text(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null || header.value() == null
                ? Optional.empty()
                : Optional.of(new String(header.value(), StandardCharsets.UTF_8));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
