package dev.capstan.local.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureCacheTest {
    private static final String ENCODER = "0123456789abcdef".repeat(4);
    private static final float[] CAT = {1, -2, 0.5f};
    private static final float[] DOG = {3, 4, Float.MIN_VALUE};
    private static final float[] OWL = {5, 6, 7};
    private static final int HEADER = 76;
    private static final int RECORD = 48;
    private static final long ROOM = 1 << 20;

    @TempDir
    private Path directory;

    private FeatureCache open(long mostBytes) throws IOException {
        return FeatureCache.open(directory, ENCODER, 3, mostBytes);
    }

    private static FeatureCache.Key key(String picture) {
        return FeatureCache.Key.of(picture.getBytes(StandardCharsets.UTF_8));
    }

    private Path file() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.findFirst().orElseThrow();
        }
    }

    private void keep() throws IOException {
        try (FeatureCache cache = open(ROOM)) {
            cache.put(key("cat"), CAT);
            cache.put(key("dog"), DOG);
        }
    }

    @Test
    void shouldGiveBackWhatWasKeptByAnEarlierRun() throws IOException {
        keep();

        try (FeatureCache cache = open(ROOM)) {
            assertThat(cache.size()).isEqualTo(2);
            assertThat(cache.get(key("cat")))
                    .hasValueSatisfying(kept -> assertThat(kept).containsExactly(CAT));
            assertThat(cache.get(key("dog")))
                    .hasValueSatisfying(kept -> assertThat(kept).containsExactly(DOG));
            assertThat(cache.get(key("owl"))).isEmpty();
        }
        assertThat(Files.size(file())).isEqualTo(HEADER + 2L * RECORD);
    }

    @Test
    void shouldCutOffARecordThatACrashCutShort() throws IOException {
        keep();
        byte[] content = Files.readAllBytes(file());
        Files.write(file(), Arrays.copyOf(content, content.length - 5));

        try (FeatureCache cache = open(ROOM)) {
            assertThat(cache.get(key("dog"))).isEmpty();
            cache.put(key("owl"), OWL);
            assertThat(cache.get(key("cat")))
                    .hasValueSatisfying(kept -> assertThat(kept).containsExactly(CAT));
            assertThat(cache.get(key("owl")))
                    .hasValueSatisfying(kept -> assertThat(kept).containsExactly(OWL));
        }
        assertThat(Files.size(file())).isEqualTo(HEADER + 2L * RECORD);
    }

    @Test
    void shouldNotBelieveARecordWhoseCheckFails() throws IOException {
        keep();
        byte[] content = Files.readAllBytes(file());
        content[HEADER + 40] ^= 1;
        Files.write(file(), content);

        try (FeatureCache cache = open(ROOM)) {
            assertThat(cache.get(key("cat"))).isEmpty();
            cache.put(key("cat"), CAT);
            assertThat(cache.get(key("cat")))
                    .hasValueSatisfying(kept -> assertThat(kept).containsExactly(CAT));
        }
        assertThat(Files.size(file())).isEqualTo(HEADER + 2L * RECORD);
    }

    @Test
    void shouldKeepNothingPastItsBound() throws IOException {
        try (FeatureCache cache = open(HEADER + 2L * RECORD + RECORD - 1)) {
            for (String picture : List.of("cat", "dog", "owl")) {
                cache.put(key(picture), CAT);
            }

            assertThat(cache.size()).isEqualTo(2);
            assertThat(cache.get(key("owl"))).isEmpty();
        }
        assertThat(Files.size(file())).isEqualTo(HEADER + 2L * RECORD);
    }

    @Test
    void shouldRefuseAFileOfAnotherEncoderOrAnotherRun() throws IOException {
        keep();

        try (FeatureCache cache = open(ROOM)) {
            assertThat(cache.size()).isEqualTo(2);
            assertThatThrownBy(() -> open(ROOM)).hasMessageContaining("is in use by another run");
        }
        assertThatThrownBy(() -> FeatureCache.open(directory, ENCODER, 4, ROOM))
                .hasMessageContaining("keeps no features of this encoder");
        String other = ENCODER.substring(0, 63) + "0";
        assertThatThrownBy(() -> FeatureCache.open(directory, other, 3, ROOM))
                .hasMessageContaining("keeps no features of this encoder");
        Files.writeString(
                file(), "no features at all, but long enough to be taken for a header that has seventy-six bytes");
        assertThatThrownBy(() -> open(ROOM)).hasMessageContaining("keeps no features of this encoder");
    }
}
