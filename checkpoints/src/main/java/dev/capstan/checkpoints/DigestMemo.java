package dev.capstan.checkpoints;

import dev.capstan.model.tensors.TensorValue;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Digests of tensors that were seen before, by identity and for as long as they live elsewhere: frozen tensors are handed
 * over with every checkpoint, and hashing them costs a second for every few hundred megabytes. One thread.
 */
final class DigestMemo {
    private final ReferenceQueue<TensorValue> collected = new ReferenceQueue<>();
    private final Map<Identity, String> digests = new HashMap<>();

    private static final class Identity extends WeakReference<TensorValue> {
        private final int hash;

        Identity(TensorValue tensor, ReferenceQueue<TensorValue> queue) {
            super(tensor, queue);
            hash = System.identityHashCode(tensor);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            if (this == other) {
                return true;
            }
            TensorValue tensor = get();
            return tensor != null && other instanceof Identity that && that.refersTo(tensor);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    String digest(TensorValue tensor) {
        forgetCollected();
        return digests.computeIfAbsent(new Identity(tensor, collected), identity -> tensor.digest());
    }

    int size() {
        return digests.size();
    }

    private void forgetCollected() {
        for (Reference<? extends TensorValue> gone = collected.poll(); gone != null; gone = collected.poll()) {
            digests.keySet().remove(gone);
        }
    }
}
