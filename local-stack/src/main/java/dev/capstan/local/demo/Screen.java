package dev.capstan.local.demo;

import java.io.PrintWriter;
import java.util.List;

/**
 * Where the view goes: drawn over again on a terminal, else one line every few seconds. Lines printed in between stay
 * above. Safe for use by several threads.
 */
final class Screen {
    private static final String UP = "\u001b[%dA";
    private static final String CLEAR_LINE = "\u001b[K";
    private static final String CLEAR_BELOW = "\u001b[J";
    private static final long LINE_EVERY_MILLIS = 5_000;

    private final PrintWriter out;
    private final DemoView view;
    private final boolean terminal;
    private int drawn;
    private long lastLine = Long.MIN_VALUE / 2;

    /** @param terminal whether the output is a terminal that understands ANSI sequences */
    Screen(PrintWriter out, DemoView view, boolean terminal) {
        this.out = out;
        this.view = view;
        this.terminal = terminal;
    }

    /** Shows a snapshot, if one is due. */
    synchronized void show(DemoSnapshot now, long millis) {
        if (terminal) {
            draw(view.screen(now));
        } else if (millis - lastLine >= LINE_EVERY_MILLIS) {
            lastLine = millis;
            out.println(view.line(now));
        }
        out.flush();
    }

    /** Prints a line that stays. */
    synchronized void print(String line) {
        erase();
        out.println(line);
        out.flush();
    }

    private void draw(List<String> lines) {
        StringBuilder text = new StringBuilder();
        if (drawn > 0) {
            text.append(String.format(UP, drawn));
        }
        lines.forEach(line -> text.append(line).append(CLEAR_LINE).append('\n'));
        text.append(CLEAR_BELOW);
        out.print(text);
        drawn = lines.size();
    }

    private void erase() {
        if (terminal && drawn > 0) {
            out.print(String.format(UP, drawn) + CLEAR_BELOW);
            drawn = 0;
        }
    }
}
