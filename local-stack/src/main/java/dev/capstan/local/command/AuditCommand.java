package dev.capstan.local.command;

import dev.capstan.local.audit.Audit;
import dev.capstan.local.audit.Report;
import dev.capstan.local.audit.ReportFile;
import dev.capstan.local.demo.Demo;
import dev.capstan.local.stack.LocalStack;
import dev.capstan.local.stack.StackHome;
import dev.capstan.local.stack.StackOptions;
import dev.capstan.local.stack.StackState;
import dev.capstan.platform.KafkaSettings;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Recomputes a report from the topics. */
@Command(
        name = "audit",
        description = {
            "Recompute every figure of a run from its topics alone.",
            "With --report the figures are compared with a report, field by field; exit code 1 if any differs."
        },
        footer = {
            "",
            "Reads the stack that runs, or the cluster that is named; else it starts broker and registry over the topics",
            "that the run left behind, reads them, and stops again."
        },
        mixinStandardHelpOptions = true)
final class AuditCommand implements Callable<Integer> {
    @Mixin
    private final ClusterOptions cluster = new ClusterOptions();

    @Option(names = "--report", paramLabel = "FILE", description = "Report to compare with.")
    private @Nullable Path report;

    @Option(names = "--output", paramLabel = "FILE", description = "Write the recomputed figures to a file.")
    private @Nullable Path output;

    @Option(
            names = "--model",
            paramLabel = "NAME",
            description = "Model to audit (default: the report's, or " + Demo.MODEL + ").")
    private @Nullable String model;

    @Option(
            names = "--run",
            paramLabel = "DIR",
            description = "Directory of the run to read where none runs (default: the report's, or the last demo's).")
    private @Nullable Path run;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        Optional<ReportFile> stated = Optional.ofNullable(report).map(ReportFile::read);
        Report recomputed = recompute(stated);
        PrintWriter out = spec.commandLine().getOut();
        if (output != null) {
            ReportFile.write(recomputed, output);
            out.println("Wrote " + output + ".");
        }
        if (stated.isEmpty()) {
            if (output == null) {
                out.println(ReportFile.text(recomputed));
            }
            return recomputed.violations().isEmpty() ? ExitCodes.OK : ExitCodes.FAILED;
        }
        List<String> differences = stated.get().differences(recomputed);
        differences.forEach(out::println);
        recomputed.violations().forEach(violation -> out.println("violation: " + violation));
        out.println(
                differences.isEmpty()
                        ? "The topics confirm every figure of " + report + "."
                        : differences.size() + " figures of " + report + " differ from the topics.");
        return differences.isEmpty() && recomputed.violations().isEmpty() ? ExitCodes.OK : ExitCodes.FAILED;
    }

    private Report recompute(Optional<ReportFile> stated) throws InterruptedException {
        StackHome home = StackHome.locate();
        Optional<KafkaSettings> reachable = cluster.given().or(() -> running(home, stated));
        if (reachable.isPresent()) {
            return read(reachable.get(), stated);
        }
        Path directory = keptRun(home, stated);
        note("Starting broker and registry over " + directory + " ...");
        StackOptions options =
                StackOptions.infrastructure(directory.getFileName().toString(), directory);
        try (LocalStack stack = LocalStack.start(home, options, line -> {})) {
            StopSignals.onSignal(stack::close);
            stack.awaitReady();
            return read(stack.settings(), stated);
        }
    }

    private Report read(KafkaSettings settings, Optional<ReportFile> stated) {
        String audited = model != null ? model : stated.map(ReportFile::model).orElse(Demo.MODEL);
        Instant now = stated.map(ReportFile::auditedAt).orElseGet(Instant::now);
        return new Audit(settings, audited, topic -> note("Reading " + topic + " ...")).run(now);
    }

    /** The running stack, unless the report is of another run that can be read instead. */
    private Optional<KafkaSettings> running(StackHome home, Optional<ReportFile> stated) {
        if (run != null) {
            return Optional.empty();
        }
        Optional<Path> reported = stated.flatMap(ReportFile::directory);
        return home.runningStack()
                .filter(state -> reported.isEmpty() || reported.get().equals(Path.of(state.directory())))
                .map(StackState::settings);
    }

    private Path keptRun(StackHome home, Optional<ReportFile> stated) {
        Path directory = run != null
                ? run.toAbsolutePath()
                : stated.flatMap(ReportFile::directory).orElseGet(() -> home.run("demo"));
        if (!Files.isDirectory(directory.resolve("broker"))) {
            throw new CommandException(
                    ExitCodes.NO_STACK,
                    "There are no topics to read: no stack runs, and " + directory
                            + " holds none. Run ./capstan demo, or "
                            + "name a cluster with --bootstrap-servers and --registry, or a kept run with --run");
        }
        return directory;
    }

    private void note(String text) {
        spec.commandLine().getErr().println(text);
    }
}
