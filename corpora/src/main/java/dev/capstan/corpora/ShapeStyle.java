package dev.capstan.corpora;

/** How a shape is drawn: what a vendor is to an emoji. */
public enum ShapeStyle {
    /** One flat colour. */
    FLAT,
    /** A light falls on it from one side. */
    SHADED,
    /** A dark outline around a paler filling. */
    OUTLINED,
    /** Hatched with light lines. */
    STRIPED
}
