package dev.capstan.ingest.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.ingest.filter.CurationPolicy.ImageRules;
import dev.capstan.ingest.filter.CurationPolicy.Output;
import dev.capstan.ingest.filter.CurationPolicy.TextLimits;
import dev.capstan.ingest.images.ImageEncoding;
import dev.capstan.platform.images.ImageFormat;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CurationPolicyTest {
    private static final CurationPolicy DEFAULTS = CurationPolicy.defaults();

    @Test
    void shouldNameEqualPoliciesAlike() {
        CurationPolicy same = with(DEFAULTS.image(), DEFAULTS.output());

        String version = same.version();

        assertThat(version).isEqualTo(DEFAULTS.version()).matches("default-[0-9a-f]{8}");
    }

    @Test
    void shouldNameAPolicyAnewWhenALimitChanges() {
        CurationPolicy stricter = with(images(64, ImageFormat.PNG, ImageFormat.WEBP), DEFAULTS.output());

        String version = stricter.version();

        assertThat(version).isNotEqualTo(DEFAULTS.version());
    }

    @Test
    void shouldNotCareInWhichOrderFormatsAreGiven() {
        CurationPolicy one = with(images(32, ImageFormat.PNG, ImageFormat.WEBP), DEFAULTS.output());
        CurationPolicy other = with(images(32, ImageFormat.WEBP, ImageFormat.PNG), DEFAULTS.output());

        String version = one.version();

        assertThat(version).isEqualTo(other.version());
    }

    @Test
    void shouldNameAPolicyAnewWhenTheEncodingChanges() {
        CurationPolicy jpeg = with(DEFAULTS.image(), new Output(256, ImageEncoding.JPEG, 0.9));

        String version = jpeg.version();

        assertThat(version).isNotEqualTo(DEFAULTS.version());
    }

    @Test
    void shouldRefuseLimitsThatContradictEachOther() {
        assertThatThrownBy(() -> new TextLimits(10, 9, 1, 0.3, 0.8, List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxCharacters");
    }

    @Test
    void shouldRefuseToHoldOutMoreThanHalf() {
        assertThatThrownBy(() -> new CurationPolicy(
                        "p",
                        DEFAULTS.text(),
                        DEFAULTS.image(),
                        DEFAULTS.output(),
                        0.51,
                        Duration.ofHours(1),
                        DEFAULTS.balance(),
                        DEFAULTS.boilerplate(),
                        DEFAULTS.nearDuplicates(),
                        0.28,
                        true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("heldoutFraction");
    }

    private static CurationPolicy with(ImageRules image, Output output) {
        return new CurationPolicy(
                DEFAULTS.name(),
                DEFAULTS.text(),
                image,
                output,
                DEFAULTS.heldoutFraction(),
                DEFAULTS.duplicateRetention(),
                DEFAULTS.balance(),
                DEFAULTS.boilerplate(),
                DEFAULTS.nearDuplicates(),
                DEFAULTS.minClipScore(),
                DEFAULTS.honourOptOuts());
    }

    private static ImageRules images(int minSide, ImageFormat... formats) {
        ImageRules rules = DEFAULTS.image();
        return new ImageRules(
                rules.minBytes(),
                rules.maxBytes(),
                rules.maxPixels(),
                rules.maxDecodedPixels(),
                Set.of(formats),
                minSide,
                rules.maxAspect(),
                rules.background());
    }
}
