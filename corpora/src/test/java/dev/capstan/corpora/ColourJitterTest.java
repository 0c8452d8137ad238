package dev.capstan.corpora;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ColourJitterTest {

    private static final Range NONE = Range.exactly(0);
    private static final Range SAME = Range.exactly(1);

    @Test
    void shouldChangeNothingWhereNothingVaries() {
        int[] pixels = {0xff102030, 0x80402010, 0, 0xffffffff};

        jitter(NONE, SAME, SAME, 0, NONE).apply(pixels);

        assertThat(pixels).containsExactly(0xff102030, 0x80402010, 0, 0xffffffff);
    }

    @Test
    void shouldTakeTheColourOut() {
        int[] pixels = {0xff0000ff};

        jitter(NONE, SAME, SAME, 1, NONE).apply(pixels);

        assertThat(pixels).containsExactly(0xff555555);
    }

    @Test
    void shouldTurnRedToGreenByAThirdOfTheCircle() {
        int[] pixels = {0xffff0000};

        jitter(NONE, SAME, SAME, 0, Range.exactly(120)).apply(pixels);

        assertThat(pixels).containsExactly(0xff00ff00);
    }

    @Test
    void shouldKeepPremultipliedChannelsWithinAlpha() {
        int[] pixels = {0x40302010};

        jitter(Range.exactly(0.9), SAME, SAME, 0, NONE).apply(pixels);

        assertThat(pixels).containsExactly(0x40404040);
    }

    @Test
    void shouldStretchContrastAboutTheMiddle() {
        int[] pixels = {0xff808080, 0xffc0c0c0};

        jitter(NONE, Range.exactly(1.5), SAME, 0, NONE).apply(pixels);

        assertThat(pixels[0] & 0xff).isBetween(0x7f, 0x81);
        assertThat(pixels[1] & 0xff).isBetween(0xdf, 0xe1);
    }

    private static ColourJitter jitter(
            Range brightness, Range contrast, Range saturation, double greyShare, Range hueDegrees) {
        return ColourJitter.draw(
                new RenderingRecipe.Colours(brightness, contrast, saturation, greyShare, hueDegrees, NONE),
                Seeds.random(1));
    }
}
