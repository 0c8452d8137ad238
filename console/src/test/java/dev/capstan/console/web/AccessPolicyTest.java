package dev.capstan.console.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AccessPolicyTest {
    private static final String TOKEN = "a-token-that-is-long";

    private final AccessPolicy open = new AccessPolicy(Optional.empty());
    private final AccessPolicy guarded = new AccessPolicy(Optional.of(TOKEN));

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:8090, true",
        "localhost:8090, true",
        "localhost, true",
        "[::1]:8090, true",
        "evil.example:8090, false",
        "127.0.0.1.evil.example, false",
        ", false"
    })
    void shouldAnswerOnlyUnderLoopbackNamesWithoutAToken(String host, boolean allowed) {
        assertThat(open.allowsHost(host)).isEqualTo(allowed);
    }

    @Test
    void shouldAnswerUnderAnyNameWithAToken() {
        assertThat(guarded.allowsHost("console.example")).isTrue();
    }

    @Test
    void shouldKnowWhoShowsTheTokenOrTheCookieOfItsLogin() {
        String cookie = guarded.login(TOKEN).orElseThrow();

        assertThat(cookie).isNotEqualTo(TOKEN);
        assertThat(guarded.isKnown(null, cookie)).isTrue();
        assertThat(guarded.isKnown("Bearer " + TOKEN, null)).isTrue();
        assertThat(guarded.isKnown("Bearer nonsense", cookie)).isFalse();
        assertThat(guarded.isKnown(null, TOKEN)).isFalse();
        assertThat(guarded.isKnown(null, null)).isFalse();
        assertThat(guarded.login("nonsense")).isEmpty();
        assertThat(guarded.login(null)).isEmpty();
        assertThat(open.isKnown(null, null)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "http://localhost:8090, localhost:8090, true",
        "https://console.example, console.example, true",
        "http://localhost:3000, localhost:8090, false",
        "http://evil.example, localhost:8090, false",
        "null, localhost:8090, false",
        ", localhost:8090, false"
    })
    void shouldTakeChangesFromItsOwnPageOnly(String origin, String host, boolean own) {
        assertThat(open.isOwnOrigin(origin, host)).isEqualTo(own);
    }
}
