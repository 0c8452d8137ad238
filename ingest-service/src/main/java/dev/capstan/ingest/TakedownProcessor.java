package dev.capstan.ingest;

import dev.capstan.platform.takedowns.Takedowns;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Follows the takedowns. Kafka Streams runs every record through it when the service starts, before a pair is examined.
 * It goes by keys alone: the store, which Streams wants, holds them with an empty value.
 *
 * <p>The global thread calls it.
 */
final class TakedownProcessor implements Processor<Bytes, byte[], Void, Void> {

    static final String STORE = "takedowns";

    private static final byte[] NAMED = {};

    private final Takedowns takedowns;
    private @Nullable KeyValueStore<Bytes, byte[]> store;

    TakedownProcessor(Takedowns takedowns) {
        this.takedowns = takedowns;
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        store = context.getStateStore(STORE);
    }

    @Override
    public void process(Record<Bytes, byte[]> incoming) {
        boolean lifted = incoming.value() == null;
        Objects.requireNonNull(store).put(incoming.key(), lifted ? null : NAMED);
        takedowns.take(new String(incoming.key().get(), StandardCharsets.UTF_8), lifted);
    }
}
