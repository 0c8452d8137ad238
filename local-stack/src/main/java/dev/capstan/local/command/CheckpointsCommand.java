package dev.capstan.local.command;

import dev.capstan.checkpoints.CheckpointLog;
import dev.capstan.checkpoints.Promotion;
import dev.capstan.checkpoints.PromotionResult;
import dev.capstan.schemas.records.CheckpointLineage;
import dev.capstan.schemas.records.Evaluation;
import dev.capstan.schemas.records.LiveVersion;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists checkpoints, and chooses the one that is served. */
@Command(
        name = "checkpoints",
        description = "List the checkpoints of a model, or choose the one that is served.",
        mixinStandardHelpOptions = true)
final class CheckpointsCommand implements Callable<Integer> {
    private static final double MEBIBYTE = 1024.0 * 1024.0;

    @Mixin
    private final ClusterOptions cluster = new ClusterOptions();

    @Option(names = "--model", defaultValue = "capstan-demo", description = "Model name (default: ${DEFAULT-VALUE}).")
    private String model = "";

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (CheckpointLog log = new CheckpointLog(cluster.require().clientProperties())) {
            List<CheckpointLineage> lineage = log.lineage(model);
            if (lineage.isEmpty()) {
                out.printf("The log has no checkpoint of %s.%n", model);
                return ExitCodes.OK;
            }
            Optional<LiveVersion> live = log.live(model);
            out.printf(
                    "%-9s %-8s %-9s %8s %9s %10s %9s %9s  %s%n",
                    "version", "parent", "mode", "step", "pairs", "published", "recall@1", "top-1", "when");
            for (CheckpointLineage checkpoint : lineage) {
                boolean served = live.isPresent() && live.get().getVersion() == checkpoint.getVersion();
                print(out, checkpoint, served);
            }
            live.ifPresent(version -> out.printf(
                    "%nlive: %d, %s by %s: %s%n",
                    version.getVersion(),
                    version.getAction().name().toLowerCase(Locale.ROOT),
                    version.getDecidedBy(),
                    version.getReason()));
            return ExitCodes.OK;
        }
    }

    @Command(name = "promote", description = "Serve a newer version.", mixinStandardHelpOptions = true)
    int promote(
            @Mixin ClusterOptions where,
            @Option(
                            names = "--model",
                            defaultValue = "capstan-demo",
                            description = "Model name (default: ${DEFAULT-VALUE}).")
                    String name,
            @Option(names = "--reason", required = true, description = "Why, in one sentence.") String reason,
            @Parameters(paramLabel = "VERSION", description = "Version to serve.") long version) {
        try (Promotion promotion = new Promotion(where.require().clientProperties())) {
            return report(promotion.promote(name, version, reason, decidedBy()));
        }
    }

    @Command(name = "rollback", description = "Serve an earlier version again.", mixinStandardHelpOptions = true)
    int rollback(
            @Mixin ClusterOptions where,
            @Option(
                            names = "--model",
                            defaultValue = "capstan-demo",
                            description = "Model name (default: ${DEFAULT-VALUE}).")
                    String name,
            @Option(names = "--reason", required = true, description = "Why, in one sentence.") String reason,
            @Parameters(paramLabel = "VERSION", description = "Version to serve.") long version) {
        try (Promotion promotion = new Promotion(where.require().clientProperties())) {
            return report(promotion.rollback(name, version, reason, decidedBy()));
        }
    }

    private int report(PromotionResult result) {
        PrintWriter out = spec.commandLine().getOut();
        if (result instanceof PromotionResult.Refused refused) {
            throw new CommandException(ExitCodes.REFUSED, refused.reason());
        }
        if (result instanceof PromotionResult.Changed changed) {
            out.printf("Version %d is live now.%n", changed.live().getVersion());
        }
        if (result instanceof PromotionResult.Unchanged unchanged) {
            out.printf("Version %d was live already.%n", unchanged.live().getVersion());
        }
        return ExitCodes.OK;
    }

    private static void print(PrintWriter out, CheckpointLineage checkpoint, boolean served) {
        Evaluation evaluation = checkpoint.getEvaluation();
        out.printf(
                "%-9s %-8s %-9s %8d %9d %7.1f MB %9s %9s  %s%n",
                (served ? "* " : "  ") + checkpoint.getVersion(),
                checkpoint.getParent() == null ? "-" : checkpoint.getParent(),
                checkpoint.getMode().name().toLowerCase(Locale.ROOT),
                checkpoint.getStep(),
                checkpoint.getPairs(),
                checkpoint.getBytesPublished() / MEBIBYTE,
                share(evaluation.getRecallAt1()),
                share(evaluation.getZeroShotTop1()),
                checkpoint.getPublishedAt());
    }

    private static String share(@Nullable Double value) {
        return value == null ? "-" : String.format(Locale.ROOT, "%.1f %%", 100 * value);
    }

    private static String decidedBy() {
        return System.getProperty("user.name", "somebody");
    }
}
