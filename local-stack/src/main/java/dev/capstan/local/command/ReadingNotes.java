package dev.capstan.local.command;

import dev.capstan.local.curation.ReadingProgress;
import java.io.PrintWriter;
import java.util.Locale;

/**
 * Says on standard error how far a long reading has come, so that standard output stays what was asked for.
 *
 * @param err standard error
 */
record ReadingNotes(PrintWriter err) implements ReadingProgress {
    @Override
    public void at(String topic, long read, long all) {
        err.printf(
                Locale.ROOT, "reading %s: %,d of %,d (%.0f %%)%n", topic, read, all, 100.0 * read / Math.max(1, all));
    }
}
