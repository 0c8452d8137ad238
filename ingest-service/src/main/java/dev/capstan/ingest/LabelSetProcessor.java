package dev.capstan.ingest;

import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.LabelSet;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the label sets and keeps the concept catalog up to date. Kafka Streams runs every record through it when the
 * service starts, before a pair is examined. A set that cannot be read is passed over: the pairs are sound without it.
 *
 * <p>The global thread calls it.
 */
final class LabelSetProcessor implements Processor<Bytes, byte[], Void, Void> {

    static final String STORE = "label-sets";

    private static final Logger LOG = LoggerFactory.getLogger(LabelSetProcessor.class);

    private final IngestParts parts;
    private final AvroDeserializer<LabelSet> deserializer = new AvroDeserializer<>(LabelSet.class);
    private @Nullable ProcessorContext<Void, Void> context;
    private @Nullable KeyValueStore<Bytes, byte[]> store;

    LabelSetProcessor(IngestParts parts) {
        this.parts = parts;
        deserializer.configure(parts.clientProperties(), false);
    }

    @Override
    public void init(ProcessorContext<Void, Void> newContext) {
        context = newContext;
        store = newContext.getStateStore(STORE);
    }

    @Override
    public void process(Record<Bytes, byte[]> incoming) {
        String name = new String(incoming.key().get(), StandardCharsets.UTF_8);
        Objects.requireNonNull(store).put(incoming.key(), incoming.value());
        if (incoming.value() == null) {
            parts.concepts().remove(name);
            LOG.info("labelSet={} removed", name);
            return;
        }
        try {
            LabelSet set = parts.patience()
                    .with(() -> Objects.requireNonNull(
                            deserializer.deserialize(Topics.LABELS_SETS.topicName(), incoming.value())));
            parts.concepts().put(name, set.getLabels());
            LOG.info("labelSet={} labels={}", name, set.getLabels().size());
        } catch (PoisonRecordException e) {
            parts.metrics().labelSetSkipped();
            LOG.warn(
                    "labelSet={} skipped coordinates={}",
                    name,
                    Objects.requireNonNull(context).recordMetadata(),
                    e);
        }
    }

    @Override
    public void close() {
        deserializer.close();
    }
}
