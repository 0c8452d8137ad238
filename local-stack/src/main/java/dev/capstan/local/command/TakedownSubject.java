package dev.capstan.local.command;

import dev.capstan.schemas.TakedownKeys;
import dev.capstan.schemas.records.TakedownKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What a takedown names, as the command line says it. */
final class TakedownSubject {
    private static final int MAX_ID_CHARACTERS = 256;

    @Parameters(paramLabel = "PAIR_ID", arity = "1", description = "One pair, by its id.")
    private @Nullable String pairId;

    @Option(names = "--url", paramLabel = "URL", description = "Every pair from this address, as the feed wrote it.")
    private @Nullable String url;

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "Every pair with this picture: the file as it was fetched, byte for byte.")
    private @Nullable Path file;

    @Option(names = "--key", paramLabel = "KEY", description = "As capstan takedown list shows it.")
    private @Nullable String key;

    /** The key in topic takedowns. */
    String key() {
        if (pairId != null) {
            if (pairId.isBlank() || pairId.length() > MAX_ID_CHARACTERS) {
                throw new CommandException(
                        ExitCodes.USAGE,
                        "\"" + pairId + "\" is no pair's id: it has 1 to " + MAX_ID_CHARACTERS + " characters");
            }
            return TakedownKeys.ofPair(pairId);
        }
        if (url != null) {
            return TakedownKeys.ofUrl(url);
        }
        if (file != null) {
            return TakedownKeys.ofImage(ByteBuffer.wrap(bytes(file)));
        }
        if (key != null) {
            kind(key);
            return key;
        }
        throw new IllegalStateException("picocli lets no command line through without a subject");
    }

    /** @throws CommandException if the text is no key */
    static TakedownKind kind(String key) {
        for (TakedownKind kind : TakedownKind.values()) {
            if (key.startsWith(TakedownKeys.of(kind, ""))
                    && key.length() > TakedownKeys.of(kind, "").length()) {
                return kind;
            }
        }
        throw new CommandException(
                ExitCodes.USAGE, "\"" + key + "\" is no takedown's key: it begins with pair:, url: or content:");
    }

    /** What follows the kind in a key. */
    static String subject(String key) {
        return key.substring(TakedownKeys.of(kind(key), "").length());
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new CommandException(ExitCodes.USAGE, "The file " + file + " cannot be read: " + e.getMessage());
        }
    }
}
