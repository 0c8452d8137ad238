package dev.capstan.local.command;

/** What the launcher says of the terminal. */
final class TerminalSettings {
    private static final int USUAL_COLUMNS = 100;

    private TerminalSettings() {}

    /** Whether standard output is a terminal that understands ANSI sequences. */
    static boolean isTerminal() {
        return Boolean.getBoolean("capstan.terminal") && !"dumb".equals(System.getenv("TERM"));
    }

    /** Width of the terminal, or a usual one if it is not known. */
    static int columns() {
        int columns = Integer.getInteger("capstan.columns", 0);
        return columns > 0 ? columns : USUAL_COLUMNS;
    }
}
