package dev.capstan.local.demo;

import dev.capstan.local.audit.Report;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A report in a few lines for a person. */
final class Summary {
    private Summary() {}

    static List<String> of(Report report) {
        List<String> lines = new ArrayList<>();
        long rejected = report.pairs().rejected().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        lines.add(text(
                "pairs       %,d crawled, %,d curated, %,d held out, %,d rejected",
                report.pairs().crawled(),
                report.pairs().curated(),
                report.pairs().heldout(),
                rejected));
        lines.add(text(
                "training    %,d pairs in %,d steps, %s pairs/s",
                report.training().pairs(),
                report.training().steps(),
                number(report.training().pairsPerSecond(), "%.0f")));
        lines.add(probes(report));
        lines.add(
                text("reloads     %,d, published to served %s", report.reloads().size(), slowest(report)));
        lines.add(answers("classify", report.requests().classify()));
        lines.add(answers("caption", report.requests().caption()));
        lines.add(text(
                "freshness   median %s s, p95 %s s",
                number(report.freshnessSeconds().p50(), "%.1f"),
                number(report.freshnessSeconds().p95(), "%.1f")));
        report.violations().forEach(violation -> lines.add("VIOLATION   " + violation));
        return lines;
    }

    private static String probes(Report report) {
        List<Report.Checkpoint> probed = report.checkpoints().stream()
                .filter(version -> version.newConcepts().classified() > 0)
                .toList();
        if (probed.isEmpty()) {
            return "probes      none answered";
        }
        Report.NewConcepts first = probed.get(0).newConcepts();
        Report.NewConcepts last = probed.get(probed.size() - 1).newConcepts();
        return text(
                "probes      right label %s to %s, caption exact %s to %s, version %d to %d",
                percent(first.zeroShotTop1()),
                percent(last.zeroShotTop1()),
                percent(first.captionExact()),
                percent(last.captionExact()),
                probed.get(0).version(),
                probed.get(probed.size() - 1).version());
    }

    private static String slowest(Report report) {
        // The first one waited for the service to start.
        return report.reloads().stream().skip(1).mapToLong(Report.Reload::publishToServingMs).max().stream()
                .mapToObj(millis -> text("in at most %,d ms", millis))
                .findFirst()
                .orElse("once");
    }

    private static String answers(String name, Report.Answers answers) {
        return text(
                "%-11s %,d asked, %,d answered, %,d rejected, %,d duplicates, p50 %s ms, p99 %s ms",
                name,
                answers.asked(),
                answers.answered(),
                answers.rejected(),
                answers.duplicates(),
                answers.p50Ms() == null ? "-" : answers.p50Ms(),
                answers.p99Ms() == null ? "-" : answers.p99Ms());
    }

    private static String percent(@Nullable Double share) {
        return share == null ? "-" : text("%.1f %%", 100 * share);
    }

    private static String number(@Nullable Double value, String format) {
        return value == null ? "-" : text(format, value);
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
