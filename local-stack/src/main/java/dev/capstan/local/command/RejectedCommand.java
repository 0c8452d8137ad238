package dev.capstan.local.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.local.curation.Original;
import dev.capstan.local.curation.OriginalReader;
import dev.capstan.local.curation.PictureFiles;
import dev.capstan.local.curation.RejectedPairs;
import dev.capstan.local.curation.TakedownLog;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.records.RejectedPair;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says which pairs were refused, by which rule and why. */
@Command(
        name = "rejected",
        description = {
            "List the newest refusals of pairs.rejected, with counts by rule.",
            "With --sample and --images, look at the pictures: each is read where it was crawled, or has expired."
        },
        mixinStandardHelpOptions = true)
final class RejectedCommand implements Callable<Integer> {
    @Mixin
    private final ClusterOptions cluster = new ClusterOptions();

    @Option(
            names = "--rule",
            paramLabel = "RULE",
            split = ",",
            description = "Only refusals by these rules, for example image-too-small.")
    private List<String> rules = List.of();

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = Moment.Converter.class,
            description = "Only pairs fetched since: 2h, 7d, or 2026-01-31T12:00:00Z.")
    private @Nullable Moment since;

    @Option(
            names = "--limit",
            paramLabel = "COUNT",
            defaultValue = "20",
            description = "How many of the newest are listed (default: ${DEFAULT-VALUE}, at most "
                    + RejectedPairs.MAX_LIMIT + ").")
    private int limit;

    @Option(names = "--counts", description = "Counts only, no list.")
    private boolean countsOnly;

    @Option(
            names = "--sample",
            paramLabel = "COUNT",
            defaultValue = "0",
            description = "Instead of the newest, draw so many of each rule, each with the same probability (at most "
                    + RejectedPairs.MAX_SAMPLES + ").")
    private int samples;

    @Option(
            names = "--seed",
            paramLabel = "NUMBER",
            defaultValue = "0",
            description = "Another seed draws another sample (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--images",
            paramLabel = "DIR",
            description = "Write the sample's pictures and texts there, one directory a rule.")
    private @Nullable Path images;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** A refusal to be shown, and what became of its original if it was looked for. */
    private record Line(RejectedPair refused, Optional<Original> original, Optional<Path> picture) {}

    @Override
    public Integer call() throws IOException {
        RejectedPairs.Query query = query();
        KafkaSettings settings = cluster.require();
        RejectedPairs.Found found = RejectedPairs.find(
                settings, query, new ReadingNotes(spec.commandLine().getErr()));
        List<Line> lines = lines(settings, found);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            JsonOutput.print(out, tree(found, lines));
        } else {
            print(out, found, lines);
        }
        return ExitCodes.OK;
    }

    private RejectedPairs.Query query() {
        if (images != null && samples == 0) {
            throw new CommandException(ExitCodes.USAGE, "--images shows a sample: say how many with --sample");
        }
        if (countsOnly && samples > 0) {
            throw new CommandException(ExitCodes.USAGE, "Give --counts or --sample, not both");
        }
        try {
            return new RejectedPairs.Query(
                    Set.copyOf(rules),
                    Optional.ofNullable(since).map(moment -> moment.at(Clock.systemUTC())),
                    countsOnly || samples > 0 ? 0 : limit,
                    samples,
                    seed);
        } catch (IllegalArgumentException e) {
            throw new CommandException(ExitCodes.USAGE, "--" + e.getMessage());
        }
    }

    private List<Line> lines(KafkaSettings settings, RejectedPairs.Found found) throws IOException {
        if (samples == 0) {
            return found.newest().stream()
                    .map(refused -> new Line(refused, Optional.empty(), Optional.empty()))
                    .toList();
        }
        List<RejectedPair> sample =
                found.samples().values().stream().flatMap(List::stream).toList();
        Path directory = images;
        if (directory == null || sample.isEmpty()) {
            return sample.stream()
                    .map(refused -> new Line(refused, Optional.empty(), Optional.empty()))
                    .toList();
        }
        PictureFiles files = new PictureFiles(directory);
        List<Line> lines = new ArrayList<>();
        try (OriginalReader originals = new OriginalReader(settings, new TakedownLog(settings).known())) {
            for (RejectedPair refused : sample) {
                Original original = originals.read(refused);
                Optional<Path> picture = original.pair().isPresent()
                        ? Optional.of(files.write(refused, original.pair().get()))
                        : Optional.empty();
                lines.add(new Line(refused, Optional.of(original), picture));
            }
        }
        return lines;
    }

    private void print(PrintWriter out, RejectedPairs.Found found, List<Line> lines) {
        if (found.counts().isEmpty()) {
            out.println("No pair was refused" + (rules.isEmpty() && since == null ? "." : " that matches."));
        }
        found.counts().entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .forEach(rule -> out.printf(Locale.ROOT, "%,12d  %s%n", rule.getValue(), rule.getKey()));
        if (found.counts().size() > 1) {
            out.printf(Locale.ROOT, "%,12d  in all%n", found.total());
        }
        if (found.unreadable() > 0) {
            out.printf(Locale.ROOT, "%,12d  records of the topic cannot be read%n", found.unreadable());
        }
        if (!lines.isEmpty()) {
            out.println();
        }
        for (Line line : lines) {
            RejectedPair refused = line.refused();
            out.printf(
                    "%s  %s  %s-%d-%d  %s%n    %s%n",
                    refused.getRejectedAt(),
                    refused.getRule(),
                    refused.getTopic(),
                    refused.getPartition(),
                    refused.getOffset(),
                    refused.getPairId() == null ? "(no id)" : refused.getPairId(),
                    printable(refused.getDetail()));
            line.original()
                    .ifPresent(original -> out.printf(
                            "    %s%n", line.picture().map(Path::toString).orElseGet(original::state)));
        }
    }

    private ObjectNode tree(RejectedPairs.Found found, List<Line> lines) {
        ObjectNode root = JsonOutput.object();
        root.put("total", found.total());
        ObjectNode counts = root.putObject("counts");
        found.counts().forEach(counts::put);
        root.put("unreadable", found.unreadable());
        if (countsOnly) {
            return root;
        }
        ArrayNode list = root.putArray(samples > 0 ? "sample" : "newest");
        for (Line line : lines) {
            RejectedPair refused = line.refused();
            ObjectNode node = list.addObject()
                    .put("rule", refused.getRule())
                    .put("pairId", refused.getPairId())
                    .put("score", refused.getScore())
                    .put("threshold", refused.getThreshold())
                    .put("detail", refused.getDetail())
                    .put("policyVersion", refused.getPolicyVersion())
                    .put("topic", refused.getTopic())
                    .put("partition", refused.getPartition())
                    .put("offset", refused.getOffset())
                    .put("source", refused.getSource())
                    .put("rejectedAt", refused.getRejectedAt().toString());
            line.original().ifPresent(original -> node.put("original", original.state()));
            line.picture().ifPresent(picture -> node.put("picture", picture.toString()));
        }
        return root;
    }

    /** What came out of a record must not steer the terminal. */
    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", " ");
    }
}
