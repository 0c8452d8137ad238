package dev.capstan.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.schemas.records.TensorChunk;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class ChunkAssemblyTest {
    private final ChunkAssembly assembly = new ChunkAssembly(5);

    @Test
    void shouldPutPiecesTogetherInAnyOrder() {
        assembly.accept(chunk(2, 3, 5));
        assembly.accept(chunk(0, 3, 1, 2));
        assembly.accept(chunk(1, 3, 3, 4));

        assertThat(assembly.isComplete()).isTrue();
        assertThat(assembly.bytes()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5}));
    }

    @Test
    void shouldBeIncompleteWhileAPieceIsMissing() {
        assembly.accept(chunk(0, 3, 1, 2));
        assembly.accept(chunk(2, 3, 5));

        assertThat(assembly.isComplete()).isFalse();
        assertThatThrownBy(assembly::bytes).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldStartAnewWhenTheTensorIsCutAnew() {
        assembly.accept(chunk(0, 3, 9, 9));
        assembly.accept(chunk(0, 2, 1, 2, 3));
        assembly.accept(chunk(1, 2, 4, 5));

        assertThat(assembly.bytes()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5}));
    }

    @Test
    void shouldLeaveOutPiecesThatCannotBelongToIt() {
        assembly.accept(chunk(0, 1, 1, 2, 3, 4, 5, 6));
        assembly.accept(chunk(0, 1, 1, 2));
        assembly.accept(chunk(4, 5, 1, 2, 3, 4, 5, 6));
        assembly.accept(chunk(3, 4, 1, 2, 3, 4, 5, 6));
        assembly.accept(chunk(-1, 4, 1));
        assembly.accept(chunk(4, 4, 1));
        assembly.accept(chunk(0, 0, 1));
        assembly.accept(chunk(2, 1_000_000, 1, 2));
        assembly.accept(chunk(3, 5, 1, 2));

        assertThat(assembly.isComplete()).isFalse();
    }

    @Test
    void shouldHoldATensorWithoutElements() {
        ChunkAssembly empty = new ChunkAssembly(0);

        empty.accept(chunk(0, 1));

        assertThat(empty.isComplete()).isTrue();
        assertThat(empty.bytes().remaining()).isZero();
    }

    private static TensorChunk chunk(int index, int chunks, int... bytes) {
        byte[] data = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            data[i] = (byte) bytes[i];
        }
        return new TensorChunk("digest", index, chunks, ByteBuffer.wrap(data));
    }
}
