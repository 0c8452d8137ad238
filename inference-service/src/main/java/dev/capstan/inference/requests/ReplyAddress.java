package dev.capstan.inference.requests;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Where the asker wants a copy of the answer.
 *
 * @param topic a topic of the allow list
 * @param partition the partition that the asker reads, or empty to leave it to the key
 * @param correlationId the asker's own bytes, copied as they are, or null if there were none
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record ReplyAddress(String topic, OptionalInt partition, byte @Nullable [] correlationId) {}
