package dev.capstan.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlainTextTest {

    private static final List<Gloss> GLOSSES = List.of(
            new Gloss(Gloss.PartOfSpeech.NOUN, List.of("kettle", "boiler"), "a metal pot for stewing or boiling"),
            new Gloss(Gloss.PartOfSpeech.VERB, List.of("stew"), "cook slowly in liquid"));

    private final PlainText text = new PlainText(TestPictures.small(), GLOSSES, PlainTextRecipe.captions());

    @Test
    void shouldGiveTheSameLinesForASeed() {
        List<String> lines = text.lines(3, 100).toList();

        assertThat(text.lines(3).limit(100)).containsExactlyElementsOf(lines);
        assertThat(text.lines(4, 100).toList()).isNotEqualTo(lines);
        assertThat(text.line(3, 57)).isEqualTo(lines.get(57));
    }

    @Test
    void shouldLeadFromWordsToNames() {
        List<String> lines = text.lines(3, 2000).distinct().toList();

        assertThat(lines)
                .contains("a picture of newt", "garden a picture of spade", "garden, outdoors. a picture of toad")
                .contains("kettle: a metal pot for stewing or boiling", "stew: cook slowly in liquid");
        assertThat(lines).anyMatch(line -> line.matches("(.+[.]? )?metal.* a picture of kettle"));
    }

    @Test
    void shouldEndEveryLineWithANameOrBeAnEntry() {
        List<String> lines = text.lines(5, 500).toList();

        assertThat(lines)
                .allMatch(line -> line.matches("(.* )?a picture of (spade|bucket|rake|hoe|newt|toad|kettle)")
                        || line.startsWith("kettle: ")
                        || line.startsWith("stew: "));
    }

    @Test
    void shouldKeepToItsWeights() {
        PlainTextRecipe all = PlainTextRecipe.captions();
        PlainTextRecipe onlyGlosses = new PlainTextRecipe(all.prompt(), 0, 0, 1, Map.of(), 0, 0, 1, 1, 0, 0);

        List<String> lines = new PlainText(TestPictures.small(), GLOSSES, onlyGlosses)
                .lines(1, 100)
                .toList();

        assertThat(lines).allMatch(line -> line.contains(": "));
    }

    @Test
    void shouldCountNamesForTheVocabularyMoreThanMeanings() {
        List<PlainText.CountedLine> vocabulary = text.vocabulary().toList();

        assertThat(vocabulary)
                .contains(new PlainText.CountedLine("newt", 400))
                .contains(new PlainText.CountedLine("garden, newt thing, outdoors", 20))
                .contains(new PlainText.CountedLine("a metal pot for stewing or boiling", 1))
                .doesNotContain(new PlainText.CountedLine("cook slowly in liquid", 1));
    }

    @Test
    void shouldRefuseToMakeLinesOfNothing() {
        Pictures nothing = new Pictures("empty", List.of(), List.of());

        assertThatThrownBy(() -> new PlainText(nothing, List.of(), PlainTextRecipe.captions()))
                .hasMessageContaining("0 concepts");
    }
}
