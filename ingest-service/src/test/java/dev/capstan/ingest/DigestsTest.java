package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DigestsTest {

    @Test
    void shouldDigestTheRemainingBytesAsSha256() {
        ByteBuffer buffer =
                ByteBuffer.wrap("xabc".getBytes(StandardCharsets.US_ASCII)).position(1);

        String digest = Digests.ofContent(buffer);

        assertThat(digest).isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assertThat(buffer.position()).isEqualTo(1);
    }

    @Test
    void shouldTellPairsApartByImageAndText() {
        String one = Digests.ofContent(ByteBuffer.wrap(new byte[] {1}));
        String other = Digests.ofContent(ByteBuffer.wrap(new byte[] {2}));

        byte[] key = Digests.ofPair(one, "a text");

        assertThat(key)
                .hasSize(16)
                .isEqualTo(Digests.ofPair(one, "a text"))
                .isNotEqualTo(Digests.ofPair(other, "a text"))
                .isNotEqualTo(Digests.ofPair(one, "another text"));
    }
}
