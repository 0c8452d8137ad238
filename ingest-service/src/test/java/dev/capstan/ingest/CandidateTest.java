package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.schemas.Topics;
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
            Bytes.wrap(new byte[] {1, 2, 3}));

    @Test
    void shouldComeBackAsItWasWritten() {
        byte[] bytes = serde.serializer().serialize("candidates", candidate);

        Candidate read = serde.deserializer().deserialize("candidates", bytes);

        assertThat(read).isEqualTo(candidate);
    }

    @Test
    void shouldRefuseAFormatOfAnotherRelease() {
        byte[] bytes = serde.serializer().serialize("candidates", candidate);
        bytes[0] = 2;

        assertThatThrownBy(() -> serde.deserializer().deserialize("candidates", bytes))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("format 2");
    }
}
