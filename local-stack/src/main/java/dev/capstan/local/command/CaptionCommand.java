package dev.capstan.local.command;

import dev.capstan.local.requests.CaptionSearch;
import dev.capstan.local.requests.RequestClient;
import dev.capstan.schemas.records.CaptionEvent;
import dev.capstan.schemas.records.CaptionRanking;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Asks for a caption. */
@Command(name = "caption", description = "Ask for a caption of an image.", mixinStandardHelpOptions = true)
final class CaptionCommand implements Callable<Integer> {
    @Mixin
    private final AskOptions ask = new AskOptions();

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            description = "Text that the caption continues (default: the model's own, \"a picture of\").")
    private @Nullable String prompt;

    @Option(
            names = "--max-tokens",
            paramLabel = "COUNT",
            defaultValue = "24",
            description = "Longest caption in tokens (default: ${DEFAULT-VALUE}).")
    private int maxTokens;

    @Option(
            names = "--beams",
            paramLabel = "COUNT",
            defaultValue = "5",
            description = "Beams of the search; 1 is greedy (default: ${DEFAULT-VALUE}).")
    private int beams;

    @Option(
            names = "--ranking",
            defaultValue = "GROUNDING",
            description =
                    "Which of the beams' captions is the answer, one of ${COMPLETION-CANDIDATES}: the likeliest for"
                            + " the language model, or the one that the picture supports best (default: ${DEFAULT-VALUE}).")
    private CaptionRanking ranking = CaptionRanking.GROUNDING;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        byte[] image = ask.imageBytes();
        PrintWriter out = spec.commandLine().getOut();
        try (RequestClient client = new RequestClient(ask.cluster().require(), Clock.systemUTC(), ask.timeout())) {
            CaptionEvent event = ask.await(
                    client.caption(image, new CaptionSearch(prompt, maxTokens, beams, ranking), Optional.empty()));
            if (ask.json()) {
                out.println(event);
                return ExitCodes.OK;
            }
            out.println(event.getCaption());
            out.printf(
                    Locale.ROOT,
                    "(grounding %.2f, %s version %d)%n",
                    event.getGrounding(),
                    event.getModel(),
                    event.getCheckpoint());
        }
        return ExitCodes.OK;
    }
}
