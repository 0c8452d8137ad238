package dev.capstan.local.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ScreenTest {
    private static final DemoSnapshot NOW = DemoSnapshots.atTheStart();

    private final StringWriter written = new StringWriter();
    private final DemoView view = new DemoView(100);

    @Test
    void shouldPrintALineEveryFewSecondsWhereOutputIsKept() {
        Screen screen = screen(false);

        screen.show(NOW, 1_000);
        screen.show(NOW, 3_000);
        screen.print("ingest ready");
        screen.show(NOW, 6_000);

        assertThat(written.toString().lines()).containsExactly(view.line(NOW), "ingest ready", view.line(NOW));
    }

    @Test
    void shouldDrawOverTheLastViewOnATerminal() {
        Screen screen = screen(true);
        int lines = view.screen(NOW).size();

        screen.show(NOW, 0);
        String first = written.toString();
        screen.show(NOW, 1);
        String second = written.toString().substring(first.length());

        assertThat(first).doesNotStartWith("\u001b[" + lines + "A");
        assertThat(second).isEqualTo("\u001b[" + lines + "A" + first);
    }

    @Test
    void shouldKeepPrintedLinesAboveTheView() {
        Screen screen = screen(true);
        int lines = view.screen(NOW).size();
        screen.show(NOW, 0);
        int before = written.toString().length();

        screen.print("ingest ready");
        screen.show(NOW, 1);

        assertThat(written.toString().substring(before))
                .startsWith("\u001b[" + lines + "A\u001b[Jingest ready" + System.lineSeparator())
                .doesNotContain("ready" + System.lineSeparator() + "\u001b[" + lines + "A");
    }

    private Screen screen(boolean terminal) {
        return new Screen(new PrintWriter(written), view, terminal);
    }
}
