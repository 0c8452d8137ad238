package dev.capstan.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.checkpoints.RecordKeys.ChunkKey;
import dev.capstan.checkpoints.RecordKeys.VersionKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordKeysTest {
    private static final String DIGEST = "0f".repeat(32);

    @Test
    void shouldReadBackItsOwnKeys() {
        VersionKey version = new VersionKey("team/model", 42);
        ChunkKey chunk = new ChunkKey(DIGEST, 7);

        assertThat(VersionKey.parse(version.text())).contains(version);
        assertThat(ChunkKey.parse(chunk.text())).contains(chunk);
        assertThat(chunk.text()).isEqualTo(DIGEST + "/7");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "model", "model/", "model/-1", "/1", "model/x", "model/99999999999999999999"})
    void shouldNotReadOtherVersionKeys(String key) {
        assertThat(VersionKey.parse(key)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/0", "short/0", "XY/1", "0f/"})
    void shouldNotReadOtherChunkKeys(String key) {
        assertThat(ChunkKey.parse(key)).isEmpty();
    }

    @Test
    void shouldNotReadAnIndexThatIsNone() {
        assertThat(ChunkKey.parse(DIGEST + "/99999999999")).isEmpty();
        assertThat(ChunkKey.parse(DIGEST + "/")).isEmpty();
    }
}
