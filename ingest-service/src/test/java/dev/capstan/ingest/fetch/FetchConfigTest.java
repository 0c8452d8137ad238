package dev.capstan.ingest.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.InvalidConfigurationException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FetchConfigTest {

    @Test
    void shouldHaveDefaults() {
        FetchConfig config = config(Map.of());

        assertThat(config.web().robotsTags()).containsExactlyInAnyOrder("noai", "noimageai", "noindex", "noimageindex");
        assertThat(config.web().allowedAddresses()).isEmpty();
        assertThat(config.web().maxBytes()).isEqualTo(2 << 20);
        assertThat(config.hosts().interval()).isEqualTo(Duration.ofMillis(100));
        assertThat(config.retry().maxAttempts()).isEqualTo(4);
        assertThat(config.work().requests()).isEqualTo(1000);
        assertThat(config.group().name()).isEqualTo("capstan-fetch");
        assertThat(config.group().instance()).isEmpty();
    }

    @Test
    void shouldMapEveryKey() {
        FetchConfig config = config(Map.ofEntries(
                Map.entry("fetch.user-agent", "we (https://we.example)"),
                Map.entry("fetch.robot-name", "We"),
                Map.entry("fetch.robots-tags", "NoAI"),
                Map.entry("fetch.allowed-addresses", "10.0.0.0/8,::1"),
                Map.entry("fetch.connect-timeout", "1s"),
                Map.entry("fetch.request-timeout", "2s"),
                Map.entry("fetch.max-bytes", "3"),
                Map.entry("fetch.max-redirects", "4"),
                Map.entry("fetch.resolver-threads", "5"),
                Map.entry("fetch.requests", "6"),
                Map.entry("fetch.host-interval", "7ms"),
                Map.entry("fetch.host-requests", "8"),
                Map.entry("fetch.host-queue", "9"),
                Map.entry("fetch.host-wait", "10s"),
                Map.entry("fetch.max-attempts", "11"),
                Map.entry("fetch.retry-first-delay", "12s"),
                Map.entry("fetch.retry-max-delay", "13s"),
                Map.entry("fetch.give-up-after", "14m"),
                Map.entry("fetch.window", "15"),
                Map.entry("fetch.pending-bytes", "1600000"),
                Map.entry("fetch.body-bytes", "17"),
                Map.entry("fetch.batch-records", "18"),
                Map.entry("fetch.commit-interval", "19ms"),
                Map.entry("fetch.group", "twenty"),
                Map.entry("fetch.instance", "one"),
                Map.entry("fetch.session-timeout", "21s"),
                Map.entry("fetch.transaction-timeout", "22s"),
                Map.entry("fetch.provision-topics", "false")));

        assertThat(config.web().userAgent()).isEqualTo("we (https://we.example)");
        assertThat(config.web().robotName()).isEqualTo("we");
        assertThat(config.web().robotsTags()).containsExactly("noai");
        assertThat(config.web().allowedAddresses()).extracting(Object::toString).containsExactly("10.0.0.0/8", "::1");
        assertThat(config.web().connectTimeout()).isEqualTo(Duration.ofSeconds(1));
        assertThat(config.web().requestTimeout()).isEqualTo(Duration.ofSeconds(2));
        assertThat(config.web().maxBytes()).isEqualTo(3);
        assertThat(config.web().maxRedirects()).isEqualTo(4);
        assertThat(config.web().resolverThreads()).isEqualTo(5);
        assertThat(config.web().maxConnections()).isEqualTo(6);
        assertThat(config.web().connectionsPerHost()).isEqualTo(8);
        assertThat(config.hosts().interval()).isEqualTo(Duration.ofMillis(7));
        assertThat(config.hosts().concurrency()).isEqualTo(8);
        assertThat(config.hosts().queueLength()).isEqualTo(9);
        assertThat(config.hosts().maxWait()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.retry())
                .isEqualTo(new FetchConfig.Retry(
                        11, Duration.ofSeconds(12), Duration.ofSeconds(13), Duration.ofMinutes(14)));
        assertThat(config.work()).isEqualTo(new FetchConfig.Work(6, 15, 1_600_000, 17, 18, Duration.ofMillis(19)));
        assertThat(config.group())
                .isEqualTo(new FetchConfig.Group(
                        "twenty", Optional.of("one"), Duration.ofSeconds(21), Duration.ofSeconds(22), false));
    }

    @Test
    void shouldHonourNoRobotsTagIfToldSo() {
        assertThat(config(Map.of("fetch.honour-robots", "false")).web().robotsTags())
                .isEmpty();
    }

    @Test
    void shouldNameEveryErrorAtOnce() {
        Map<String, String> wrong = Map.of(
                "fetch.allowed-addresses", "localhost",
                "fetch.window", "99999",
                "fetch.body-bytes", "1",
                "fetch.retry-first-delay", "11m",
                "fetch.user-agent", "caf\u00e9",
                "fetch.host-intervall", "1s");

        assertThatThrownBy(() -> config(wrong))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContainingAll(wrong.keySet().toArray(String[]::new));
    }

    @Test
    void shouldNameChangedRulesAnew() {
        String version = config(Map.of()).policyVersion();

        assertThat(config(Map.of()).policyVersion()).isEqualTo(version).startsWith("fetch-");
        assertThat(config(Map.of("fetch.max-bytes", "100")).policyVersion()).isNotEqualTo(version);
        assertThat(config(Map.of("fetch.robots-tags", "noai")).policyVersion()).isNotEqualTo(version);
    }

    private static FetchConfig config(Map<String, String> more) {
        Map<String, String> values =
                new HashMap<>(Map.of("bootstrap-servers", "127.0.0.1:1", "registry", "mock://unused"));
        values.putAll(more);
        return FetchConfig.from(ConfigurationSource.of(values));
    }
}
