package dev.capstan.local.command;

import dev.capstan.local.requests.RequestClient;
import dev.capstan.schemas.records.CaptionEvent;
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
            names = "--beams",
            paramLabel = "COUNT",
            defaultValue = "1",
            description = "Beams of the search; 1 is greedy (default: ${DEFAULT-VALUE}).")
    private int beams;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        byte[] image = ask.imageBytes();
        PrintWriter out = spec.commandLine().getOut();
        try (RequestClient client = new RequestClient(ask.cluster().require(), Clock.systemUTC(), ask.timeout())) {
            CaptionEvent event = ask.await(client.caption(image, prompt, beams, Optional.empty()));
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
