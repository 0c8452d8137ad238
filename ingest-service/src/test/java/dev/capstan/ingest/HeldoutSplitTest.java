package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HeldoutSplitTest {
    private static final String LOWEST = "0".repeat(64);
    private static final String HIGHEST = "f".repeat(64);
    private static final String HALF = "8" + "0".repeat(63);

    @Test
    void shouldHoldOutNothingOfAFractionOfNought() {
        boolean heldOut = new HeldoutSplit(0).holdsOut(LOWEST);

        assertThat(heldOut).isFalse();
    }

    @Test
    void shouldHoldOutBelowTheFractionOnly() {
        HeldoutSplit half = new HeldoutSplit(0.5);

        assertThat(half.holdsOut(LOWEST)).isTrue();
        assertThat(half.holdsOut("7" + "f".repeat(63))).isTrue();
        assertThat(half.holdsOut(HALF)).isFalse();
        assertThat(half.holdsOut(HIGHEST)).isFalse();
    }

    @Test
    void shouldHoldOutTheFractionOfManyImages() {
        HeldoutSplit split = new HeldoutSplit(0.05);

        long heldOut = IntStream.range(0, 20_000)
                .mapToObj(seed -> Digests.ofContent(ByteBuffer.allocate(4).putInt(0, seed)))
                .filter(split::holdsOut)
                .count();

        // Five standard deviations of 1,000.
        assertThat(heldOut).isBetween(846L, 1154L);
    }

    @Test
    void shouldKeepWhatASmallerFractionHeldOut() {
        HeldoutSplit small = new HeldoutSplit(0.02);
        HeldoutSplit large = new HeldoutSplit(0.1);

        boolean nested = IntStream.range(0, 5000)
                .mapToObj(seed -> Digests.ofContent(ByteBuffer.allocate(4).putInt(0, seed)))
                .filter(small::holdsOut)
                .allMatch(large::holdsOut);

        assertThat(nested).isTrue();
    }
}
