package dev.capstan.corpora;

import java.util.List;

/**
 * How texts are made from a concept's name and key words.
 *
 * @param templates patterns with their weights
 * @param capitalisedShare how often the first letter is a capital, 0 to 1
 */
public record TextRecipe(List<Template> templates, double capitalisedShare) {

    /** Stands for the concept's name. */
    public static final String NAME = "{name}";
    /** Stands for one to three key words with commas between them. */
    public static final String WORDS = "{words}";

    public TextRecipe {
        templates = List.copyOf(templates);
        if (templates.stream().allMatch(Template::needsKeyWords)) {
            throw new IllegalArgumentException("some template must do without key words: " + templates);
        }
        if (!(capitalisedShare >= 0 && capitalisedShare <= 1)) {
            throw new IllegalArgumentException("capitalisedShare must be between 0 and 1: " + capitalisedShare);
        }
    }

    /** Texts beside emoji. */
    public static TextRecipe emoji() {
        return new TextRecipe(
                List.of(
                        new Template(0.5, NAME),
                        new Template(0.14, "a picture of " + NAME),
                        new Template(0.12, NAME + " emoji"),
                        new Template(0.14, NAME + ": " + WORDS),
                        new Template(0.1, WORDS + ", " + NAME)),
                0.1);
    }

    /** Texts beside generated shapes, whose names are phrases. */
    public static TextRecipe shapes() {
        return new TextRecipe(
                List.of(
                        new Template(3, NAME),
                        new Template(2, "a picture of " + NAME),
                        new Template(1, NAME + " on a sheet"),
                        new Template(1, "a drawing of " + NAME)),
                0.2);
    }

    /** A pattern that names the concept. */
    public record Template(double weight, String pattern) {

        public Template {
            if (!(weight > 0)) {
                throw new IllegalArgumentException("a template needs a weight above 0: " + weight);
            }
            if (!pattern.contains(NAME)) {
                throw new IllegalArgumentException("a template must contain " + NAME + ": " + pattern);
            }
        }

        boolean needsKeyWords() {
            return pattern.contains(WORDS);
        }
    }
}
