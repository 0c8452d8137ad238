package dev.capstan.ingest.concepts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConceptListTest {

    @TempDir
    private Path directory;

    @Test
    void shouldReadAnArrayOfStrings() throws IOException {
        ConceptList list = read("[\"cat\", \"polar bear\",\n\"caf\\u00e9\", \"cat\"]");

        assertThat(list.matcher().size()).isEqualTo(3);
        assertThat(list.matcher().match("a polar bear in a caf\u00e9")).containsExactly("polar bear", "caf\u00e9");
        assertThat(list).isEqualTo(ConceptList.of(List.of("cat", "polar bear", "caf\u00e9")));
    }

    @Test
    void shouldTellListsOfOtherEntriesApart() {
        ConceptList list = ConceptList.of(List.of("ab", "c"));

        assertThat(list).isNotEqualTo(ConceptList.of(List.of("a", "bc")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | no JSON array",
                "[] | no entries",
                "'[\"cat\", 7]' | VALUE_NUMBER_INT in line 1",
                "'[[\"cat\"]]' | START_ARRAY in line 1",
                "'[\"cat\"' | no valid JSON",
                "'[\"cat\"] []' | goes on after its array",
                "'[\" \"]' | 1 characters in line 1",
            })
    void shouldSayWhatIsWrongWithAFile(String content, String problem) {
        assertThatThrownBy(() -> read(content))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("concepts.json")
                .hasMessageContaining(problem);
    }

    private ConceptList read(String content) throws IOException {
        return ConceptList.read(Files.writeString(directory.resolve("concepts.json"), content));
    }
}
