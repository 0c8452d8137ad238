package dev.capstan.corpora;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class EvaluationPicturesTest {

    @Test
    void shouldShowEachNewConceptByTheHeldOutVendor() throws IOException {
        Pictures pictures = TestPictures.small();

        List<EvaluationPictures.EvaluationPicture> evaluation =
                EvaluationPictures.of(pictures, TestPictures.HELD_OUT, Novelty.NEW, 48);

        assertThat(evaluation)
                .extracting(EvaluationPictures.EvaluationPicture::label)
                .containsExactlyElementsOf(pictures.labels(Novelty.NEW));
        for (EvaluationPictures.EvaluationPicture picture : evaluation) {
            assertThat(TestPictures.decode(picture.image().bytes()).getWidth()).isEqualTo(48);
            assertThat(picture.vendor()).isEqualTo(TestPictures.HELD_OUT);
        }
    }

    @Test
    void shouldLeaveOutWhatTheVendorHasNotDrawn() {
        Pictures whole = TestPictures.small();
        Concept toad = whole.concepts().get(5);
        Concept partial = new Concept(
                toad.name(),
                toad.keyWords(),
                toad.category(),
                toad.subcategory(),
                toad.novelty(),
                toad.mirrorable(),
                java.util.Map.of("first", random -> TestPictures.blot(8, -1)));
        Pictures pictures = new Pictures(
                "partial", whole.vendors(), List.of(whole.concepts().get(4), partial));

        List<EvaluationPictures.EvaluationPicture> evaluation =
                EvaluationPictures.of(pictures, TestPictures.HELD_OUT, Novelty.NEW, 48);

        assertThat(evaluation)
                .extracting(EvaluationPictures.EvaluationPicture::label)
                .containsExactly("newt");
    }

    @Test
    void shouldBeTheSameEachTime() {
        List<EvaluationPictures.EvaluationPicture> first =
                EvaluationPictures.of(CaptionedShapes.small(), "striped", Novelty.NEW, 64);

        List<EvaluationPictures.EvaluationPicture> second =
                EvaluationPictures.of(CaptionedShapes.small(), "striped", Novelty.NEW, 64);

        assertThat(first).hasSize(6).isEqualTo(second);
    }
}
