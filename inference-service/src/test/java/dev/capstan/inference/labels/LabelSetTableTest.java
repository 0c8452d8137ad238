package dev.capstan.inference.labels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.schemas.records.LabelSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LabelSetTableTest {
    private final LabelSetTable table = new LabelSetTable(new LabelSetLimits(2, 6, 5, 10));

    @Test
    void shouldKeepEachLabelAndTemplateOnce() {
        table.put("a", set(List.of("x", "y", "x"), List.of("{}", "{}")));

        assertThat(table.usable()).containsExactly(new LabelTexts(List.of("x", "y"), List.of("{}")));
    }

    @Test
    void shouldTakeTheLabelAloneWhereASetHasNoTemplates() {
        table.put("a", set(List.of("x"), List.of()));

        assertThat(table.usable()).containsExactly(new LabelTexts(List.of("x"), LabelTexts.PLAIN));
    }

    @Test
    void shouldDropSetsBeyondTheBoundUntilOneGoes() {
        table.put("a", set(List.of("x"), List.of()));
        table.put("b", set(List.of("x"), List.of()));
        table.put("c", set(List.of("x"), List.of()));
        assertThat(table.find("c")).isEmpty();
        table.remove("a");

        table.put("c", set(List.of("x"), List.of()));

        assertThat(table.find("c")).isPresent();
    }

    @Test
    void shouldBoundTheLabelsOfAllSetsTogether() {
        table.put("a", set(List.of("1", "2", "3"), List.of()));

        table.put("b", set(List.of("4", "5", "6"), List.of()));

        assertThat(problem("b")).contains("may have 5 labels").contains("the others have 3 and it has 3");
    }

    @Test
    void shouldNotCountTheOldVersionOfASetAgainstItsNewOne() {
        table.put("a", set(List.of("1", "2", "3"), List.of()));

        table.put("a", set(List.of("4", "5", "6", "7"), List.of()));

        assertThat(problem("a")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "x, plain, a template lacks {}",
        "' ', {}, it has a blank label",
        "elevenchars, {}, a label or template has more than 10 characters",
        "1;2;3;4, {};{}!, 4 labels with 2 templates are 8 texts"
    })
    void shouldTellWhatIsWrongWithASet(String labels, String templates, String problem) {
        table.put("a", set(List.of(labels.split(";")), List.of(templates.split(";"))));

        assertThat(problem("a")).contains(problem);
        assertThat(table.usable()).isEmpty();
    }

    private String problem(String name) {
        return table.find(name).map(LabelSetEntry::problem).orElse("no such set");
    }

    private static LabelSet set(List<String> labels, List<String> templates) {
        return new LabelSet("name", labels, templates);
    }
}
