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
    private static final int CHANNEL = 0xff;
    private static final int BLOTCH_REACH = 100;

    private final RenderingRecipe recipe;
    private final PngEncoder pngEncoder = new PngEncoder();
    private final JpegEncoder jpegEncoder = new JpegEncoder();

    public Rendition(RenderingRecipe recipe) {
        this.recipe = recipe;
    }

    /**
     * Draws, distorts and encodes one picture of a concept.
     *
     * @param picture one of the concept's pictures
     */
    public EncodedImage render(Concept concept, Picture picture, RandomGenerator random) {
        return encoded(draw(concept, picture, random), random);
    }

    /**
     * Draws and distorts one picture of a concept, as {@link #render} does before it encodes it.
     *
     * @param picture one of the concept's pictures
     * @return an opaque image that belongs to the caller
     */
    public BufferedImage draw(Concept concept, Picture picture, RandomGenerator random) {
        int shorter = recipe.sidePixels().drawWhole(random);
        int longer = (int) Math.round(shorter * recipe.stretch().draw(random));
        boolean upright = random.nextBoolean();
        int width = upright ? shorter : longer;
        int height = upright ? longer : shorter;

        BufferedImage drawn = picture.draw(random);
        ColourJitter.draw(recipe.colours(), random).apply(pixels(drawn));
        BufferedImage image = random.nextDouble() < recipe.softShare()
                ? enlarged(composed(concept, drawn, (width + 1) / 2, (height + 1) / 2, random), width, height)
                : composed(concept, drawn, width, height, random);
        addGrain(pixels(image), recipe.grain().draw(random), random);
        return image;
    }

    private BufferedImage composed(
            Concept concept, BufferedImage drawn, int width, int height, RandomGenerator random) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = bilinear(image);
        paintBackground(image, graphics, random);
        graphics.drawImage(drawn, placement(concept, drawn, width, height, random), null);
        graphics.dispose();
        return image;
    }

    private AffineTransform placement(
            Concept concept, BufferedImage drawn, int width, int height, RandomGenerator random) {
        RenderingRecipe.Placing placing = recipe.placing();
        int shorter = Math.min(width, height);
        double scale =
                shorter * placing.scale().drawLogarithmic(random) / Math.max(drawn.getWidth(), drawn.getHeight());
        double squeeze = Math.sqrt(placing.squeeze().drawLogarithmic(random));
        AffineTransform transform = AffineTransform.getTranslateInstance(
                width / 2.0 + shorter * placing.shift().draw(random),
                height / 2.0 + shorter * placing.shift().draw(random));
        transform.rotate(Math.toRadians(placing.rotationDegrees().draw(random)));
        transform.shear(placing.shear().draw(random), 0);
        boolean flipped = random.nextDouble() < placing.flipShare() && concept.mirrorable();
        transform.scale((flipped ? -scale : scale) * squeeze, scale / squeeze);
        transform.translate(-drawn.getWidth() / 2.0, -drawn.getHeight() / 2.0);
        return transform;
    }

    private void paintBackground(BufferedImage image, Graphics2D graphics, RandomGenerator random) {
        Background background =
                Weights.draw(BACKGROUNDS, choice -> recipe.backgrounds().getOrDefault(choice, 0.0), random);
        switch (background) {
            case WHITE -> Arrays.fill(pixels(image), 0xffffff);
            case COLOUR -> Arrays.fill(pixels(image), anyColour(random));
            case GRADIENT -> paintGradient(image, graphics, random);
            case NOISE -> {
                int base = anyColour(random);
                int reach = 20 + random.nextInt(60);
                int[] pixels = pixels(image);
                for (int at = 0; at < pixels.length; at++) {
                    pixels[at] = near(base, reach, random);
                }
            }
        }
        if (random.nextDouble() < recipe.blotchShare()) {
            paintBlotches(image, graphics, random);
        }
    }

    private static void paintGradient(BufferedImage image, Graphics2D graphics, RandomGenerator random) {
        double angle = random.nextDouble(2 * Math.PI);
        float centreX = image.getWidth() / 2f;
        float centreY = image.getHeight() / 2f;
        float reachX = (float) Math.cos(angle) * centreX;
        float reachY = (float) Math.sin(angle) * centreY;
        graphics.setPaint(new GradientPaint(
                centreX - reachX,
                centreY - reachY,
                new Color(anyColour(random)),
                centreX + reachX,
                centreY + reachY,
                new Color(anyColour(random))));
        graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
    }

    /** A few cells of colours near those below them, blended into each other. */
    private static void paintBlotches(BufferedImage image, Graphics2D graphics, RandomGenerator random) {
        int cells = 4 + random.nextInt(4);
        int width = image.getWidth();
        int height = image.getHeight();
        BufferedImage blotches = new BufferedImage(cells, cells, BufferedImage.TYPE_INT_RGB);
        for (int row = 0; row < cells; row++) {
            for (int column = 0; column < cells; column++) {
                int below = image.getRGB(column * (width - 1) / (cells - 1), row * (height - 1) / (cells - 1));
                blotches.setRGB(column, row, near(below, BLOTCH_REACH, random));
            }
        }
        // The outermost half cell has no neighbour to blend with: it falls outside.
        int marginX = width / cells;
        int marginY = height / cells;
        graphics.drawImage(blotches, -marginX, -marginY, width + 2 * marginX, height + 2 * marginY, null);
    }

    private static BufferedImage enlarged(BufferedImage half, int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = bilinear(image);
        graphics.drawImage(half, 0, 0, width, height, null);
        graphics.dispose();
        return image;
    }

    private static void addGrain(int[] pixels, double grain, RandomGenerator random) {
        int reach = (int) Math.round(grain * CHANNEL);
        if (reach == 0) {
            return;
        }
        for (int at = 0; at < pixels.length; at++) {
            pixels[at] = near(pixels[at], reach, random);
        }
    }

    private EncodedImage encoded(BufferedImage image, RandomGenerator random) {
        int width = image.getWidth();
        int height = image.getHeight();
        if (random.nextDouble() < recipe.jpegShare()) {
            double quality = recipe.jpegQuality().draw(random);
            return new EncodedImage(jpegEncoder.encode(image, quality), "image/jpeg", width, height);
        }
        return new EncodedImage(pngEncoder.encode(pixels(image), width, height), "image/png", width, height);
    }

    private static Graphics2D bilinear(BufferedImage image) {
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        return graphics;
    }

    /** The pixels themselves: changing them changes the image. */
    private static int[] pixels(BufferedImage image) {
        return ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
    }

    private static int anyColour(RandomGenerator random) {
        return random.nextInt(0x1000000);
    }

    /** A colour whose channels are at most {@code reach} away. */
    private static int near(int colour, int reach, RandomGenerator random) {
        long bits = random.nextLong();
        int span = 2 * reach + 1;
        int red = ((colour >> 16) & CHANNEL) + deviation(bits, span) - reach;
        int green = ((colour >> 8) & CHANNEL) + deviation(bits >>> 16, span) - reach;
        int blue = (colour & CHANNEL) + deviation(bits >>> 32, span) - reach;
        return (clamped(red) << 16) | (clamped(green) << 8) | clamped(blue);
    }

    private static int deviation(long bits, int span) {
        return (int) (((bits & 0xffff) * span) >> 16);
    }

    private static int clamped(int channel) {
        return Math.max(0, Math.min(CHANNEL, channel));
    }
}
