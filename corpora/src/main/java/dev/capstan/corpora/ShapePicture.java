package dev.capstan.corpora;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Line2D;
import java.awt.geom.Point2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.random.RandomGenerator;

/** Some shapes of one colour at places, sizes and small angles that vary from drawing to drawing. */
record ShapePicture(ShapeColour colour, Shape shape, ShapeCount count, ShapeStyle style) implements Picture {

    private static final int SIDE = 96;

    /** Centres of the shapes for one, two and three of them, as fractions of the side. */
    private static final List<List<Point2D>> LAYOUTS = List.of(
            List.of(new Point2D.Double(0.5, 0.5)),
            List.of(new Point2D.Double(0.28, 0.4), new Point2D.Double(0.72, 0.6)),
            List.of(new Point2D.Double(0.5, 0.25), new Point2D.Double(0.26, 0.71), new Point2D.Double(0.74, 0.71)));

    /** Largest half side of a shape for each layout, as a fraction of the side. */
    private static final double[] LARGEST = {0.46, 0.24, 0.22};

    @Override
    public BufferedImage draw(RandomGenerator random) {
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_ARGB_PRE);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        double largest = LARGEST[count.shapes() - 1];
        boolean mirrored = random.nextBoolean();
        for (Point2D centre : LAYOUTS.get(count.shapes() - 1)) {
            double halfSide = SIDE * largest * random.nextDouble(0.65, 1);
            double wander = SIDE * largest - halfSide;
            double x = SIDE * (mirrored ? 1 - centre.getX() : centre.getX()) + wander * random.nextDouble(-1, 1);
            double y = SIDE * centre.getY() + wander * random.nextDouble(-1, 1);
            AffineTransform place = AffineTransform.getTranslateInstance(x, y);
            place.rotate(Math.toRadians(random.nextDouble(-8, 8)));
            place.scale(halfSide, halfSide);
            paint(graphics, place.createTransformedShape(shape.outline()), x, y, halfSide);
        }
        graphics.dispose();
        return image;
    }

    private void paint(Graphics2D graphics, java.awt.Shape outline, double x, double y, double halfSide) {
        Color full = colour.colour();
        switch (style) {
            case FLAT -> {
                graphics.setPaint(full);
                graphics.fill(outline);
            }
            case SHADED -> {
                graphics.setPaint(new GradientPaint(
                        (float) (x - halfSide),
                        (float) (y - halfSide),
                        mixed(full, Color.WHITE, 0.35),
                        (float) (x + halfSide),
                        (float) (y + halfSide),
                        mixed(full, Color.BLACK, 0.3)));
                graphics.fill(outline);
            }
            case OUTLINED -> {
                graphics.setPaint(mixed(full, Color.WHITE, 0.25));
                graphics.fill(outline);
                graphics.setPaint(mixed(full, Color.BLACK, 0.55));
                graphics.setStroke(new BasicStroke((float) (halfSide * 0.1)));
                graphics.draw(outline);
            }
            case STRIPED -> {
                graphics.setPaint(full);
                graphics.fill(outline);
                java.awt.Shape wholePicture = graphics.getClip();
                graphics.setClip(outline);
                graphics.setPaint(mixed(full, Color.WHITE, 0.4));
                graphics.setStroke(new BasicStroke((float) (halfSide * 0.1)));
                double reach = 2 * halfSide;
                for (double shift = -reach; shift <= reach; shift += halfSide * 0.4) {
                    graphics.draw(
                            new Line2D.Double(x - halfSide + shift, y - halfSide, x + halfSide + shift, y + halfSide));
                }
                graphics.setClip(wholePicture);
            }
        }
    }

    private static Color mixed(Color colour, Color other, double share) {
        return new Color(
                (int) Math.round(colour.getRed() * (1 - share) + other.getRed() * share),
                (int) Math.round(colour.getGreen() * (1 - share) + other.getGreen() * share),
                (int) Math.round(colour.getBlue() * (1 - share) + other.getBlue() * share));
    }
}
