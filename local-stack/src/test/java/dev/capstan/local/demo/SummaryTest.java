package dev.capstan.local.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.local.audit.Report;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SummaryTest {
    @Test
    void shouldTellTheRunInAFewLines() {
        Report.Heldout heldout = new Report.Heldout(0.1, 0.2);
        Report report = report(
                List.of(
                        new Report.Checkpoint(1, 0, 10, 10, heldout, new Report.NewConcepts(0.021, 0.0, 100, 50)),
                        new Report.Checkpoint(2, 9, 10, 10, heldout, new Report.NewConcepts(null, null, 0, 0)),
                        new Report.Checkpoint(3, 20, 10, 10, heldout, new Report.NewConcepts(0.625, 0.2, 100, 50))),
                List.of(
                        new Report.Reload(1, "i", 9000, 9000),
                        new Report.Reload(2, "i", 450, 400),
                        new Report.Reload(3, "i", 1450, 1400)),
                new Report.Freshness(12.34, 40.0, 0),
                List.of("pair a was trained twice"));

        List<String> lines = Summary.of(report);

        assertThat(lines)
                .containsExactly(
                        "pairs       12,000 crawled, 11,000 curated, 500 held out, 500 rejected",
                        "training    10,000 pairs in 80 steps, 151 pairs/s",
                        "probes      right label 2.1 % to 62.5 %, caption exact 0.0 % to 20.0 %, version 1 to 3",
                        "reloads     3, published to served in at most 1,450 ms",
                        "classify    100 asked, 99 answered, 1 rejected, 0 duplicates, p50 20 ms, p99 80 ms",
                        "caption     0 asked, 0 answered, 0 rejected, 0 duplicates, p50 - ms, p99 - ms",
                        "freshness   median 12.3 s, p95 40.0 s",
                        "VIOLATION   pair a was trained twice");
    }

    @Test
    void shouldLeaveOutWhatWasNotMeasured() {
        Report report = report(
                List.of(),
                List.of(new Report.Reload(1, "i", 9000, 9000)),
                new Report.Freshness(null, null, 7),
                List.of());

        List<String> lines = Summary.of(report);

        assertThat(lines)
                .contains(
                        "probes      none answered",
                        "reloads     1, published to served once",
                        "freshness   median - s, p95 - s")
                .noneMatch(line -> line.startsWith("VIOLATION"));
    }

    private static Report report(
            List<Report.Checkpoint> checkpoints,
            List<Report.Reload> reloads,
            Report.Freshness freshness,
            List<String> violations) {
        return new Report(
                "capstan-demo",
                "2026-01-02T03:04:05Z",
                new Report.Pairs(12_000, 11_000, 500, new TreeMap<>(Map.of("text-too-short", 200L, "duplicate", 300L))),
                new Report.Training(10_000, 80, 150.6, List.of()),
                checkpoints,
                reloads,
                new Report.Requests(
                        new Report.Answers(100, 99, 1, 0, 20L, 80L), new Report.Answers(0, 0, 0, 0, null, null)),
                freshness,
                new TreeMap<>(),
                violations,
                null);
    }
}
