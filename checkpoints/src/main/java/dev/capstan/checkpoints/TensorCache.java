package dev.capstan.checkpoints;

import dev.capstan.model.tensors.TensorValue;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Tensors by digest within a bound of bytes; the least recently used go first. One thread.
 *
 * <p>A tensor that many versions share, such as a frozen language model's, is used by each and so stays.
 */
final class TensorCache {
    private final long maxBytes;
    private final LinkedHashMap<String, TensorValue> tensors = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    TensorCache(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    Set<String> digests() {
        return Set.copyOf(tensors.keySet());
    }

    Optional<TensorValue> get(String digest) {
        return Optional.ofNullable(tensors.get(digest));
    }

    /** Keeps what a version used: first what only it has, then what it shares with those before it, which stays longer. */
    void keep(Map<String, TensorValue> used) {
        Collection<Map.Entry<String, TensorValue>> shared = used.entrySet().stream()
                .filter(entry -> tensors.containsKey(entry.getKey()))
                .toList();
        used.forEach(this::put);
        shared.forEach(entry -> put(entry.getKey(), entry.getValue()));
        evict();
    }

    private void put(String digest, TensorValue tensor) {
        if (tensors.put(digest, tensor) == null) {
            bytes += tensor.bytes().remaining();
        }
    }

    private void evict() {
        var oldest = tensors.entrySet().iterator();
        while (bytes > maxBytes && oldest.hasNext()) {
            bytes -= oldest.next().getValue().bytes().remaining();
            oldest.remove();
        }
    }
}
