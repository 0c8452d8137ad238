package dev.capstan.local.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lays a snapshot out as text. Pure. */
final class DemoView {
    private static final String BOLD = "\u001b[1m";
    private static final String DIM = "\u001b[2m";
    private static final String GREEN = "\u001b[32m";
    private static final String RESET = "\u001b[0m";
    private static final int SHOWN_VERSIONS = 8;
    private static final int BAR = 30;
    private static final int NARROWEST = 60;

    private final int columns;

    /** @param columns width of the terminal */
    DemoView(int columns) {
        this.columns = Math.max(NARROWEST, columns);
    }

    /** The whole screen for a terminal that can be drawn on again. */
    List<String> screen(DemoSnapshot now) {
        List<String> lines = new ArrayList<>();
        lines.add(BOLD + "capstan demo" + RESET + "  " + time(now) + "  " + now.stage() + memory(now));
        lines.add("");
        lines.add(row(
                "feed",
                "%.0f pairs/s%s",
                now.pairsPerSecond(),
                now.newConceptsFed() ? ", with " + now.newConcepts() : ", no " + now.newConcepts() + " yet"));
        lines.add(row("ingest", "%,d crawled   lag %.1f s", now.crawled(), now.ingestLagSeconds()));
        lines.add(row(
                "",
                "%,d curated   %,d held out   %,d rejected with a reason",
                now.curated(),
                now.heldout(),
                now.rejected()));
        lines.add(row(
                "trainer",
                "%,d pairs in checkpoints   step %,d   %s   lag to last checkpoint %.1f s",
                now.trained(),
                now.step(),
                losses(now),
                now.trainerLagSeconds()));
        lines.add(row("inference", "%s", serving(now)));
        lines.add(row("requests", "%s", requests(now)));
        lines.add("");
        lines.addAll(results(now));
        lines.addAll(examples(now));
        now.notices().forEach(notice -> lines.add("! " + notice));
        return lines.stream().map(this::cut).toList();
    }

    /** One line, for output that is kept. */
    String line(DemoSnapshot now) {
        String probes = now.results().isEmpty() ? "" : last(now.results(), now.newConcepts());
        return String.format(
                Locale.ROOT,
                "%s %s: %,d crawled, %,d trained, lag %.1f s, version %s served, %,d answered%s, %,d MB",
                time(now),
                now.stage(),
                now.crawled(),
                now.trained(),
                now.ingestLagSeconds() + now.trainerLagSeconds(),
                now.served().isPresent() ? now.served().getAsLong() : "-",
                now.requests().answered(),
                probes,
                now.residentMebibytes());
    }

    private static String last(List<ProbeBoard.Counts> results, String newConcepts) {
        ProbeBoard.Counts latest = results.get(results.size() - 1);
        return String.format(
                Locale.ROOT,
                ", %s: %.0f %% named, %.0f %% captioned exactly",
                newConcepts,
                100 * latest.topOne(),
                100 * latest.exact());
    }

    private static List<String> results(DemoSnapshot now) {
        List<String> lines = new ArrayList<>();
        lines.add(BOLD + "unseen pictures of " + now.newConcepts() + RESET + DIM
                + "   right label first              caption exactly right" + RESET);
        List<ProbeBoard.Counts> all = now.results();
        // The first version is where it all began, and stays.
        List<ProbeBoard.Counts> shown = new ArrayList<>();
        if (all.size() > SHOWN_VERSIONS) {
            shown.add(all.get(0));
        }
        shown.addAll(all.subList(Math.max(0, all.size() - SHOWN_VERSIONS), all.size()));
        for (ProbeBoard.Counts version : shown) {
            lines.add(String.format(
                    Locale.ROOT,
                    "  version %-4d %s %3.0f %%   %s %3.0f %%",
                    version.version(),
                    bar(version.topOne()),
                    100 * version.topOne(),
                    bar(version.exact()),
                    100 * version.exact()));
        }
        if (shown.isEmpty()) {
            lines.add(DIM + "  not asked yet" + RESET);
        }
        return lines;
    }

    private static List<String> examples(DemoSnapshot now) {
        if (now.examples().isEmpty()) {
            return List.of("");
        }
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add(
                BOLD + "a picture of ..." + RESET + DIM + "      first answer                   newest answer" + RESET);
        for (DemoSnapshot.Example example : now.examples()) {
            lines.add(String.format(
                    Locale.ROOT,
                    "  %-18s %-30s %s%s%s",
                    shorten(example.label(), 18),
                    shorten(example.first().caption(), 30),
                    example.latest().exact() ? GREEN : "",
                    shorten(example.latest().caption(), 40),
                    RESET));
        }
        lines.add("");
        return lines;
    }

    private static String bar(double share) {
        int full = (int) Math.round(share * BAR / 2);
        return "█".repeat(full) + "░".repeat(BAR / 2 - full);
    }

    private static String serving(DemoSnapshot now) {
        if (now.served().isEmpty()) {
            return "no version served yet";
        }
        String published =
                now.published().isPresent() ? " of " + now.published().getAsLong() : "";
        String swap = now.publishToServingMillis().isPresent()
                ? String.format(
                        Locale.ROOT,
                        "   published to served in %,d ms",
                        now.publishToServingMillis().getAsLong())
                : "";
        return "version " + now.served().getAsLong() + published + " served" + swap + "   " + now.reloads()
                + " reloads";
    }

    private static String requests(DemoSnapshot now) {
        RequestBoard.Counts counts = now.requests();
        String text = String.format(
                Locale.ROOT,
                "%,d asked   %,d answered   median %,d ms",
                counts.asked(),
                counts.answered(),
                counts.medianMillis());
        if (counts.refused() > 0) {
            text += String.format(Locale.ROOT, "   %,d refused", counts.refused());
        }
        if (counts.timedOut() > 0) {
            text += String.format(Locale.ROOT, "   %,d timed out", counts.timedOut());
        }
        return counts.problem() == null ? text : text + "   (" + counts.problem() + ")";
    }

    private static String losses(DemoSnapshot now) {
        List<String> losses = new ArrayList<>();
        if (Double.isFinite(now.contrastiveLoss())) {
            losses.add(String.format(Locale.ROOT, "contrastive %.2f", now.contrastiveLoss()));
        }
        if (Double.isFinite(now.captionLoss())) {
            losses.add(String.format(Locale.ROOT, "caption %.2f", now.captionLoss()));
        }
        return losses.isEmpty() ? "no loss yet" : "loss " + String.join(", ", losses);
    }

    private static String memory(DemoSnapshot now) {
        return now.residentMebibytes() == 0
                ? ""
                : String.format(Locale.ROOT, "  " + DIM + "%,d MB resident" + RESET, now.residentMebibytes());
    }

    private static String time(DemoSnapshot now) {
        String streamed = clock(now.streaming());
        return now.planned().isZero() ? streamed : streamed + "/" + clock(now.planned());
    }

    private static String clock(Duration time) {
        return String.format(Locale.ROOT, "%d:%02d", time.toMinutes(), time.toSecondsPart());
    }

    private static String row(String name, String format, Object... values) {
        return String.format(Locale.ROOT, "%-10s ", name) + String.format(Locale.ROOT, format, values);
    }

    private static String shorten(String text, int length) {
        String flat = text.replaceAll("\\s+", " ").strip();
        return flat.length() <= length ? flat : flat.substring(0, length - 1) + "…";
    }

    /** Cuts a line to the terminal's width; control sequences take no room. */
    private String cut(String line) {
        StringBuilder kept = new StringBuilder();
        int width = 0;
        for (int i = 0; i < line.length(); i++) {
            char next = line.charAt(i);
            if (next == '\u001b') {
                int end = line.indexOf('m', i);
                kept.append(line, i, end + 1);
                i = end;
            } else if (width < columns) {
                kept.append(next);
                width++;
            }
        }
        return kept.toString();
    }
}
