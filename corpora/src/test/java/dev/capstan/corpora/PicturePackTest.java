package dev.capstan.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PicturePackTest {

    @TempDir
    Path directory;

    @Test
    void shouldGiveBackTheSamePixels() throws IOException {
        Pictures pictures = TestPictures.small();
        Path file = directory.resolve("blots.pack");
        PicturePack.write(file, pictures, line -> {});

        Pictures opened = PicturePack.open(file);

        assertThat(opened.corpus()).isEqualTo(pictures.corpus());
        assertThat(opened.labels()).isEqualTo(pictures.labels());
        for (int at = 0; at < pictures.concepts().size(); at++) {
            Concept original = pictures.concepts().get(at);
            Concept copy = opened.concepts().get(at);
            assertThat(copy)
                    .usingRecursiveComparison()
                    .ignoringFields("pictures")
                    .isEqualTo(original);
            assertThat(copy.pictures().keySet())
                    .containsExactlyElementsOf(original.pictures().keySet());
            copy.pictures()
                    .forEach((vendor, picture) -> assertThat(pixels(picture))
                            .isEqualTo(pixels(
                                    Objects.requireNonNull(original.pictures().get(vendor)))));
        }
    }

    @Test
    void shouldRefuseOtherFiles() throws IOException {
        Path file = Files.write(directory.resolve("other.pack"), new byte[100]);

        assertThatThrownBy(() -> PicturePack.open(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("other.pack");
    }

    @Test
    void shouldNoticeADamagedIndex() throws IOException {
        Path file = directory.resolve("blots.pack");
        PicturePack.write(file, TestPictures.small(), line -> {});
        byte[] content = Files.readAllBytes(file);
        content[40] ^= 1;
        Files.write(file, content);

        assertThatThrownBy(() -> PicturePack.open(file)).hasMessageContaining("damaged index");
    }

    private static int[] pixels(Picture picture) {
        BufferedImage image = picture.draw(Seeds.random(0));
        return ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
    }
}
