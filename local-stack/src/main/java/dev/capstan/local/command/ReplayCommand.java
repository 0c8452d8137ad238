package dev.capstan.local.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.ingest.InvalidPolicyException;
import dev.capstan.ingest.PolicyFile;
import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.local.curation.PolicyReplay;
import dev.capstan.local.curation.PolicyReplay.Difference;
import dev.capstan.platform.KafkaSettings;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Tries a policy on pairs that were crawled already. */
@Command(
        name = "replay",
        description = {
            "Run crawled pairs through curation again under another policy, and show what it would change.",
            "What it keeps goes to a side topic; nothing that the services use is touched."
        },
        footer = {
            "",
            "Curation begins without memory of what came before the range: a first copy before it is not known, and balance",
            "counts from nothing. Of equal pairs in different partitions another may count as the first."
        },
        mixinStandardHelpOptions = true)
final class ReplayCommand implements Callable<Integer> {
    @Mixin
    private final ClusterOptions cluster = new ClusterOptions();

    @Option(
            names = "--policy",
            required = true,
            paramLabel = "FILE",
            description = "Policy file, or builtin:NAME, for example builtin:datacomp-basic.")
    private String policy = "";

    @Option(
            names = {"--from", "--since"},
            paramLabel = "TIME",
            converter = Moment.Converter.class,
            description = "From pairs of this time on: 2h, 7d, or 2026-01-31T12:00:00Z (default: the oldest).")
    private @Nullable Moment from;

    @Option(
            names = "--to",
            paramLabel = "TIME",
            converter = Moment.Converter.class,
            description = "Up to pairs of this time (default: now).")
    private @Nullable Moment to;

    @Option(names = "--dry-run", description = "Count only; create no topic.")
    private boolean dryRun;

    @Option(
            names = "--topic",
            paramLabel = "NAME",
            description = "Name of the side topic (default: replay. and the policy's version).")
    private @Nullable String topic;

    @Option(
            names = "--retention",
            paramLabel = "TIME",
            defaultValue = "1d",
            converter = AskOptions.DurationConverter.class,
            description = "How long the side topic keeps its pairs (default: ${DEFAULT-VALUE}).")
    private Duration retention = Duration.ofDays(1);

    @Option(
            names = "--ingest-group",
            paramLabel = "NAME",
            defaultValue = "capstan-ingest",
            description =
                    "Application id of the ingest service, to know what it has judged (default: ${DEFAULT-VALUE}).")
    private String ingestGroup = "";

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private final Clock clock = Clock.systemUTC();

    @Override
    public Integer call() {
        CurationPolicy tried = policy();
        Optional<Instant> first = Optional.ofNullable(from).map(moment -> moment.at(clock));
        Optional<Instant> last = Optional.ofNullable(to).map(moment -> moment.at(clock));
        if (first.isPresent() && last.isPresent() && !first.get().isBefore(last.get())) {
            throw new CommandException(
                    ExitCodes.USAGE, "--from is " + first.get() + ", not before --to, which is " + last.get());
        }
        if (retention.compareTo(Duration.ofMinutes(1)) < 0) {
            throw new CommandException(ExitCodes.USAGE, "--retention must be at least a minute: " + retention);
        }
        KafkaSettings settings = cluster.require();
        Optional<String> side = dryRun
                ? Optional.empty()
                : Optional.of(Optional.ofNullable(topic).orElseGet(() -> PolicyReplay.sideTopic(tried)));
        Difference difference = PolicyReplay.run(
                settings,
                new PolicyReplay.Plan(tried, first, last, ingestGroup, side, retention),
                clock,
                new ReadingNotes(spec.commandLine().getErr()));
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            JsonOutput.print(out, tree(tried, side, difference));
        } else {
            print(out, tried, side, difference);
        }
        return ExitCodes.OK;
    }

    private CurationPolicy policy() {
        try {
            return PolicyFile.read(policy);
        } catch (InvalidPolicyException e) {
            throw new CommandException(ExitCodes.USAGE, String.valueOf(e.getMessage()));
        }
    }

    private static void print(PrintWriter out, CurationPolicy tried, Optional<String> side, Difference difference) {
        out.printf(Locale.ROOT, "%,d pairs under %s%n", difference.read(), tried.version());
        if (!difference.versionsBefore().isEmpty()) {
            out.printf("before under %s%n", String.join(", ", difference.versionsBefore()));
        }
        out.printf("%n%12s %12s%n", "before", "now");
        TreeSet<String> verdicts =
                new TreeSet<>(Comparator.comparing((String verdict) -> !verdict.equals(PolicyReplay.KEPT))
                        .thenComparing(Comparator.naturalOrder()));
        verdicts.addAll(difference.before().keySet());
        verdicts.addAll(difference.now().keySet());
        for (String verdict : verdicts) {
            out.printf(
                    Locale.ROOT,
                    "%,12d %,12d  %s%n",
                    difference.before().getOrDefault(verdict, 0L),
                    difference.now().getOrDefault(verdict, 0L),
                    verdict);
        }
        if (difference.changes().isEmpty()) {
            out.printf("%nNothing changes.%n");
        } else {
            out.printf("%nchanges%n");
        }
        difference.changes().entrySet().stream()
                .sorted(Comparator.comparing(change -> -change.getValue().pairs()))
                .forEach(change -> out.printf(
                        Locale.ROOT,
                        "%,12d  %s -> %s, for example %s%n",
                        change.getValue().pairs(),
                        change.getKey().from(),
                        change.getKey().to(),
                        change.getValue().examples().get(0)));
        if (difference.unreadable() > 0) {
            out.printf(
                    Locale.ROOT,
                    "%n%,d records of pairs.rejected cannot be read: what they refused counts as kept before.%n",
                    difference.unreadable());
        }
        side.ifPresent(name -> out.printf(
                Locale.ROOT,
                "%n%,d pairs are in topic %s; %,d that would be held out are not.%n",
                difference.now().getOrDefault(PolicyReplay.KEPT, 0L) - difference.heldOut(),
                name,
                difference.heldOut()));
    }

    private static ObjectNode tree(CurationPolicy tried, Optional<String> side, Difference difference) {
        ObjectNode root = JsonOutput.object();
        root.put("policyVersion", tried.version());
        ArrayNode versions = root.putArray("policyVersionsBefore");
        difference.versionsBefore().forEach(versions::add);
        root.put("read", difference.read());
        counts(root.putObject("before"), difference.before());
        counts(root.putObject("now"), difference.now());
        root.put("heldOut", difference.heldOut());
        root.put("unreadableRefusals", difference.unreadable());
        side.ifPresent(name -> root.put("topic", name));
        ArrayNode changes = root.putArray("changes");
        difference.changes().forEach((change, moved) -> {
            ObjectNode node = changes.addObject()
                    .put("from", change.from())
                    .put("to", change.to())
                    .put("pairs", moved.pairs());
            ArrayNode examples = node.putArray("examples");
            moved.examples().forEach(examples::add);
        });
        return root;
    }

    private static void counts(ObjectNode node, SortedMap<String, Long> counts) {
        counts.forEach(node::put);
    }
}
