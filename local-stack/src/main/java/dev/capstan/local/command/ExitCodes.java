package dev.capstan.local.command;

/** Exit codes of {@code capstan}, as every {@code --help} lists them. */
public final class ExitCodes {
    /** Done. */
    public static final int OK = 0;
    /** It did not work; the message says why. */
    public static final int FAILED = 1;
    /** The command line cannot be understood. */
    public static final int USAGE = 2;
    /** No stack runs and no cluster was named, or it cannot be reached. */
    public static final int NO_STACK = 3;
    /** The answer did not come in time. */
    public static final int TIMED_OUT = 4;
    /** The request was refused; the message says why. */
    public static final int REFUSED = 5;

    private ExitCodes() {}
}
