package dev.capstan.local.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.local.curation.BalanceReport;
import dev.capstan.platform.KafkaSettings;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Looks at what curation does to a stream. */
@Command(
        name = "curate",
        description = "Look at what curation does to the stream.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class CurateCommand implements Runnable {
    private static final int MAX_TARGETS = 16;
    private static final int MAX_CONCEPTS_LISTED = 100_000;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private final Clock clock = Clock.systemUTC();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Say what to do, for example: capstan curate report");
    }

    @Command(
            name = "report",
            description = {
                "Count the pairs of each listed concept, and compare balance in one pass with balance in two.",
                "Reads what was kept and what balance left out, twice; other rules' refusals do not count."
            },
            mixinStandardHelpOptions = true)
    int report(
            @Mixin ClusterOptions cluster,
            @Option(
                            names = {"--from", "--since"},
                            paramLabel = "TIME",
                            converter = Moment.Converter.class,
                            description =
                                    "From pairs of this time on: 2h, 7d, or 2026-01-31T12:00:00Z (default: the oldest).")
                    @Nullable
                    Moment from,
            @Option(
                            names = "--to",
                            paramLabel = "TIME",
                            converter = Moment.Converter.class,
                            description = "Up to pairs of this time (default: now).")
                    @Nullable
                    Moment to,
            @Option(
                            names = "--target",
                            paramLabel = "PAIRS",
                            defaultValue = "" + CurationPolicy.Balance.DEFAULT_TARGET,
                            description =
                                    "The policy's balance-target, to which the stream was balanced (default: ${DEFAULT-VALUE}).")
                    long target,
            @Option(
                            names = "--t",
                            paramLabel = "PAIRS",
                            split = ",",
                            description = "Further targets: how many pairs would two passes keep? At most "
                                    + MAX_TARGETS + ".")
                    @Nullable
                    List<Long> others,
            @Option(
                            names = "--limit",
                            paramLabel = "COUNT",
                            defaultValue = "20",
                            description =
                                    "How many of the most frequent concepts are listed (default: ${DEFAULT-VALUE}).")
                    int limit,
            @Option(names = "--json", description = "Print one JSON object.") boolean json) {
        List<Long> targets = new ArrayList<>(List.of(target));
        if (others != null) {
            others.stream().filter(other -> !targets.contains(other)).forEach(targets::add);
        }
        if (targets.size() > MAX_TARGETS + 1 || targets.stream().anyMatch(wanted -> wanted < 1)) {
            throw new CommandException(
                    ExitCodes.USAGE, "Targets are positive, and at most " + MAX_TARGETS + " are compared: " + targets);
        }
        if (limit < 0 || limit > MAX_CONCEPTS_LISTED) {
            throw new CommandException(
                    ExitCodes.USAGE, "--limit must be from 0 to " + MAX_CONCEPTS_LISTED + ": " + limit);
        }
        Optional<Instant> first = Optional.ofNullable(from).map(moment -> moment.at(clock));
        Optional<Instant> last = Optional.ofNullable(to).map(moment -> moment.at(clock));
        KafkaSettings settings = cluster.require();
        BalanceReport.Found found = BalanceReport.find(
                settings,
                first,
                last,
                targets,
                limit,
                new ReadingNotes(spec.commandLine().getErr()));
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            JsonOutput.print(out, tree(found));
        } else {
            print(out, found);
        }
        return ExitCodes.OK;
    }

    private static void print(PrintWriter out, BalanceReport.Found found) {
        if (found.unreadable() > 0) {
            out.printf(Locale.ROOT, "%,d records cannot be read and do not count.%n", found.unreadable());
        }
        if (found.pairs() == 0) {
            out.printf(
                    Locale.ROOT,
                    "No pair names a concept of the policy's list; %,d pairs name none. Balance needs concept-list in the "
                            + "policy.%n",
                    found.withoutConcept());
            return;
        }
        out.printf(
                Locale.ROOT,
                "%,d pairs name a concept: %,d kept, %,d left out by balance; %,d name none%n",
                found.pairs(),
                found.kept(),
                found.leftOut(),
                found.withoutConcept());
        BalanceReport.Divergence divergence = found.divergence();
        out.printf(
                Locale.ROOT,
                "two passes at t = %,d would keep %,d: one pass kept %+.2f %%%n"
                        + "  both %,d, one pass alone %,d, two passes alone %,d%n%n",
                divergence.target(),
                divergence.both() + divergence.twoPassOnly(),
                100 * divergence.excess(),
                divergence.both(),
                divergence.onePassOnly(),
                divergence.twoPassOnly());
        found.keptByTarget()
                .forEach((target, kept) -> out.printf(
                        Locale.ROOT,
                        "t = %,11d  two passes keep %,12d  (%.1f %%)%n",
                        target,
                        kept,
                        100.0 * kept / found.pairs()));
        out.printf(Locale.ROOT, "%n%12s %12s  of %,d concepts%n", "pairs", "kept", found.concepts());
        found.mostFrequent()
                .forEach(concept -> out.printf(
                        Locale.ROOT,
                        "%,12d %,12d  %s%n",
                        concept.pairs(),
                        concept.kept(),
                        concept.name().replaceAll("\\p{Cntrl}", " ")));
        if (found.conceptsPassedOver() > 0) {
            out.printf(
                    Locale.ROOT,
                    "%,d mentions of further concepts are not counted: at most %,d are.%n",
                    found.conceptsPassedOver(),
                    BalanceReport.MAX_CONCEPTS);
        }
    }

    private static ObjectNode tree(BalanceReport.Found found) {
        ObjectNode root = JsonOutput.object();
        root.put("pairs", found.pairs())
                .put("kept", found.kept())
                .put("leftOut", found.leftOut())
                .put("withoutConcept", found.withoutConcept())
                .put("unreadable", found.unreadable())
                .put("concepts", found.concepts())
                .put("conceptsPassedOver", found.conceptsPassedOver());
        BalanceReport.Divergence divergence = found.divergence();
        root.putObject("divergence")
                .put("target", divergence.target())
                .put("both", divergence.both())
                .put("onePassOnly", divergence.onePassOnly())
                .put("twoPassOnly", divergence.twoPassOnly())
                .put("excess", divergence.excess());
        ArrayNode targets = root.putArray("targets");
        found.keptByTarget()
                .forEach((target, kept) ->
                        targets.addObject().put("target", target).put("twoPassKeeps", kept));
        ArrayNode concepts = root.putArray("mostFrequent");
        found.mostFrequent()
                .forEach(concept -> concepts.addObject()
                        .put("concept", concept.name())
                        .put("pairs", concept.pairs())
                        .put("kept", concept.kept()));
        return root;
    }
}
