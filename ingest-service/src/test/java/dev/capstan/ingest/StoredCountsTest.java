package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.ingest.balance.DecayedCount;
import dev.capstan.ingest.concepts.ConceptList;
import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

class StoredCountsTest {
    private final KeyValueStore<Bytes, byte[]> store =
            Stores.inMemoryKeyValueStore("counts").get();

    @Test
    void shouldRememberACount() {
        StoredCounts counts = counts("cat", "dog");
        counts.put("cat", new DecayedCount(3, 17));

        assertThat(counts("cat", "dog").get("cat")).isEqualTo(new DecayedCount(3, 17));
        assertThat(counts.get("dog")).isNull();
    }

    @Test
    void shouldDropTheCountsOfConceptsThatANewListLacks() {
        StoredCounts before = counts("cat", "dog");
        before.get("cat");
        before.put("cat", new DecayedCount(3, 17));
        before.put("dog", new DecayedCount(5, 18));

        StoredCounts after = counts("dog", "owl");

        assertThat(after.get("dog")).isEqualTo(new DecayedCount(5, 18));
        // The list's digest and one count.
        assertThat(store.approximateNumEntries()).isEqualTo(2);
    }

    private StoredCounts counts(String... concepts) {
        return new StoredCounts(store, ConceptList.of(List.of(concepts)));
    }
}
