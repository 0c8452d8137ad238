package dev.capstan.local.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RowSplitterTest {
    private static final int MOST = 20;

    @Test
    void shouldCutAtLineEnds() throws IOException {
        assertThat(split("a,b\r\nc\n\nd", ',')).containsExactly("a,b", "c", "", "d");
    }

    @Test
    void shouldKeepQuotedLineEnds() throws IOException {
        assertThat(split("\"a\nb\",c\n\"d\"\"\n\",e\n", ',')).containsExactly("\"a\nb\",c", "\"d\"\"\n\",e");
    }

    @Test
    void shouldTakeAQuoteWithinAFieldForACharacter() throws IOException {
        assertThat(split("5\" wide,x\ny\n", ',')).containsExactly("5\" wide,x", "y");
    }

    @Test
    void shouldTakeNoQuotesWhereThereAreNone() throws IOException {
        assertThat(split("\"a\nb\n", (char) 0)).containsExactly("\"a", "b");
    }

    @Test
    void shouldLoseOneLineToAQuoteThatIsNotClosed() throws IOException {
        assertThat(split("\"a\nb\nc\n", ',')).containsExactly("!quote-unclosed \"a", "b", "c");
        assertThat(split("\"a\n" + "b,ccccccc\n".repeat(4), ','))
                .containsExactly("!quote-unclosed \"a", "b,ccccccc", "b,ccccccc", "b,ccccccc", "b,ccccccc");
        assertThat(split("a\n\"b", ',')).containsExactly("a", "!quote-unclosed \"b");
    }

    @Test
    void shouldPassOverARowThatIsTooLong() throws IOException {
        assertThat(split("a\n" + "x".repeat(MOST) + "\n" + "y".repeat(MOST + 1) + "\nb\n", ','))
                .containsExactly("a", "x".repeat(MOST), "!row-too-long " + "y".repeat(MOST + 1), "b");
        assertThat(split("\"" + "x".repeat(100_000) + "\nb\n", ',')).hasSize(2).endsWith("b");
        assertThat(split("x".repeat(100_000), ',')).singleElement().asString().startsWith("!row-too-long");
    }

    @Test
    void shouldSayWhereTheNextRowBegins() throws IOException {
        try (RowSplitter rows = new RowSplitter(bytes("ab\r\nc\n"), 100, MOST, ',')) {
            assertThat(rows.next()).isPresent();
            assertThat(rows.offset()).isEqualTo(104);
            assertThat(rows.next()).isPresent();
            assertThat(rows.offset()).isEqualTo(106);
            assertThat(rows.next()).isEmpty();
        }
    }

    private static List<String> split(String text, char separator) throws IOException {
        List<String> found = new ArrayList<>();
        try (RowSplitter rows = new RowSplitter(bytes(text), 0, MOST, separator)) {
            for (Optional<RowSplitter.Row> row = rows.next(); row.isPresent(); row = rows.next()) {
                String content = new String(row.get().content(), StandardCharsets.UTF_8);
                found.add(row.get()
                        .problem()
                        .map(problem -> "!" + problem.reason() + " " + content)
                        .orElse(content));
            }
        }
        return found;
    }

    private static InputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
