package dev.capstan.checkpoints;

import dev.capstan.schemas.records.TensorChunk;
import java.nio.ByteBuffer;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Puts the pieces of one tensor together, in whatever order they come, within the size that the manifest states. The
 * digest over the whole decides whether the result is right; here only the bounds are kept.
 */
final class ChunkAssembly {
    private final int size;
    private final BitSet present = new BitSet();
    private int chunks;
    private @Nullable ByteBuffer bytes;

    ChunkAssembly(int size) {
        this.size = size;
    }

    /** Takes a piece; one that cannot belong to a tensor of this size is left out. */
    void accept(TensorChunk chunk) {
        int total = chunk.getChunks();
        if (total < 1 || total > Math.max(1, size) || chunk.getIndex() < 0 || chunk.getIndex() >= total) {
            return;
        }
        ByteBuffer data = chunk.getData();
        int last = total - 1;
        // All pieces but the last are of one length, so each tells its own place.
        long offset =
                chunk.getIndex() == last ? (long) size - data.remaining() : (long) chunk.getIndex() * data.remaining();
        if (offset < 0 || offset + data.remaining() > size || (total == 1 && offset != 0)) {
            return;
        }
        if (total != chunks) {
            // The tensor was cut anew when it was sent again.
            chunks = total;
            present.clear();
        }
        ByteBuffer whole = bytes;
        if (whole == null) {
            whole = ByteBuffer.allocate(size);
            bytes = whole;
        }
        whole.put((int) offset, data, data.position(), data.remaining());
        present.set(chunk.getIndex());
    }

    boolean isComplete() {
        return chunks > 0 && present.nextClearBit(0) >= chunks;
    }

    ByteBuffer bytes() {
        ByteBuffer whole = bytes;
        if (whole == null || !isComplete()) {
            throw new IllegalStateException(present.cardinality() + " of " + chunks + " pieces are there");
        }
        return whole.asReadOnlyBuffer();
    }
}
