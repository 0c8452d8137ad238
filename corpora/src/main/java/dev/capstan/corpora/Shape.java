package dev.capstan.corpora;

import java.awt.geom.Area;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.util.Locale;

/** The shapes of the generated corpus, each within the square from (-1, -1) to (1, 1), y downward. */
public enum Shape {
    CIRCLE("circles") {
        @Override
        java.awt.Shape outline() {
            return new Ellipse2D.Double(-0.95, -0.95, 1.9, 1.9);
        }
    },
    SQUARE("squares") {
        @Override
        java.awt.Shape outline() {
            return new Rectangle2D.Double(-0.85, -0.85, 1.7, 1.7);
        }
    },
    TRIANGLE("triangles") {
        @Override
        java.awt.Shape outline() {
            return polygon(0, -0.95, 0.98, 0.8, -0.98, 0.8);
        }
    },
    RING("rings") {
        @Override
        java.awt.Shape outline() {
            Area ring = new Area(new Ellipse2D.Double(-0.95, -0.95, 1.9, 1.9));
            ring.subtract(new Area(new Ellipse2D.Double(-0.5, -0.5, 1, 1)));
            return ring;
        }
    },
    CROSS("crosses") {
        @Override
        java.awt.Shape outline() {
            Area cross = new Area(new Rectangle2D.Double(-0.32, -0.95, 0.64, 1.9));
            cross.add(new Area(new Rectangle2D.Double(-0.95, -0.32, 1.9, 0.64)));
            return cross;
        }
    },
    DIAMOND("diamonds") {
        @Override
        java.awt.Shape outline() {
            return polygon(0, -0.98, 0.68, 0, 0, 0.98, -0.68, 0);
        }
    },
    STAR("stars") {
        @Override
        java.awt.Shape outline() {
            int points = 5;
            double[] corners = new double[4 * points];
            for (int corner = 0; corner < 2 * points; corner++) {
                double radius = corner % 2 == 0 ? 1 : 0.42;
                double angle = Math.PI * corner / points - Math.PI / 2;
                corners[2 * corner] = radius * Math.cos(angle);
                corners[2 * corner + 1] = radius * Math.sin(angle);
            }
            return polygon(corners);
        }
    },
    HEART("hearts") {
        @Override
        java.awt.Shape outline() {
            Path2D heart = new Path2D.Double();
            heart.moveTo(0, 0.95);
            heart.curveTo(-0.6, 0.45, -0.98, 0.15, -0.98, -0.3);
            heart.curveTo(-0.98, -0.95, -0.2, -1.05, 0, -0.4);
            heart.curveTo(0.2, -1.05, 0.98, -0.95, 0.98, -0.3);
            heart.curveTo(0.98, 0.15, 0.6, 0.45, 0, 0.95);
            heart.closePath();
            return heart;
        }
    };

    private final String plural;

    Shape(String plural) {
        this.plural = plural;
    }

    public String singular() {
        return name().toLowerCase(Locale.ROOT);
    }

    public String plural() {
        return plural;
    }

    abstract java.awt.Shape outline();

    private static Path2D polygon(double... corners) {
        Path2D path = new Path2D.Double();
        path.moveTo(corners[0], corners[1]);
        for (int i = 2; i < corners.length; i += 2) {
            path.lineTo(corners[i], corners[i + 1]);
        }
        path.closePath();
        return path;
    }
}
