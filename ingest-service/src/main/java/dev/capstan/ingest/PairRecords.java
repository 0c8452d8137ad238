package dev.capstan.ingest;

import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.AvroSerializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.RegistryUnavailableException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CrawledPair;
import dev.capstan.schemas.records.CuratedPair;
import dev.capstan.schemas.records.PairHash;
import dev.capstan.schemas.records.RejectedPair;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the records of pairs in wire format. While the schema registry does not answer it waits; a record is
 * never taken for poison because of an outage. One task owns one.
 */
final class PairRecords implements AutoCloseable {

    private final AvroDeserializer<CrawledPair> crawled = new AvroDeserializer<>(CrawledPair.class);
    private final AvroSerializer<CuratedPair> curated = new AvroSerializer<>();
    private final AvroSerializer<RejectedPair> rejected = new AvroSerializer<>();
    private final AvroSerializer<PairHash> hashes = new AvroSerializer<>();
    private final Patience patience;

    /**
     * Connects to nothing before the first record.
     *
     * @param clientProperties with {@code schema.registry.url}
     */
    PairRecords(Map<String, ?> clientProperties, Patience patience) {
        this.patience = patience;
        crawled.configure(clientProperties, false);
        curated.configure(clientProperties, false);
        rejected.configure(clientProperties, false);
        hashes.configure(clientProperties, false);
    }

    /**
     * Reads a crawled pair.
     *
     * @throws PoisonRecordException if the bytes can never be read
     * @throws RegistryUnavailableException if the registry stayed away for longer than patience lasts
     */
    CrawledPair read(String topic, byte @Nullable [] value) {
        if (value == null) {
            throw new PoisonRecordException("A record of " + topic + " has no value", null);
        }
        return patience.with(() -> Objects.requireNonNull(crawled.deserialize(topic, value)));
    }

    byte[] write(Topics destination, CuratedPair pair) {
        return patience.with(() -> Objects.requireNonNull(curated.serialize(destination.topicName(), pair)));
    }

    byte[] write(RejectedPair pair) {
        return patience.with(() -> Objects.requireNonNull(rejected.serialize(Topics.PAIRS_REJECTED.topicName(), pair)));
    }

    byte[] write(PairHash hash) {
        return patience.with(() -> Objects.requireNonNull(hashes.serialize(Topics.PAIRS_HASHES.topicName(), hash)));
    }

    @Override
    public void close() {
        crawled.close();
        curated.close();
        rejected.close();
        hashes.close();
    }
}
