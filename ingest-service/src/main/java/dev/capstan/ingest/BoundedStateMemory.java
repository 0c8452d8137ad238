package dev.capstan.ingest;

import java.util.Map;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * One bound for the memory of all state stores outside the heap: blocks, indexes, filters and write buffers share one
 * cache. Without it every store of every partition takes up to 80 MiB.
 *
 * <p>The service opens it before the topology runs and closes it after; stream threads use it through {@link Setter}.
 */
final class BoundedStateMemory implements AutoCloseable {

    /** Configuration key under which {@link Setter} finds the memory. */
    static final String KEY = "capstan.ingest.state.memory";

    static {
        RocksDB.loadLibrary();
    }

    private final Cache cache;
    private final WriteBufferManager writeBuffers;

    BoundedStateMemory(long bytes) {
        // Not strict: an insert beyond the bound would fail a read rather than evict.
        cache = new LRUCache(bytes, -1, false);
        writeBuffers = new WriteBufferManager(bytes / 2, cache);
    }

    @Override
    public void close() {
        writeBuffers.close();
        cache.close();
    }

    /** Kafka Streams makes one for each store. */
    public static final class Setter implements RocksDBConfigSetter {

        private static final long WRITE_BUFFER_BYTES = 1L << 20;
        private static final int BLOOM_BITS_PER_KEY = 10;

        @Override
        public void setConfig(String storeName, Options options, Map<String, Object> configuration) {
            if (!(configuration.get(KEY) instanceof BoundedStateMemory memory)) {
                throw new IllegalStateException("the streams configuration lacks " + KEY);
            }
            BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
            table.setBlockCache(memory.cache);
            table.setCacheIndexAndFilterBlocks(true);
            table.setFilterPolicy(new BloomFilter(BLOOM_BITS_PER_KEY));
            options.setTableFormatConfig(table);
            options.setWriteBufferManager(memory.writeBuffers);
            options.setWriteBufferSize(WRITE_BUFFER_BYTES);
            options.setMaxWriteBufferNumber(2);
        }

        @Override
        public void close(String storeName, Options options) {
            // Cache and write buffers belong to the service; the filter is freed with the table's configuration.
        }
    }
}
