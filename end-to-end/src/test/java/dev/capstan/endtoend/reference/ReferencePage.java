package dev.capstan.endtoend.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A page that a test writes and that is committed, so that people can read it without building anything. */
final class ReferencePage {
    static final Path ROOT = Path.of(System.getProperty("capstan.root"));
    private static final boolean WRITE = Boolean.getBoolean("capstan.write-reference");

    private ReferencePage() {}

    /** Compares the committed page, or writes it where that was asked for. */
    static void requireEqual(Path page, String expected) throws IOException {
        Path file = ROOT.resolve(page);
        if (WRITE) {
            Files.writeString(file, expected);
        }
        assertThat(file)
                .as("%s is out of date: write it anew with -Dcapstan.write-reference=true", page)
                .hasContent(expected);
    }
}
