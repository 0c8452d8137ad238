package dev.capstan.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PairIdsTest {
    private static final byte[] CAT = {1, 2, 3};
    private static final byte[] FOX = {4, 5, 6};

    @Test
    void shouldBeTheDigestOfUrlAndText() {
        String id = PairIds.of(Optional.of("https://example.org/cat.png"), CAT, "a cat");

        // printf 'https://example.org/cat.png\0a cat' | sha256sum
        assertThat(id).isEqualTo("47a7367d8ab1b18605290b4b213713342136881049b75f0316c6accb00e0c9d0");
    }

    @Test
    void shouldGoByTheUrlWhereThereIsOne() {
        Optional<String> url = Optional.of("https://example.org/cat.png");

        assertThat(PairIds.of(url, CAT, "a cat")).isEqualTo(PairIds.of(url, FOX, "a cat"));
    }

    @Test
    void shouldGoByTheContentWhereThereIsNoUrl() {
        assertThat(PairIds.of(Optional.empty(), CAT, "a cat"))
                .isEqualTo(PairIds.of(Optional.empty(), CAT.clone(), "a cat"))
                .isNotEqualTo(PairIds.of(Optional.empty(), FOX, "a cat"));
    }

    @Test
    void shouldTellTextsOfOnePictureApart() {
        assertThat(PairIds.of(Optional.empty(), CAT, "a cat")).isNotEqualTo(PairIds.of(Optional.empty(), CAT, "cat"));
    }

    @Test
    void shouldNotMixUpWhereOnePartEnds() {
        byte[] image = "ab".getBytes(StandardCharsets.UTF_8);

        assertThat(PairIds.of(Optional.empty(), image, "c"))
                .isNotEqualTo(PairIds.of(Optional.empty(), "a".getBytes(StandardCharsets.UTF_8), "bc"));
    }
}
