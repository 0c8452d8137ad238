package dev.capstan.corpora;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WordNetTest {

    @Test
    void shouldReadItsGlosses() {
        List<Gloss> glosses = WordNet.glosses();

        assertThat(glosses).hasSizeGreaterThan(110_000);
        assertThat(glosses)
                .contains(new Gloss(
                        Gloss.PartOfSpeech.NOUN, List.of("physical entity"), "an entity that has physical existence"));
        assertThat(glosses)
                .filteredOn(gloss -> gloss.partOfSpeech() == Gloss.PartOfSpeech.ADJECTIVE)
                .hasSizeGreaterThan(15_000)
                .allMatch(gloss -> !gloss.lemmas().get(0).endsWith(")"));
        assertThat(glosses).noneMatch(gloss -> gloss.meaning().contains("\""));
    }
}
