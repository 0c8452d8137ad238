package dev.capstan.local.command;

import dev.capstan.local.requests.Answer;
import dev.capstan.platform.Durations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What classify and caption have in common. */
final class AskOptions {
    @Mixin
    private final ClusterOptions cluster = new ClusterOptions();

    @Parameters(paramLabel = "IMAGE", description = "Image file: PNG, JPEG, GIF, BMP or WebP.")
    private Path image = Path.of("");

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "20s",
            converter = DurationConverter.class,
            description = "How long to wait for the answer (default: ${DEFAULT-VALUE}).")
    private Duration timeout = Duration.ofSeconds(20);

    @Option(names = "--json", description = "Print the whole answer as JSON.")
    private boolean json;

    /** Durations as the services' configuration writes them. */
    static final class DurationConverter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            return Durations.parse(text);
        }
    }

    ClusterOptions cluster() {
        return cluster;
    }

    Duration timeout() {
        return timeout;
    }

    boolean json() {
        return json;
    }

    byte[] imageBytes() {
        try {
            return Files.readAllBytes(image);
        } catch (IOException e) {
            throw new CommandException(ExitCodes.USAGE, "The image " + image + " cannot be read: " + e.getMessage());
        }
    }

    /** The event, or a message with the exit code that says what went wrong. */
    <E> E await(CompletableFuture<Answer<E>> asked) throws InterruptedException {
        Answer<E> answer;
        try {
            answer = asked.get();
        } catch (ExecutionException e) {
            throw new CommandException(ExitCodes.FAILED, "The request could not be sent: " + e.getCause());
        }
        if (answer instanceof Answer.Refused<E> refused) {
            throw new CommandException(ExitCodes.REFUSED, refused.reason() + ": " + refused.detail());
        }
        return answer.event()
                .orElseThrow(() -> new CommandException(
                        ExitCodes.TIMED_OUT,
                        "No answer within " + timeout.toSeconds() + " s: is inference running, and is a version live? "
                                + "See ./capstan status"));
    }
}
