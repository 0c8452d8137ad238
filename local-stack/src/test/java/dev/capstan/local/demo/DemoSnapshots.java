package dev.capstan.local.demo;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/** Snapshots for tests of what is shown. */
final class DemoSnapshots {
    private DemoSnapshots() {}

    /** Nothing has happened yet. */
    static DemoSnapshot atTheStart() {
        return snapshot(
                Duration.ZERO,
                OptionalLong.empty(),
                Double.NaN,
                new RequestBoard.Counts(0, 0, 0, 0, 0, null),
                List.of(),
                List.of(),
                List.of());
    }

    /** In the middle of a run, with these results. */
    static DemoSnapshot running(
            List<ProbeBoard.Counts> results, List<DemoSnapshot.Example> examples, List<String> notices) {
        return snapshot(
                Duration.ofSeconds(75),
                OptionalLong.of(4),
                2.345,
                new RequestBoard.Counts(200, 190, 2, 1, 35, "no answer within 20 s"),
                results,
                examples,
                notices);
    }

    private static DemoSnapshot snapshot(
            Duration streaming,
            OptionalLong served,
            double loss,
            RequestBoard.Counts requests,
            List<ProbeBoard.Counts> results,
            List<DemoSnapshot.Example> examples,
            List<String> notices) {
        boolean started = served.isPresent();
        return new DemoSnapshot(
                "streaming",
                streaming,
                Duration.ofMinutes(5),
                "animals",
                started,
                250,
                started ? 12_345 : 0,
                started ? 11_000 : 0,
                started ? 600 : 0,
                started ? 745 : 0,
                started ? 10_000 : 0,
                started ? 80 : 0,
                loss,
                Double.NaN,
                1.25,
                2.5,
                started ? OptionalLong.of(5) : OptionalLong.empty(),
                served,
                started ? OptionalLong.of(420) : OptionalLong.empty(),
                started ? 4 : 0,
                requests,
                results,
                examples,
                started ? 2_100 : 0,
                notices);
    }
}
