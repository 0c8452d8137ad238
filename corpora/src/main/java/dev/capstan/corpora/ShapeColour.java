package dev.capstan.corpora;

import java.awt.Color;
import java.util.Locale;

/** The colours of the generated corpus. None needs "an" as its article. */
public enum ShapeColour {
    RED(0xd62728),
    GREEN(0x2ca02c),
    BLUE(0x1f4fd6),
    YELLOW(0xf5d000),
    PURPLE(0x8e3fc0),
    BLACK(0x1a1a1a),
    PINK(0xff7fbf),
    BROWN(0x7a4a21);

    private final Color colour;

    ShapeColour(int rgb) {
        this.colour = new Color(rgb);
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    Color colour() {
        return colour;
    }
}
