package dev.capstan.ingest.images;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

class DifferenceHashTest {

    @Test
    void shouldSetEveryBitWhereItGetsBrighterToTheRight() {
        long hash = DifferenceHash.of(gradient(Color.BLACK, Color.WHITE));

        assertThat(hash).isEqualTo(-1L);
    }

    @Test
    void shouldSetNoBitWhereItGetsDarkerToTheRight() {
        long hash = DifferenceHash.of(gradient(Color.WHITE, Color.BLACK));

        assertThat(hash).isZero();
    }

    @Test
    void shouldStayCloseWhenThePictureIsScaledAndEncodedAnew() {
        BufferedImage picture = scene(0);
        BufferedImage smaller = AreaScaler.to(picture, 100, 75);

        long distance = Long.bitCount(DifferenceHash.of(picture) ^ DifferenceHash.of(smaller));

        assertThat(distance).isLessThanOrEqualTo(4);
    }

    @Test
    void shouldTellOtherPicturesApart() {
        long distance = Long.bitCount(DifferenceHash.of(scene(0)) ^ DifferenceHash.of(scene(90)));

        assertThat(distance).isGreaterThan(8);
    }

    private static BufferedImage gradient(Color left, Color right) {
        BufferedImage image = new BufferedImage(90, 80, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setPaint(new GradientPaint(0, 0, left, 90, 0, right));
        graphics.fillRect(0, 0, 90, 80);
        graphics.dispose();
        return image;
    }

    private static BufferedImage scene(int shift) {
        BufferedImage image = gradient(Color.GRAY, Color.LIGHT_GRAY);
        BufferedImage scene = AreaScaler.to(image, 200, 150);
        Graphics2D graphics = scene.createGraphics();
        graphics.setColor(Color.RED);
        graphics.fillOval(20 + shift, 30, 70, 70);
        graphics.setColor(Color.YELLOW);
        graphics.fillRect(120 - shift, 60, 40, 80);
        graphics.dispose();
        return scene;
    }
}
