package dev.capstan.ingest.fetch.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RobotsTagTest {
    private final RobotsTag robots = new RobotsTag(RobotsTag.DEFAULT_DIRECTIVES, "capstan");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "noai",
                "NoImageAI",
                "noindex",
                "noimageindex",
                "none",
                "nofollow, noai",
                "capstan: noai",
                "capstan: nofollow, noindex",
                "*: noai",
                "otherbot: all, capstan: noindex",
                "max-snippet: 5, noai",
                "unavailable_after: 25 Jun 2030 15:00:00 PST, noimageai"
            })
    void shouldKeepOutWhatItsOwnerKeepsOut(String value) {
        assertThat(robots.forbids(List.of("all", value))).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "all", "nofollow", "otherbot: noai", "otherbot: nofollow, noindex", "max-snippet: 5", "noaim"
            })
    void shouldTakeWhatIsNotForbidden(String value) {
        assertThat(robots.forbids(List.of(value))).isEmpty();
    }

    @Test
    void shouldHonourNothingIfToldSo() {
        assertThat(new RobotsTag(Set.of(), "capstan").forbids(List.of("noai, none")))
                .isEmpty();
    }
}
