package dev.capstan.local.command;

import java.util.LinkedHashMap;
import java.util.Map;

/** Exit codes of {@code capstan}, as every {@code --help} lists them. */
public final class ExitCodes {
    /** Done. */
    public static final int OK = 0;
    /** It did not work; the message says why. */
    public static final int FAILED = 1;
    /** The command line cannot be understood. */
    public static final int USAGE = 2;
    /** No stack runs and no cluster was named. */
    public static final int NO_STACK = 3;
    /** The answer did not come in time. */
    public static final int TIMED_OUT = 4;
    /** The request was refused; the message says why. */
    public static final int REFUSED = 5;

    private ExitCodes() {}

    /** What each code means, by code. */
    static Map<String, String> meanings() {
        Map<String, String> meanings = new LinkedHashMap<>();
        meanings.put(" " + OK, "Done.");
        meanings.put(" " + FAILED, "It did not work; the message says why.");
        meanings.put(" " + USAGE, "The command line cannot be understood.");
        meanings.put(" " + NO_STACK, "No stack runs and no cluster was named.");
        meanings.put(" " + TIMED_OUT, "The answer did not come in time.");
        meanings.put(" " + REFUSED, "The request was refused; the message says why.");
        return meanings;
    }
}
