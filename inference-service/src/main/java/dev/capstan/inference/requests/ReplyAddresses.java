package dev.capstan.inference.requests;

import dev.capstan.inference.requests.RecordIntake.Result;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * Reads the reply headers that Spring Kafka's clients set. Replies go to topics of an allow list only: else whoever may
 * ask could write wherever this service may.
 */
public final class ReplyAddresses {
    /** Topic of the reply, UTF-8. */
    public static final String REPLY_TOPIC = "kafka_replyTopic";
    /** Partition of the reply, four bytes, big-endian; optional. */
    public static final String REPLY_PARTITION = "kafka_replyPartition";
    /** Any bytes; the reply carries them again. */
    public static final String CORRELATION_ID = "kafka_correlationId";

    private final Set<String> allowed;
    private final PartitionCounts partitions;

    /** Knows how many partitions a topic has. */
    @FunctionalInterface
    public interface PartitionCounts {
        /** Partitions of a topic, or 0 if it does not exist. */
        int of(String topic);
    }

    public ReplyAddresses(Set<String> allowed, PartitionCounts partitions) {
        this.allowed = Set.copyOf(allowed);
        this.partitions = partitions;
    }

    /** The address, empty if none is asked for, or why it cannot be served. */
    Result<Optional<ReplyAddress>> of(Headers headers) {
        Header topicHeader = headers.lastHeader(REPLY_TOPIC);
        if (topicHeader == null) {
            return Result.of(Optional.empty());
        }
        byte[] value = topicHeader.value();
        String topic = value == null ? "" : new String(value, StandardCharsets.UTF_8);
        if (!allowed.contains(topic)) {
            return Result.refused(
                    "reply-topic-not-allowed",
                    "Replies to topic " + Rejection.quoted(topic)
                            + " are not allowed. Ask the operator to put it on the list inference.reply-topics, or"
                            + " read the answers' own topic.");
        }
        int count = partitions.of(topic);
        if (count == 0) {
            return Result.refused(
                    "reply-topic-unknown", "Topic " + Rejection.quoted(topic) + " does not exist. Create it first.");
        }
        Header partitionHeader = headers.lastHeader(REPLY_PARTITION);
        OptionalInt partition = OptionalInt.empty();
        if (partitionHeader != null) {
            byte[] bytes = partitionHeader.value();
            if (bytes == null || bytes.length != Integer.BYTES) {
                return Result.refused(
                        "reply-partition-invalid",
                        "Header " + REPLY_PARTITION + " has " + (bytes == null ? 0 : bytes.length)
                                + " bytes. Give 4 bytes, big-endian.");
            }
            int number = ByteBuffer.wrap(bytes).getInt();
            if (number < 0 || number >= count) {
                return Result.refused(
                        "reply-partition-invalid",
                        "Topic " + Rejection.quoted(topic) + " has no partition " + number + ". Give one from 0 to "
                                + (count - 1) + ".");
            }
            partition = OptionalInt.of(number);
        }
        Header correlation = headers.lastHeader(CORRELATION_ID);
        return Result.of(
                Optional.of(new ReplyAddress(topic, partition, correlation == null ? null : correlation.value())));
    }
}
