package dev.capstan.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.Meter;
import io.micrometer.prometheusmetrics.PrometheusNamingConvention;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Alerts and dashboards speak of metrics that there are, and each alert has its runbook and its test. What they mean, promtool tests. */
final class AlertRulesTest {
    private static final Path ROOT = Path.of(System.getProperty("capstan.root"));
    private static final List<String> MODULES =
            List.of("platform", "ingest-service", "trainer-service", "inference-service", "console");

    /** A metric of ours that is no recorded one: those have a colon. */
    private static final Pattern METRIC = Pattern.compile("\\b(?:capstan|kafka|process|jvm)_[a-z0-9_]+\\b(?!:)");

    /** What every service's JVM exports by the names of its libraries; platform's {@code ServiceMainTest} holds it to them. */
    private static final Set<String> OF_LIBRARIES =
            Set.of("process_resident_memory_bytes", "jvm_memory_committed_bytes");

    private static final Pattern RECORDED = Pattern.compile("\\bcapstan:[a-z_]+:[a-z0-9]+");

    private static final Pattern METER =
            Pattern.compile("\"((?:capstan|kafka)\\.[a-z0-9.]+)\"|PREFIX \\+ \"([a-z.]+)\"");
    private static final Pattern PREFIX = Pattern.compile("String PREFIX = \"([a-z.]+)\"");

    @Test
    void shouldNameOnlyMetricsThatServicesRegister() throws IOException {
        Set<String> exported = exported();
        Set<String> named = matches(METRIC, Files.readString(ROOT.resolve("ops/prometheus/rules.yml")));

        assertThat(named).hasSizeGreaterThan(8).isSubsetOf(exported);
    }

    @Test
    void shouldDrawOnlyMetricsThatServicesRegister() throws IOException {
        String rules = Files.readString(ROOT.resolve("ops/prometheus/rules.yml"));
        Set<String> exported = exported();
        JsonNode dashboard = new ObjectMapper()
                .readTree(ROOT.resolve("ops/grafana/dashboards/capstan.json").toFile());
        List<String> expressions = dashboard.findValuesAsText("expr");

        assertThat(expressions).hasSizeGreaterThan(12).allSatisfy(expression -> {
            Set<String> recorded = matches(RECORDED, expression);
            assertThat(recorded).allSatisfy(name -> assertThat(rules).contains("record: " + name));
            Set<String> named = matches(METRIC, expression);
            assertThat(named).isSubsetOf(exported);
            assertThat(recorded.size() + named.size()).isPositive();
        });
        assertThat(dashboard.get("panels")).allSatisfy(panel -> {
            assertThat(panel.at("/datasource/uid").asText()).isEqualTo("prometheus");
            assertThat(panel.get("title").asText()).isNotBlank();
        });
    }

    @Test
    void shouldHaveARunbookAndATestForEveryAlert() throws IOException {
        String rules = Files.readString(ROOT.resolve("ops/prometheus/rules.yml"));
        String tests = Files.readString(ROOT.resolve("ops/prometheus/rules-test.yml"));
        Matcher alerts = Pattern.compile("alert: (\\w+)").matcher(rules);
        Set<String> names = new TreeSet<>();
        while (alerts.find()) {
            names.add(alerts.group(1));
        }

        assertThat(names).hasSizeGreaterThan(5).allSatisfy(name -> {
            assertThat(rules).contains("runbook: ops/runbooks/" + name + ".md");
            assertThat(ROOT.resolve("ops/runbooks/" + name + ".md"))
                    .content()
                    .contains("# " + name, "**Look**", "**Do**", "**Clear when**");
            assertThat(tests).contains("runbook: ops/runbooks/" + name + ".md");
        });
    }

    /** What Prometheus may see of each meter that a service's sources name, by Micrometer's own rules for names. */
    private static Set<String> exported() throws IOException {
        PrometheusNamingConvention convention = new PrometheusNamingConvention();
        Set<String> exported = new TreeSet<>(OF_LIBRARIES);
        for (String meter : meters()) {
            exported.add(convention.name(meter, Meter.Type.GAUGE));
            exported.add(convention.name(meter, Meter.Type.COUNTER) + "_total");
            String timer = convention.name(meter, Meter.Type.TIMER, "seconds");
            String summary = convention.name(meter, Meter.Type.DISTRIBUTION_SUMMARY);
            for (String part : List.of("_count", "_sum", "_max", "_bucket")) {
                exported.add(timer + part);
                exported.add(summary + part);
            }
        }
        return exported;
    }

    private static Set<String> meters() throws IOException {
        Set<String> meters = new TreeSet<>();
        for (String module : MODULES) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
                for (Path file :
                        files.filter(one -> one.toString().endsWith(".java")).collect(Collectors.toList())) {
                    String source = read(file);
                    Matcher prefix = PREFIX.matcher(source);
                    String before = prefix.find() ? prefix.group(1) : "";
                    Matcher names = METER.matcher(source);
                    while (names.find()) {
                        meters.add(names.group(1) == null ? before + names.group(2) : names.group(1));
                    }
                }
            }
        }
        return meters;
    }

    private static Set<String> matches(Pattern pattern, String text) {
        Set<String> found = new TreeSet<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            found.add(matcher.group());
        }
        return found;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
