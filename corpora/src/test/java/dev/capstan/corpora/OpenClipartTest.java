package dev.capstan.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenClipartTest {
    private static final String DRAWING = """
            <?xml version="1.0" encoding="UTF-8"?>
            <!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.0//EN" "http://nowhere.invalid/svg10.dtd" [
              <!ENTITY ns_cc "http://web.resource.org/cc/"> %s
            ]>
            <svg xmlns="http://www.w3.org/2000/svg" xmlns:cc="&ns_cc;" xmlns:dc="http://purl.org/dc/elements/1.1/"
                xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
              <title>of the drawing program</title>
              <metadata><rdf:RDF><cc:Work rdf:about="">%s
                <dc:creator><cc:Agent><dc:title>a person</dc:title></cc:Agent></dc:creator>
              </cc:Work></rdf:RDF></metadata>
            </svg>
            """;

    @TempDir
    private Path directory;

    private Path source;
    private Path target;

    @BeforeEach
    void directories() throws IOException {
        source = Files.createDirectories(directory.resolve("openclipart"));
        target = directory.resolve("pairs");
        Files.createDirectories(source.resolve("png/tools"));
        Files.createDirectories(source.resolve("svg/tools"));
    }

    @Test
    void shouldMakeATextOfTitleAndKeyWordsWithoutRepeats() throws IOException {
        given("scale", drawing("""
                <dc:title>
                  scale </dc:title><dc:subject><rdf:Bag><rdf:li></rdf:li><rdf:li>tool</rdf:li>
                <rdf:li>scale</rdf:li><rdf:li>balança</rdf:li></rdf:Bag></dc:subject>"""));

        OpenClipart.Counts counts = new OpenClipart().write(source, target);

        assertThat(counts).isEqualTo(new OpenClipart.Counts(1, 0, 0, 0));
        assertThat(target.resolve("tools/scale.txt")).hasContent("scale, tool, balança");
        assertThat(target.resolve("tools/scale.png")).hasBinaryContent(new byte[] {1, 2, 3});
    }

    @Test
    void shouldKeepPicturesWithoutATextAndCountWhy() throws IOException {
        given("untitled", drawing("<dc:title></dc:title>"));
        given("broken", "<svg><metadata>");
        Files.write(source.resolve("png/tools/alone.png"), new byte[] {1, 2, 3});

        OpenClipart.Counts counts = new OpenClipart().write(source, target);

        assertThat(counts).isEqualTo(new OpenClipart.Counts(3, 3, 1, 1));
        assertThat(target.resolve("tools/untitled.txt")).isEmptyFile();
        assertThat(target.resolve("tools/broken.txt")).isEmptyFile();
        assertThat(target.resolve("tools/alone.txt")).isEmptyFile();
    }

    @Test
    void shouldReadNothingOutsideOfTheDrawing() throws IOException {
        Path secret = Files.writeString(directory.resolve("secret"), "secret");
        given(
                "thief",
                DRAWING.formatted(
                        "<!ENTITY other SYSTEM \"" + secret.toUri() + "\">", "<dc:title>mine &other;</dc:title>"));

        new OpenClipart().write(source, target);

        assertThat(target.resolve("tools/thief.txt")).hasContent("mine");
    }

    @Test
    void shouldNameWhatIsMissing() {
        assertThatThrownBy(() -> new OpenClipart().write(directory, target))
                .hasMessageContaining("has no directory png")
                .hasMessageContaining("openclipart-svg");
        assertThatThrownBy(() -> new OpenClipart().write(source, directory)).hasMessageContaining("exists");
    }

    private void given(String name, String drawing) throws IOException {
        Files.write(source.resolve("png/tools/" + name + ".png"), new byte[] {1, 2, 3});
        Files.writeString(source.resolve("svg/tools/" + name + ".svg"), drawing);
    }

    private static String drawing(String work) {
        return DRAWING.formatted("", work);
    }
}
