package dev.capstan.local.demo;

import java.io.PrintWriter;

/**
 * Where the demo shows itself.
 *
 * @param screen the screen
 */
public record DemoScreen(Screen screen) {
    /**
     * A terminal, or output that is kept.
     *
     * @param terminal whether the output is a terminal that understands ANSI sequences
     * @param columns its width
     */
    public static DemoScreen of(PrintWriter out, boolean terminal, int columns) {
        return new DemoScreen(new Screen(out, new DemoView(columns), terminal));
    }
}
