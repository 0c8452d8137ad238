package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.schemas.Topics;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalLong;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.utils.Bytes;
import org.junit.jupiter.api.Test;

class CandidateTest {
    private final Serde<Candidate> serde = Candidate.serde();
    private final Candidate candidate = new Candidate(
            Topics.PAIRS_HELDOUT,
            new Origin("pairs.crawled", 3, 1L << 40),
            "p\u00e4r",
            "a feed",
            1_700_000_000_000L,
            -42,
            OptionalLong.of(0x0123_4567_89AB_CDEFL),
            List.of("cat", "polar bear"),
            Bytes.wrap(new byte[] {1, 2, 3}));

    @Test
    void shouldComeBackAsItWasWritten() {
        byte[] bytes = serde.serializer().serialize("candidates", candidate);

        Candidate read = serde.deserializer().deserialize("candidates", bytes);

        assertThat(read).isEqualTo(candidate);
    }

    @Test
    void shouldReadTheFormatOfTheReleaseBefore() {
        Candidate plain = new Candidate(
                candidate.destination(),
                candidate.origin(),
                candidate.pairId(),
                candidate.source(),
                candidate.crawledAtMillis(),
                candidate.textKey(),
                OptionalLong.empty(),
                candidate.listedConcepts(),
                candidate.value());
        byte[] bytes = serde.serializer().serialize("candidates", candidate);
        int addedAt = indexOf(bytes, 0x0123_4567_89AB_CDEFL);
        byte[] before = ByteBuffer.allocate(bytes.length - Long.BYTES)
                .put(bytes, 0, addedAt)
                .put(bytes, addedAt + Long.BYTES, bytes.length - addedAt - Long.BYTES)
                .put(0, (byte) 2)
                .array();

        Candidate read = serde.deserializer().deserialize("candidates", before);

        assertThat(read).isEqualTo(plain);
    }

    @Test
    void shouldRefuseAFormatOfAnotherRelease() {
        byte[] bytes = serde.serializer().serialize("candidates", candidate);
        bytes[0] = 4;

        assertThatThrownBy(() -> serde.deserializer().deserialize("candidates", bytes))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("format 4");
    }

    private static int indexOf(byte[] bytes, long value) {
        for (int at = 0; at + Long.BYTES <= bytes.length; at++) {
            if (ByteBuffer.wrap(bytes).getLong(at) == value) {
                return at;
            }
        }
        throw new IllegalStateException("the candidate lacks its hash");
    }
}
