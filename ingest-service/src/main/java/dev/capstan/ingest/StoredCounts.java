package dev.capstan.ingest;

import dev.capstan.ingest.balance.ConceptCounts;
import dev.capstan.ingest.balance.DecayedCount;
import dev.capstan.ingest.concepts.ConceptList;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The counts of concepts in a state store: one entry a concept of the list that was ever met, so that the list bounds the
 * store. Entries of an earlier list are dropped when the first pair under a new one comes.
 *
 * <p>One stream thread calls it.
 */
final class StoredCounts implements ConceptCounts {

    static final String STORE = "concept-counts";

    private static final byte COUNT = 'c';
    private static final Bytes LIST = Bytes.wrap(new byte[] {'l'});

    private final KeyValueStore<Bytes, byte[]> store;
    private final ConceptList list;
    private boolean pruned;

    StoredCounts(KeyValueStore<Bytes, byte[]> store, ConceptList list) {
        this.store = store;
        this.list = list;
    }

    @Override
    public @Nullable DecayedCount get(String concept) {
        prune();
        byte[] bytes = store.get(key(concept));
        return bytes == null ? null : DecayedCount.of(bytes);
    }

    @Override
    public void put(String concept, DecayedCount count) {
        store.put(key(concept), count.bytes());
    }

    private void prune() {
        if (pruned) {
            return;
        }
        byte[] digest = list.digest().getBytes(StandardCharsets.US_ASCII);
        byte[] before = store.get(LIST);
        if (before != null && !Arrays.equals(before, digest)) {
            dropUnlisted();
        }
        store.put(LIST, digest);
        pruned = true;
    }

    private void dropUnlisted() {
        try (KeyValueIterator<Bytes, byte[]> entries = store.all()) {
            while (entries.hasNext()) {
                KeyValue<Bytes, byte[]> entry = entries.next();
                byte[] key = entry.key.get();
                if (key[0] == COUNT
                        && !list.matcher().contains(new String(key, 1, key.length - 1, StandardCharsets.UTF_8))) {
                    store.delete(entry.key);
                }
            }
        }
    }

    private static Bytes key(String concept) {
        byte[] bytes = concept.getBytes(StandardCharsets.UTF_8);
        return Bytes.wrap(
                ByteBuffer.allocate(1 + bytes.length).put(COUNT).put(bytes).array());
    }
}
