package dev.capstan.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TextsTest {

    @Test
    void shouldAlwaysNameTheConcept() {
        Concept concept = TestPictures.concept("newt", Novelty.NEW, 0xffeeaa00);

        Stream<String> texts = draw(new Texts(TextRecipe.emoji()), concept, 500);

        assertThat(texts).allMatch(text -> text.toLowerCase(Locale.ROOT).contains("newt"));
    }

    @Test
    void shouldVaryItsTexts() {
        Concept concept = TestPictures.concept("newt", Novelty.NEW, 0xffeeaa00);

        List<String> texts =
                draw(new Texts(TextRecipe.emoji()), concept, 500).distinct().toList();

        assertThat(texts)
                .hasSizeGreaterThan(20)
                .contains("newt", "Newt", "a picture of newt", "newt emoji")
                .noneMatch(text -> text.contains("{"));
    }

    @Test
    void shouldDoWithoutKeyWordsWhereThereAreNone() {
        Concept concept = new Concept(
                "newt",
                List.of(),
                "test",
                "test",
                Novelty.NEW,
                true,
                Map.of("first", random -> TestPictures.blot(8, -1)));

        List<String> texts = draw(new Texts(TextRecipe.emoji()), concept, 200)
                .map(text -> text.toLowerCase(Locale.ROOT))
                .distinct()
                .toList();

        assertThat(texts).containsExactlyInAnyOrder("newt", "a picture of newt", "newt emoji");
    }

    @Test
    void shouldRefuseTemplatesThatDoNotNameTheConcept() {
        assertThatThrownBy(() -> new TextRecipe.Template(1, "a picture of {words}"))
                .hasMessageContaining("{name}");
        assertThatThrownBy(() -> new TextRecipe.Template(0, "{name}")).hasMessageContaining("weight");
        assertThatThrownBy(() -> new TextRecipe(List.of(new TextRecipe.Template(1, "{name} {words}")), 0))
                .hasMessageContaining("key words");
    }

    private static Stream<String> draw(Texts texts, Concept concept, int count) {
        return IntStream.range(0, count).mapToObj(index -> texts.draw(concept, Seeds.random(1, index)));
    }
}
