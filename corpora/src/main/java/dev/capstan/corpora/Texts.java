package dev.capstan.corpora;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

/** Makes the texts that stand beside a concept's pictures. Safe for use by several threads. */
final class Texts {

    private final TextRecipe recipe;
    private final List<TextRecipe.Template> withoutKeyWords;

    Texts(TextRecipe recipe) {
        this.recipe = recipe;
        this.withoutKeyWords = recipe.templates().stream()
                .filter(template -> !template.needsKeyWords())
                .toList();
    }

    String draw(Concept concept, RandomGenerator random) {
        List<TextRecipe.Template> fitting = concept.keyWords().isEmpty() ? withoutKeyWords : recipe.templates();
        String text = Weights.draw(fitting, TextRecipe.Template::weight, random).pattern();
        if (text.contains(TextRecipe.WORDS)) {
            text = text.replace(TextRecipe.WORDS, String.join(", ", someOf(concept.keyWords(), random)));
        }
        text = text.replace(TextRecipe.NAME, concept.name());
        if (random.nextDouble() < recipe.capitalisedShare()) {
            return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
        }
        return text;
    }

    private static List<String> someOf(List<String> words, RandomGenerator random) {
        List<String> remaining = new ArrayList<>(words);
        List<String> drawn = new ArrayList<>();
        int count = Math.min(words.size(), 1 + random.nextInt(3));
        while (drawn.size() < count) {
            drawn.add(remaining.remove(random.nextInt(remaining.size())));
        }
        return drawn;
    }
}
