package dev.capstan.local.command;

import dev.capstan.local.requests.Labels;
import dev.capstan.local.requests.RequestClient;
import dev.capstan.schemas.records.ClassificationEvent;
import dev.capstan.schemas.records.ScoredLabel;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Asks which label fits an image. */
@Command(name = "classify", description = "Ask which of some labels fits an image.", mixinStandardHelpOptions = true)
final class ClassifyCommand implements Callable<Integer> {
    @Mixin
    private final AskOptions ask = new AskOptions();

    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Choice choice;

    @Mixin
    private final TemplateOptions templates = new TemplateOptions();

    @Option(
            names = "--top",
            paramLabel = "COUNT",
            defaultValue = "5",
            description = "How many labels to print (default: ${DEFAULT-VALUE}).")
    private int top;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** What to choose among. */
    static final class Choice {
        @Option(names = "--labels", paramLabel = "LABEL", split = ",", description = "Labels, separated by commas.")
        private @Nullable List<String> labels;

        @Option(names = "--label-set", paramLabel = "NAME", description = "A label set of topic labels.sets.")
        private @Nullable String set;

        Labels labels() {
            if (labels != null) {
                return new Labels.Given(labels.stream().map(String::strip).toList());
            }
            if (set != null) {
                return new Labels.Named(set);
            }
            throw new IllegalStateException("picocli lets no command line through without labels");
        }
    }

    @Override
    public Integer call() throws InterruptedException {
        byte[] image = ask.imageBytes();
        Optional<List<String>> texts = templates.chosen();
        PrintWriter out = spec.commandLine().getOut();
        try (RequestClient client = new RequestClient(ask.cluster().require(), Clock.systemUTC(), ask.timeout())) {
            ClassificationEvent event =
                    ask.await(client.classify(image, choice.labels(), texts, top, Optional.empty()));
            if (ask.json()) {
                out.println(event);
                return ExitCodes.OK;
            }
            for (ScoredLabel label : event.getAlternatives()) {
                out.printf(Locale.ROOT, "%5.1f %%  %s%n", 100 * label.getProbability(), label.getLabel());
            }
            out.printf("(%s version %d)%n", event.getModel(), event.getCheckpoint());
        }
        return ExitCodes.OK;
    }
}
