package dev.capstan.corpora;

/** How many shapes a picture of the generated corpus shows. */
public enum ShapeCount {
    ONE(1, "a"),
    TWO(2, "two"),
    THREE(3, "three");

    private final int shapes;
    private final String word;

    ShapeCount(int shapes, String word) {
        this.shapes = shapes;
        this.word = word;
    }

    /** The word that stands before the colour in a caption. */
    public String word() {
        return word;
    }

    int shapes() {
        return shapes;
    }
}
