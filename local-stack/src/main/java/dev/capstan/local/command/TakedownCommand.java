package dev.capstan.local.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.local.curation.CopySearch;
import dev.capstan.local.curation.TakedownLog;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.records.Takedown;
import dev.capstan.schemas.records.TakedownPlace;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Takes pairs out of what is shown and learnt from. */
@Command(
        name = "takedown",
        description = {
            "Take pairs down: every service stops showing and learning from them at once.",
            "The bytes leave with their topics' retention; the weights of checkpoints that saw a pair stay what they are."
        },
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class TakedownCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private final Clock clock = Clock.systemUTC();

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "Say what to do, for example: capstan takedown add --url https://example.org/a.jpg");
    }

    @Command(
            name = "add",
            description = {
                "Take something down, then search the topics for its copies and note where they stand.",
                "What is taken down already is searched for anew, and what was noted before is kept."
            },
            mixinStandardHelpOptions = true)
    int add(
            @Mixin ClusterOptions cluster,
            @ArgGroup(multiplicity = "1") TakedownSubject subject,
            @Option(names = "--reason", required = true, description = "Why, in one sentence.") String reason,
            @Option(
                            names = "--no-search",
                            description = "Do not read the topics; which checkpoints saw it is not noted.")
                    boolean unsearched,
            @Option(names = "--json", description = "Print one JSON object.") boolean json) {
        String key = subject.key();
        KafkaSettings settings = cluster.require();
        TakedownLog log = new TakedownLog(settings);
        Optional<Takedown> before = log.all().getOrDefault(key, Optional.empty());
        Takedown takedown = Takedown.newBuilder()
                .setKind(TakedownSubject.kind(key))
                .setSubject(TakedownSubject.subject(key))
                .setReason(reason)
                .setRequestedBy(System.getProperty("user.name", "somebody"))
                .setRequestedAt(before.map(Takedown::getRequestedAt).orElseGet(this::now))
                .setSearchedAt(before.map(Takedown::getSearchedAt).orElse(null))
                .setPlaces(before.map(Takedown::getPlaces).orElse(List.of()))
                .setFurtherPlaces(before.map(Takedown::getFurtherPlaces).orElse(0L))
                .build();
        // First of all, so that it holds whatever becomes of the search.
        log.put(takedown);
        CopySearch.Found found = new CopySearch.Found(List.of(), 0);
        if (!unsearched) {
            spec.commandLine().getErr().println(key + " is taken down; searching the topics for copies ...");
            found = search(settings, key);
            List<TakedownPlace> places = TakedownReport.places(Optional.of(takedown), found);
            int kept = Math.min(places.size(), CopySearch.MAX_COPIES);
            takedown.setPlaces(places.subList(0, kept));
            takedown.setFurtherPlaces(found.further() + places.size() - kept);
            takedown.setSearchedAt(now());
            log.put(takedown);
        }
        return show(TakedownReport.of(settings, key, Optional.of(takedown), found), json);
    }

    @Command(
            name = "show",
            description = "Search the topics for copies; say until when each stays and which checkpoints saw one.",
            mixinStandardHelpOptions = true)
    int show(
            @Mixin ClusterOptions cluster,
            @ArgGroup(multiplicity = "1") TakedownSubject subject,
            @Option(names = "--json", description = "Print one JSON object.") boolean json) {
        String key = subject.key();
        KafkaSettings settings = cluster.require();
        Optional<Takedown> takedown = new TakedownLog(settings).all().getOrDefault(key, Optional.empty());
        return show(TakedownReport.of(settings, key, takedown, search(settings, key)), json);
    }

    @Command(name = "list", description = "List what is taken down.", mixinStandardHelpOptions = true)
    int list(
            @Mixin ClusterOptions cluster,
            @Option(names = "--json", description = "Print one JSON object.") boolean json) {
        Map<String, Optional<Takedown>> takedowns = new TakedownLog(cluster.require()).all();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            ObjectNode root = JsonOutput.object();
            ArrayNode list = root.putArray("takedowns");
            takedowns.forEach((key, takedown) -> {
                ObjectNode node = list.addObject().put("key", key);
                takedown.ifPresent(record -> node.put(
                                "requestedAt", record.getRequestedAt().toString())
                        .put("requestedBy", record.getRequestedBy())
                        .put("reason", record.getReason())
                        .put("places", record.getPlaces().size() + record.getFurtherPlaces()));
            });
            JsonOutput.print(out, root);
            return ExitCodes.OK;
        }
        if (takedowns.isEmpty()) {
            out.println("Nothing is taken down.");
        }
        takedowns.forEach((key, takedown) -> out.printf(
                "%s%n  %s%n",
                key,
                takedown.map(record ->
                                record.getRequestedAt() + " by " + record.getRequestedBy() + ": " + record.getReason())
                        .orElse("honoured, but its record cannot be read")));
        return ExitCodes.OK;
    }

    @Command(
            name = "lift",
            description = "Lift a takedown: pairs that come from now on are taken again.",
            mixinStandardHelpOptions = true)
    int lift(@Mixin ClusterOptions cluster, @ArgGroup(multiplicity = "1") TakedownSubject subject) {
        String key = subject.key();
        TakedownLog log = new TakedownLog(cluster.require());
        if (!log.all().containsKey(key)) {
            throw new CommandException(ExitCodes.REFUSED, key + " is not taken down: see ./capstan takedown list");
        }
        log.lift(key);
        spec.commandLine().getOut().println(key + " is lifted.");
        return ExitCodes.OK;
    }

    private int show(TakedownReport report, boolean json) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            JsonOutput.print(out, report.tree());
        } else {
            report.print(out);
        }
        return ExitCodes.OK;
    }

    private CopySearch.Found search(KafkaSettings settings, String key) {
        return CopySearch.find(
                settings,
                key,
                TakedownReport.WITH_PICTURES,
                new ReadingNotes(spec.commandLine().getErr()));
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }
}
