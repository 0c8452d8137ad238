package dev.capstan.model.parity;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.images.Augmentation;
import dev.capstan.model.images.ImagePreprocessor;
import dev.capstan.model.images.PixelBatch;
import dev.capstan.model.images.PixelImage;
import dev.capstan.model.network.CaptioningNetwork;
import dev.capstan.model.network.ImageEncoder;
import dev.capstan.model.network.TensorTransfer;
import dev.capstan.model.network.Weights;
import dev.capstan.model.pretrained.PretrainedClip;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/**
 * Pictures all the way to their vectors, against Pillow and transformers; model/parity/embeddings.py made the vectors of the
 * preprocessing fixture's pictures.
 */
class EmbeddingParityTest {
    private static final String IMAGES = "/dev/capstan/model/images/";
    private static final double COSINE = 0.999;

    @Test
    void shouldEmbedPicturesAsTheReferenceDoes() throws IOException {
        JsonNode expected;
        try (InputStream json = EmbeddingParityTest.class.getResourceAsStream(IMAGES + "embeddings.json")) {
            expected = new ObjectMapper().readTree(json);
        }
        Map<String, BufferedImage> pictures = pictures();
        try (ParityFixture fixture = ParityFixture.open("hugging-face-clip")) {
            PretrainedClip clip = PretrainedClip.read(fixture.directory());
            Weights weights = fixture.load(clip.weights());
            ImageEncoder encoder = clip.image().network(fixture.constants());
            int size = clip.image().size();
            ImagePreprocessor preprocessor = new ImagePreprocessor(size, Augmentation.none());
            List<PixelImage> pixels =
                    pictures.values().stream().map(preprocessor::forEvaluation).toList();
            Shape shape = new Shape(pixels.size(), size, size, PixelImage.CHANNELS);
            NDArray batch = new TensorTransfer()
                    .load(fixture.manager(), shape, floats -> new PixelBatch(clip.image()).write(pixels, floats));

            NDArray embedding = encoder.forward(weights.under(ParameterCatalog.IMAGE_ENCODER), batch, false)
                    .embedding();

            float[][] vectors = CaptioningNetwork.rows(CaptioningNetwork.normalised(embedding));
            assertThat(expected).hasSize(pictures.size()).hasSize(10);
            int next = 0;
            for (String name : pictures.keySet()) {
                double cosine = 0;
                for (int i = 0; i < vectors[next].length; i++) {
                    cosine += vectors[next][i] * expected.get(name).get(i).doubleValue();
                }
                assertThat(cosine).as(name).isGreaterThanOrEqualTo(COSINE);
                next++;
            }
        }
    }

    private static Map<String, BufferedImage> pictures() throws IOException {
        Map<String, BufferedImage> pictures = new LinkedHashMap<>();
        try (InputStream file = EmbeddingParityTest.class.getResourceAsStream(IMAGES + "preprocessing.zip");
                ZipInputStream zip = new ZipInputStream(file)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (!entry.getName().contains("-")) {
                    String name = entry.getName().replace(".png", "");
                    pictures.put(name, ImageIO.read(new ByteArrayInputStream(zip.readAllBytes())));
                }
            }
        }
        return pictures;
    }
}
