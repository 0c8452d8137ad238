package dev.capstan.ingest.concepts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.ingest.text.Words;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ConceptIndexTest {

    @Test
    void shouldFindWholeWordsOnly() {
        List<String> found = find("a cat and a concatenation", "cat", "at");

        assertThat(found).containsExactly("cat");
    }

    @Test
    void shouldFindConceptsOfSeveralWordsAndThoseInsideThem() {
        List<String> found = find("The Polar, bear", "bear", "polar bear", "polar fox");

        assertThat(found).containsExactly("polar bear", "bear");
    }

    @Test
    void shouldFindWhateverCaseAndSignsTheConceptIsWrittenWith() {
        List<String> found = find("one t rex", "T-Rex");

        assertThat(found).containsExactly("T-Rex");
    }

    @Test
    void shouldNameAConceptOnce() {
        List<String> found = find("cat cat cat", "cat", "cat");

        assertThat(found).containsExactly("cat");
    }

    @Test
    void shouldNotFindAConceptThatTheTextEndsInside() {
        List<String> found = find("polar", "polar bear");

        assertThat(found).isEmpty();
    }

    @Test
    void shouldNeverFindAConceptWithoutWords() {
        List<String> found = find("*** ---", "***", "");

        assertThat(found).isEmpty();
    }

    @Test
    void shouldBoundTheConceptsOfOneText() {
        String[] many =
                IntStream.range(0, 1000).mapToObj(number -> "w" + number).toArray(String[]::new);

        List<String> found = find(String.join(" ", many), many);

        assertThat(found).hasSize(ConceptIndex.MAX_CONCEPTS).startsWith("w0", "w1");
    }

    @Test
    void shouldJoinConfiguredConceptsAndLabelSets() {
        ConceptCatalog catalog = new ConceptCatalog(List.of("cat"));
        catalog.put("one", List.of("dog", "cat"));
        catalog.put("two", List.of("owl"));
        catalog.remove("two");

        List<String> found = catalog.index().find(Words.of("an owl, a dog and a cat"));

        assertThat(found).containsExactly("dog", "cat");
        assertThat(catalog.index().size()).isEqualTo(2);
    }

    private static List<String> find(String text, String... concepts) {
        return ConceptIndex.of(List.of(concepts)).find(Words.of(text));
    }
}
