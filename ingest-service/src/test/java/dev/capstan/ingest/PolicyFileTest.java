package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.ingest.concepts.ConceptList;
import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.platform.images.ImageFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

class PolicyFileTest {
    @TempDir
    private Path directory;

    @Test
    void shouldConfigureRulesOfEveryKind() throws IOException {
        Files.writeString(directory.resolve("concepts.json"), "[\"cat\"]");
        Path file = Files.writeString(directory.resolve("policy.yaml"), """
                # What we want.
                name: strict
                min-text-words: 3
                formats: [png, webp]
                background: "000000"
                max-aspect: 2.5
                duplicate-retention: 1d
                languages:
                  - en
                  - de
                honour-opt-outs: false
                concept-list: concepts.json
                balance-target: 50
                """);

        CurationPolicy policy = PolicyFile.read(file.toString());

        assertThat(policy.name()).isEqualTo("strict");
        assertThat(policy.text().minWords()).isEqualTo(3);
        assertThat(policy.text().languages()).containsExactly("de", "en");
        assertThat(policy.image().formats()).containsExactlyInAnyOrder(ImageFormat.PNG, ImageFormat.WEBP);
        assertThat(policy.image().background()).isZero();
        assertThat(policy.image().maxAspect()).isEqualTo(2.5);
        assertThat(policy.image().minSide())
                .isEqualTo(CurationPolicy.defaults().image().minSide());
        assertThat(policy.honourOptOuts()).isFalse();
        assertThat(policy.balance().target()).isEqualTo(50);
        assertThat(policy.balance().concepts()).contains(ConceptList.of(List.of("cat")));
    }

    @Test
    void shouldGiveFilesThatSayTheSameTheSameVersion() {
        CurationPolicy one = parse("name: p\nmin-side: 64\nmax-aspect: 2\n");
        CurationPolicy other = parse("# later\n{max-aspect: 2.0, name: 'p', min-side: 64}\n");

        assertThat(one.version()).isEqualTo(other.version()).matches("p-[0-9a-f]{8}");
        assertThat(one.version())
                .isNotEqualTo(parse("name: p\nmin-side: 65\nmax-aspect: 2\n").version());
    }

    @Test
    void shouldReportAllErrorsTogetherByTheKeysOfTheFile() {
        assertThatThrownBy(() -> parse("""
                        min-side: many
                        max-aspct: 3
                        formats: [png, tiff]
                        heldout-fraction: 0.9
                        name:
                        threads: 4
                        """))
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessageContaining("test.yaml")
                .hasMessageContaining("min-side is \"many\"")
                .hasMessageContaining("max-aspct is unknown")
                .hasMessageContaining("\"tiff\"")
                .hasMessageContaining("heldout-fraction")
                .hasMessageContaining("name in line 5")
                .hasMessageContaining("threads is unknown")
                .message()
                .doesNotContain("CAPSTAN_", "ingest.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | one mapping",
                "'- a' | one mapping",
                "'min-side: {a: 1}' | no plain value",
                "'a: &x 5\nmin-side: *x' | no plain value",
                "'min-side: 5\nmin-side: 6' | given twice",
                "'min-side: [5' | no valid YAML",
                "'min-side: 50\n---\nmin-side: 60' | one document",
                "'formats: [png, [gif]]' | no plain value",
            })
    void shouldSayWhatIsWrongWithTheStructure(String content, String problem) {
        assertThatThrownBy(() -> parse(content))
                .isInstanceOf(InvalidPolicyException.class)
                .hasMessageContaining(problem);
    }

    @ParameterizedTest
    @FieldSource("dev.capstan.ingest.PolicyFile#BUILT_IN")
    void shouldShipPoliciesThatAreValid(String name) {
        CurationPolicy policy = PolicyFile.read("builtin:" + name);

        assertThat(policy.name()).isEqualTo(name);
    }

    @Test
    void shouldNameThePoliciesThatItShips() {
        assertThatThrownBy(() -> PolicyFile.read("builtin:none")).hasMessageContaining("datacomp-basic, laion");
    }

    private static CurationPolicy parse(String content) {
        return PolicyFile.parse("test.yaml", content.getBytes(StandardCharsets.UTF_8), Path.of(""));
    }
}
