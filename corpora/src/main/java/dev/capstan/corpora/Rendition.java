package dev.capstan.corpora;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Renders pictures as a crawl would show them, by the numbers of a {@link RenderingRecipe}. The same recipe, picture
 * and random numbers give the same bytes on the same JDK. Needs no display. One thread at a time.
 */
public final class Rendition {

    private static final List<Background> BACKGROUNDS = List.of(Background.values());

    private final RenderingRecipe recipe;
    private final PngEncoder pngEncoder = new PngEncoder();
    private final JpegEncoder jpegEncoder = new JpegEncoder();

    public Rendition(RenderingRecipe recipe) {
        this.recipe = recipe;
    }

    /** Draws, distorts and encodes a picture. */
    public EncodedImage render(Picture picture, RandomGenerator random) {
        int shorter = recipe.sidePixels().drawWhole(random);
        int longer = (int) Math.round(shorter * recipe.stretch().draw(random));
        boolean upright = random.nextBoolean();
        int width = upright ? shorter : longer;
        int height = upright ? longer : shorter;

        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        // Pixels are written through graphics and array alike: nothing here is worth a copy in video memory.
        int[] pixels = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        paintBackground(image, pixels, graphics, random);
        BufferedImage drawn = picture.draw(random);
        graphics.drawImage(drawn, placement(drawn, width, height, shorter, random), null);
        graphics.dispose();

        ColourJitter.draw(recipe, random).apply(pixels, recipe.grain().draw(random), random);
        if (random.nextDouble() < recipe.jpegShare()) {
            double quality = recipe.jpegQuality().draw(random);
            return new EncodedImage(jpegEncoder.encode(image, quality), "image/jpeg", width, height);
        }
        return new EncodedImage(pngEncoder.encode(pixels, width, height), "image/png", width, height);
    }

    private AffineTransform placement(BufferedImage drawn, int width, int height, int shorter, RandomGenerator random) {
        double scale = shorter * recipe.scale().draw(random) / Math.max(drawn.getWidth(), drawn.getHeight());
        AffineTransform transform = AffineTransform.getTranslateInstance(
                width / 2.0 + shorter * recipe.shift().draw(random),
                height / 2.0 + shorter * recipe.shift().draw(random));
        transform.rotate(Math.toRadians(recipe.rotationDegrees().draw(random)));
        boolean flipped = random.nextDouble() < recipe.flipShare();
        transform.scale(flipped ? -scale : scale, scale);
        transform.translate(-drawn.getWidth() / 2.0, -drawn.getHeight() / 2.0);
        return transform;
    }

    private void paintBackground(BufferedImage image, int[] pixels, Graphics2D graphics, RandomGenerator random) {
        Background background =
                Weights.draw(BACKGROUNDS, choice -> recipe.backgrounds().getOrDefault(choice, 0.0), random);
        int width = image.getWidth();
        int height = image.getHeight();
        switch (background) {
            case WHITE -> Arrays.fill(pixels, 0xffffff);
            case COLOUR -> Arrays.fill(pixels, anyColour(random));
            case GRADIENT -> {
                graphics.setPaint(new GradientPaint(
                        random.nextInt(width),
                        0,
                        new Color(anyColour(random)),
                        random.nextInt(width),
                        height,
                        new Color(anyColour(random))));
                graphics.fillRect(0, 0, width, height);
            }
            case BLOTCHES -> {
                int cells = 3 + random.nextInt(4);
                BufferedImage blotches = new BufferedImage(cells, cells, BufferedImage.TYPE_INT_RGB);
                int base = anyColour(random);
                for (int cell = 0; cell < cells * cells; cell++) {
                    blotches.setRGB(cell % cells, cell / cells, near(base, 90, random));
                }
                // The outer half cell has no neighbour to blend with and would keep hard edges.
                graphics.drawImage(
                        blotches,
                        -width / cells,
                        -height / cells,
                        width + 2 * width / cells,
                        height + 2 * height / cells,
                        null);
            }
            case NOISE -> {
                int base = anyColour(random);
                int reach = 20 + random.nextInt(60);
                for (int at = 0; at < pixels.length; at++) {
                    pixels[at] = near(base, reach, random);
                }
            }
        }
    }

    private static int anyColour(RandomGenerator random) {
        return random.nextInt(0x1000000);
    }

    /** A colour whose channels are at most {@code reach} away. */
    private static int near(int colour, int reach, RandomGenerator random) {
        long bits = random.nextLong();
        int span = 2 * reach + 1;
        int red = ColourJitter.clamped(((colour >> 16) & 0xff) + (int) (((bits & 0xffff) * span) >> 16) - reach);
        int green =
                ColourJitter.clamped(((colour >> 8) & 0xff) + (int) ((((bits >>> 16) & 0xffff) * span) >> 16) - reach);
        int blue = ColourJitter.clamped((colour & 0xff) + (int) ((((bits >>> 32) & 0xffff) * span) >> 16) - reach);
        return (red << 16) | (green << 8) | blue;
    }
}
